//go:build pact

package contracts

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// change is a release of a provider with other answers than today, made by a proxy that rewrites requests and answers.
type change struct {
	name     string
	provider string
	path     string                 // a regular expression; the calls it changes
	answer   func(a *answer)        // nil = the answer stays
	request  func(body object) bool // false = refused with 422; nil = taken as today
	breaks   []string               // consumers that notice; none = harmless
}

// answer is the provider's answer; body is decoded JSON.
type answer struct {
	status int
	header http.Header
	body   any
	raw    []byte // instead of body, when the order of members or the like matters
}

// each calls edit with the body, or with each element of it, when these are objects.
func each(edit func(o map[string]any)) func(*answer) {
	return func(a *answer) {
		if a.status >= http.StatusBadRequest {
			return
		}
		switch body := a.body.(type) {
		case map[string]any:
			edit(body)
		case []any:
			for _, element := range body {
				if o, ok := element.(map[string]any); ok {
					edit(o)
				}
			}
		}
	}
}

func rename(from, to string) func(map[string]any) {
	return func(o map[string]any) {
		if value, there := o[from]; there {
			o[to] = value
			delete(o, from)
		}
	}
}

func drop(name string) func(map[string]any) { return func(o map[string]any) { delete(o, name) } }

func set(name string, value any) func(map[string]any) {
	return func(o map[string]any) {
		if _, there := o[name]; there {
			o[name] = value
		}
	}
}

func asText(name string) func(map[string]any) {
	return func(o map[string]any) {
		if value, there := o[name]; there {
			o[name] = fmt.Sprint(value)
		}
	}
}

// refusal edits problems with this codigo alone.
func refusal(codigo string, edit func(a *answer, o map[string]any)) func(*answer) {
	return func(a *answer) {
		if o, ok := a.body.(map[string]any); ok && o["codigo"] == codigo {
			edit(a, o)
		}
	}
}

func status(from, to int) func(*answer) {
	return func(a *answer) {
		if a.status == from {
			a.status = to
		}
	}
}

// inner edits each object of a list that is a member.
func inner(list string, edit func(map[string]any)) func(map[string]any) {
	return func(o map[string]any) {
		elements, _ := o[list].([]any)
		for _, element := range elements {
			if e, ok := element.(map[string]any); ok {
				edit(e)
			}
		}
	}
}

// changed is where a provider answers: itself or, when CONTRACTS_CHANGE names one of the changes, a proxy that makes it.
func changed(t *testing.T, name, target string) string {
	t.Helper()
	wanted := os.Getenv("CONTRACTS_CHANGE")
	for _, c := range changes {
		if c.name == wanted && c.provider == name {
			return c.serve(t, target)
		}
	}
	return target
}

func (c change) serve(t *testing.T, target string) string {
	t.Helper()
	u, err := url.Parse(target)
	require.NoError(t, err)
	var made atomic.Bool
	t.Cleanup(func() {
		assert.True(t, made.Load(), "the change %q was never made: nothing passed that it changes", c.name)
	})
	where := regexp.MustCompile(c.path)
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(u) },
		ModifyResponse: func(r *http.Response) error {
			if c.answer == nil || !where.MatchString(r.Request.URL.Path) {
				return nil
			}
			changed, err := c.rewrite(r)
			if changed {
				made.Store(true)
			}
			return err
		},
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked := c.request != nil && where.MatchString(r.URL.Path)
		if asked {
			made.Store(true)
		}
		if asked && !c.takes(r) {
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(http.StatusUnprocessableEntity)
			_, _ = io.WriteString(w, `{"codigo":"VALIDACION","status":422}`)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func (c change) takes(r *http.Request) bool {
	raw, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(raw))
	var body object
	_ = json.Unmarshal(raw, &body)
	return c.request(body)
}

// rewrite changes an answer, and reports whether that made another one of it.
func (c change) rewrite(r *http.Response) (changed bool, err error) {
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return false, err
	}
	a := &answer{status: r.StatusCode, header: r.Header}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	if decoder.Decode(&a.body) == nil {
		header := r.Header.Clone()
		before, err := json.Marshal(a.body) // in the form that it is compared in
		if err != nil {
			return false, err
		}
		c.answer(a)
		if raw = a.raw; raw == nil {
			if raw, err = json.Marshal(a.body); err != nil {
				return false, err
			}
		}
		changed = a.status != r.StatusCode || !bytes.Equal(raw, before) || !maps.EqualFunc(header, r.Header, slices.Equal)
	}
	r.StatusCode, r.Status = a.status, strconv.Itoa(a.status)
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(raw)), int64(len(raw))
	r.Header.Set("Content-Length", strconv.Itoa(len(raw)))
	return changed, nil
}

// reversed is the object's text with its members in the opposite of their alphabetical order, and white space between them.
func reversed(a *answer) {
	o, ok := a.body.(map[string]any)
	if !ok || a.status >= http.StatusBadRequest {
		return
	}
	var members []string
	for _, name := range slices.Backward(slices.Sorted(maps.Keys(o))) {
		text, _ := json.Marshal(o[name])
		members = append(members, fmt.Sprintf("%q :  %s", name, text))
	}
	a.raw = []byte("{\n  " + strings.Join(members, " ,\n  ") + "\n}\n")
}
