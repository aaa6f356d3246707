package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/tests/terminal"
)

// told is the report of events, one event a line.
func told(t *testing.T, events string) (string, *report) {
	t.Helper()
	var out bytes.Buffer
	r := newReport(terminal.New(&out))
	require.NoError(t, r.read(strings.NewReader(strings.ReplaceAll(events, "PKG", "github.com/tienda-go/tienda/kit/x"))))
	r.summary()
	return out.String(), r
}

func TestReport(t *testing.T) {
	t.Parallel()
	t.Run("counts_the_tests_that_hold_no_others", func(t *testing.T) {
		t.Parallel()
		text, _ := told(t, `{"Action":"run","Package":"PKG","Test":"TestA"}
			{"Action":"run","Package":"PKG","Test":"TestA/one"}
			{"Action":"output","Package":"PKG","Test":"TestA/one","Output":"chatter\n"}
			{"Action":"pass","Package":"PKG","Test":"TestA/one"}
			{"Action":"run","Package":"PKG","Test":"TestA/two"}
			{"Action":"output","Package":"PKG","Test":"TestA/two","Output":"    x_test.go:3: no PostgreSQL\n"}
			{"Action":"skip","Package":"PKG","Test":"TestA/two"}
			{"Action":"pass","Package":"PKG","Test":"TestA"}
			{"Action":"pass","Package":"PKG","Elapsed":1.5}`)
		assert.Contains(t, text, "ok   kit/x ")
		assert.Contains(t, text, "kit/x TestA/two: x_test.go:3: no PostgreSQL")
		assert.NotContains(t, text, "chatter")
		assert.True(t, strings.HasSuffix(text, "\n1 passed, 0 failed, 1 skipped\n"), text)
	})
	t.Run("shows_what_failed_once", func(t *testing.T) {
		t.Parallel()
		text, _ := told(t, `{"Action":"run","Package":"PKG","Test":"TestA"}
			{"Action":"run","Package":"PKG","Test":"TestA/one"}
			{"Action":"output","Package":"PKG","Test":"TestA/one","Output":"    want 3\n"}
			{"Action":"fail","Package":"PKG","Test":"TestA/one"}
			{"Action":"fail","Package":"PKG","Test":"TestA"}
			{"Action":"fail","Package":"PKG"}`)
		assert.Equal(t, 1, strings.Count(text, "want 3"))
		assert.Contains(t, text, "Failed:\n  kit/x TestA/one\n")
		assert.True(t, strings.HasSuffix(text, "\n0 passed, 1 failed, 0 skipped\n"), text)
	})
	t.Run("a_build_that_fails_and_a_panic_are_failures", func(t *testing.T) {
		t.Parallel()
		text, r := told(t, `{"ImportPath":"PKG [PKG.test]","Action":"build-output","Output":"x.go:1: syntax error\n"}
			{"ImportPath":"PKG [PKG.test]","Action":"build-fail"}
			{"Action":"start","Package":"PKG"}
			{"Action":"fail","Package":"PKG","FailedBuild":"PKG [PKG.test]"}
			{"Action":"run","Package":"PKG/y","Test":"TestB"}
			{"Action":"output","Package":"PKG/y","Test":"TestB","Output":"panic: oh\n"}
			{"Action":"fail","Package":"PKG/y"}
			not an event`)
		assert.Contains(t, text, "x.go:1: syntax error\n")
		assert.Contains(t, text, "panic: oh\n")
		assert.Contains(t, text, "not an event")
		assert.Equal(t, 2, r.failed)
		assert.Equal(t, 2, r.badPackages)
	})
}
