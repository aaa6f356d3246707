package apitest_test

import (
	"net/http"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/tienda-go/tienda/kit/apitest"
)

// judged is a testing.TB that only records whether the test failed.
type judged struct {
	testing.TB
	failed bool
}

func (j *judged) Helper() {}

func (j *judged) Errorf(string, ...any) { j.failed = true }

func (j *judged) Fatalf(string, ...any) {
	j.failed = true
	runtime.Goexit()
}

func TestRefused(t *testing.T) {
	t.Parallel()
	const text = `{"status":422,"codigo":"VALIDACION","detail":"Falta.","version_actual":3,
		"errores":[{"campo":"b","codigo":"X"},{"campo":"a","codigo":"X"}]}`
	for name, c := range map[string]struct {
		status  int
		kind    string
		text    string
		code    string
		fields  []string
		refused bool
	}{
		"as_expected":        {422, "application/problem+json", text, "VALIDACION", []string{"a X", "b X"}, true},
		"another_status":     {400, "application/problem+json", text, "VALIDACION", []string{"a X", "b X"}, false},
		"another_media_type": {422, "application/json", text, "VALIDACION", []string{"a X", "b X"}, false},
		"another_code":       {422, "application/problem+json", text, "CONFLICTO", []string{"a X", "b X"}, false},
		"a_field_is_missing": {422, "application/problem+json", text, "VALIDACION", []string{"a X", "b X", "c X"}, false},
		"a_field_too_many":   {422, "application/problem+json", text, "VALIDACION", []string{"a X"}, false},
		"without_detail":     {422, "application/problem+json", `{"status":422,"codigo":"VALIDACION"}`, "VALIDACION", nil, false},
		"no_JSON":            {422, "application/problem+json", `<html>`, "VALIDACION", nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j, done := &judged{TB: t}, make(chan int64, 1)
			go func() {
				defer close(done)
				r := &http.Response{StatusCode: c.status, Header: http.Header{"Content-Type": {c.kind}}}
				p := apitest.Refused[struct {
					VersionActual int64 `json:"version_actual"`
				}](j, r, c.text, 422, c.code, c.fields...)
				done <- p.VersionActual
			}()
			version := <-done
			assert.Equal(t, c.refused, !j.failed)
			if c.refused {
				assert.EqualValues(t, 3, version)
			}
		})
	}
}
