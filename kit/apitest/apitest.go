// Package apitest sends requests to a service inside its test, without a network, and checks the answers and the document.
package apitest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/tienda-go/tienda/kit/authn"
	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/httpserver"
)

// Callers stands in for auth: it knows the callers of these tokens, and refuses all other tokens.
type Callers map[string]authn.Caller

// NoKeys is a token that Callers cannot check, as when auth is down.
const NoKeys = "sin-claves"

// Verify is authn.Verifier's: fault.Unavailable for NoKeys, fault.Unauthenticated for an unknown token.
func (c Callers) Verify(_ context.Context, token string) (authn.Caller, error) {
	if caller, ok := c[token]; ok {
		return caller, nil
	}
	if token == NoKeys {
		return authn.Caller{}, fault.ErrUnavailable.New("No se pueden comprobar los tokens.")
	}
	return authn.Caller{}, fault.ErrUnauthenticated.New("El token no es válido.")
}

// User is a person's caller, of user's tokens.
func User(id string, scopes ...string) authn.Caller {
	return authn.Caller{Subject: id, Audience: authn.UserAudience, Scopes: scopes}
}

// Option changes a request before it is sent.
type Option func(*http.Request)

// With sets headers, given in pairs of name and value.
func With(headers ...string) Option {
	return func(r *http.Request) {
		for pair := range slices.Chunk(headers, 2) {
			r.Header.Set(pair[0], pair[1])
		}
	}
}

// As sends a token; "" sends none.
func As(token string) Option {
	if token == "" {
		return With()
	}
	return With("Authorization", "Bearer "+token)
}

// Do sends a request and reads the answer to its end. Body "" sends none; a body is JSON, unless an option says something else.
func Do(t testing.TB, s *httpserver.Server, method, path, body string, options ...Option) (r *http.Response, text string) {
	t.Helper()
	request := httptest.NewRequest(method, path, http.NoBody)
	if body != "" {
		request = httptest.NewRequest(method, path, strings.NewReader(body))
		request.Header.Set("Content-Type", "application/json")
	}
	for _, change := range options {
		change(request)
	}
	r, err := s.App().Test(request, -1)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	defer r.Body.Close()
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	return r, string(raw)
}

// Read is a JSON body.
func Read[T any](t testing.TB, text string) (v T) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return v
}

// Refused checks that an answer is a problem of this status, code and fields ("campo CODIGO"), and returns P's members of it.
func Refused[P any](t testing.TB, r *http.Response, text string, status int, code string, fields ...string) P {
	t.Helper()
	if r.StatusCode != status {
		t.Fatalf("the status is %d and not %d: %s", r.StatusCode, status, text)
	}
	if kind := r.Header.Get("Content-Type"); kind != "application/problem+json" {
		t.Errorf("the Content-Type is %q", kind)
	}
	p := Read[struct {
		Status         int
		Codigo, Detail string
		Errores        []fault.Field
	}](t, text)
	if p.Status != status || p.Codigo != code || p.Detail == "" {
		t.Errorf("not a problem of status %d and code %s with a detail: %s", status, code, text)
	}
	var seen []string
	for _, f := range p.Errores {
		seen = append(seen, f.Campo+" "+f.Codigo)
	}
	slices.Sort(seen)
	if !slices.Equal(seen, slices.Sorted(slices.Values(fields))) {
		t.Errorf("the fields are %q and not %q: %s", seen, fields, text)
	}
	return Read[P](t, text)
}

// around is how many lines are shown before and after the first different line.
const around = 4

// Committed fails unless ./openapi.yaml, which other teams read, equals the document of s.
func Committed(t *testing.T, s *httpserver.Server) {
	t.Helper()
	served, err := s.OpenAPI()
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
