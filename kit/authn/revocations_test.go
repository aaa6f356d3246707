package authn_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/authn"
)

const list = `{"sesiones":["s1"],"usuarios":[{"id":7,"desde":"2026-01-31T12:00:00Z"}],"algo_nuevo":1}`

var noon = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)

func caller(subject, session string, issued time.Time) authn.Caller {
	return authn.Caller{Subject: subject, SessionID: session, IssuedAt: issued}
}

func TestRevocations(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "dir", "revocaciones.json")
	answer, fail := list, error(nil)
	now := noon
	o := authn.RevocationsOptions{
		CachePath: path, Now: func() time.Time { return now },
		Fetch: func(context.Context) ([]byte, error) { return []byte(answer), fail },
	}
	r := authn.NewRevocations(o)
	assert.False(t, r.Revoked(caller("7", "s1", noon)), "nothing is known yet")
	_, known := r.Age()
	assert.False(t, known)

	require.NoError(t, r.Poll(t.Context()))
	check := func(r *authn.Revocations) {
		t.Helper()
		assert.True(t, r.Revoked(caller("8", "s1", noon)), "its session ended")
		assert.True(t, r.Revoked(caller("7", "s2", noon.Add(-time.Second))), "its user was changed after it was issued")
		assert.False(t, r.Revoked(caller("7", "s2", noon)))
		assert.False(t, r.Revoked(caller("8", "s2", noon.Add(-time.Hour))))
		assert.False(t, r.Revoked(caller("servicio:pedidos", "", noon.Add(-time.Hour))))
	}
	check(r)
	now = now.Add(time.Minute)
	age, known := r.Age()
	assert.True(t, known)
	assert.Equal(t, time.Minute, age)

	for _, broken := range []string{"", "<html>", "[]", "{}", `{"sesiones":[]}`, `{"sesiones":null,"usuarios":[]}`, `{"sesiones":[1],"usuarios":[]}`} {
		answer = broken
		require.Error(t, r.Poll(t.Context()), broken)
		check(r) // the last good one stays in force
	}
	fail = errors.New("auth is down")
	require.Error(t, r.Poll(t.Context()))
	check(r)
	check(authn.NewRevocations(o)) // also after a restart without auth
	info, err := os.Stat(path)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	answer, fail = `{"sesiones":[],"usuarios":[]}`, nil
	require.NoError(t, r.Poll(t.Context()))
	assert.False(t, r.Revoked(caller("8", "s1", noon)))
}

func TestRevocations_Run_polls_until_it_is_told_to_stop(t *testing.T) {
	t.Parallel()
	polled := make(chan struct{}, 1)
	r := authn.NewRevocations(authn.RevocationsOptions{Fetch: func(context.Context) ([]byte, error) {
		polled <- struct{}{}
		return []byte(list), nil
	}})
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { r.Run(ctx); close(done) }()
	<-polled
	assert.Eventually(t, func() bool { return r.Revoked(caller("8", "s1", noon)) }, 5*time.Second, time.Millisecond)
	stop()
	<-done
}

// purse is a TokenSource that remembers which tokens were refused.
type purse struct{ refused []string }

func (p *purse) Token(context.Context) (string, error) { return "token", nil }
func (p *purse) Invalidate(token string)               { p.refused = append(p.refused, token) }

func TestFetchFrom(t *testing.T) {
	t.Parallel()
	status := http.StatusOK
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "Bearer token", r.Header.Get("Authorization"))
		w.WriteHeader(status)
		_, _ = w.Write([]byte(list))
	}))
	t.Cleanup(server.Close)
	tokens := &purse{}
	fetch := authn.FetchFrom(server.URL, tokens)
	raw, err := fetch(t.Context())
	require.NoError(t, err)
	assert.JSONEq(t, list, string(raw))
	for _, status = range []int{401, 403, 500, 302} {
		_, err = fetch(t.Context())
		require.Error(t, err, status)
	}
	assert.Equal(t, []string{"token"}, tokens.refused, "after a 401 the next poll asks with another token")
}
