// Package openapitest compares a service's OpenAPI document with the committed one.
package openapitest

import (
	"bytes"
	"fmt"
	"os"
	"testing"
)

// around is how many lines are shown before and after the first different line.
const around = 4

// Committed fails unless ./openapi.yaml, which other teams read, equals the document of the server.
func Committed(t *testing.T, server interface{ OpenAPI() ([]byte, error) }) {
	t.Helper()
	served, err := server.OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	committed, err := os.ReadFile("openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if difference := firstDifference(committed, served); difference != "" {
		t.Errorf("openapi.yaml is stale (run make generate); the first difference:\n%s", difference)
	}
}

// firstDifference returns the lines around the first difference of two texts; "" for equal texts.
func firstDifference(old, now []byte) string {
	if bytes.Equal(old, now) {
		return ""
	}
	before, after := bytes.Split(old, []byte("\n")), bytes.Split(now, []byte("\n"))
	at := 0
	for at < min(len(before), len(after)) && bytes.Equal(before[at], after[at]) {
		at++
	}
	var b bytes.Buffer
	show := func(sign string, lines [][]byte, from, to int) {
		for _, line := range lines[max(0, from):min(len(lines), to)] {
			fmt.Fprintf(&b, "%s %s\n", sign, line)
		}
	}
	show(" ", before, at-around, at)
	show("-", before, at, at+around)
	show("+", after, at, at+around)
	return b.String()
}
