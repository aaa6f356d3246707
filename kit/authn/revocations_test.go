package authn_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/authn"
	"github.com/tienda-go/tienda/kit/fault"
)

const list = `{"sessions":["s1"],"users":[{"id":7,"since":"2026-01-31T12:00:00Z"}],"new":1}`

// format has members that are not auth's.
var format = authn.RevocationsFormat{
	Read: func(raw []byte) (authn.RevocationList, error) {
		var l authn.RevocationList
		err := json.Unmarshal(raw, &l)
		return l, err
	},
	Write: func(l authn.RevocationList) ([]byte, error) { return json.Marshal(l) },
}

var noon = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)

func caller(subject, session string, issued time.Time) authn.Caller {
	return authn.Caller{Subject: subject, Audience: map[bool]string{true: authn.UserAudience, false: "productos"}[session != ""],
		SessionID: session, IssuedAt: issued}
}

func revoked(t *testing.T, r *authn.Revocations, c authn.Caller) bool {
	t.Helper()
	is, err := r.Revoked(c)
	require.NoError(t, err)
	return is
}

func TestRevocations(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "dir", "revocaciones.json")
	answer, fail := list, error(nil)
	now := noon
	o := authn.RevocationsOptions{
		CachePath: path, Now: func() time.Time { return now },
		Fetch: func(context.Context, string) ([]byte, string, error) { return []byte(answer), "", fail },
	}
	r := authn.NewRevocations(format, o)
	_, err := r.Revoked(caller("7", "s1", noon))
	require.ErrorIs(t, err, fault.ErrUnavailable, "nothing is known yet, so no token of a user is accepted")
	require.ErrorIs(t, r.Ready(t.Context()), fault.ErrUnavailable)
	assert.True(t, math.IsInf(r.AgeSeconds(), 1))
	assert.False(t, revoked(t, r, caller("servicio:pedidos", "", noon)), "services are in no list")

	require.NoError(t, r.Poll(t.Context()))
	check := func(r *authn.Revocations) {
		t.Helper()
		assert.True(t, revoked(t, r, caller("8", "s1", noon)), "its session ended")
		assert.True(t, revoked(t, r, caller("7", "s2", noon.Add(-time.Second))), "its user was changed after it was issued")
		assert.False(t, revoked(t, r, caller("7", "s2", noon)))
		assert.False(t, revoked(t, r, caller("8", "s2", noon.Add(-time.Hour))))
		assert.False(t, revoked(t, r, caller("servicio:pedidos", "", noon.Add(-time.Hour))))
	}
	check(r)
	now = now.Add(time.Minute)
	assert.Equal(t, time.Minute.Seconds(), r.AgeSeconds())

	for _, broken := range []string{"", "<html>", "[]", "{}", `{"sessions":[]}`, `{"sessions":null,"users":[]}`,
		`{"sessions":[1],"users":[]}`} {
		answer = broken
		require.Error(t, r.Poll(t.Context()), broken)
		check(r) // the last good list stays in force
	}
	fail = errors.New("auth is down")
	require.Error(t, r.Poll(t.Context()))
	check(r)
	check(authn.NewRevocations(format, o)) // the list stays in force after a restart without auth
	info, err := os.Stat(path)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	answer, fail = `{"sessions":[],"users":[]}`, nil
	require.NoError(t, r.Poll(t.Context()))
	assert.False(t, revoked(t, r, caller("8", "s1", noon)))
}

// A list of several pages is used completely or not at all.
func TestRevocations_pages(t *testing.T) {
	t.Parallel()
	var broken bool
	pages := map[string][2]string{
		"": {`{"sessions":["s1"],"users":[]}`, "2"}, "2": {`{"sessions":["s2"],"users":[]}`, "3"},
		"3": {`{"sessions":[],"users":[{"id":7,"since":"2026-01-31T12:00:00Z"}]}`, ""},
	}
	fetch := func(_ context.Context, cursor string) ([]byte, string, error) {
		if broken && cursor == "3" {
			return nil, "", errors.New("auth went away")
		}
		return []byte(pages[cursor][0]), pages[cursor][1], nil
	}
	r := authn.NewRevocations(format, authn.RevocationsOptions{Fetch: fetch})
	require.NoError(t, r.Poll(t.Context()))
	check := func() {
		t.Helper()
		assert.True(t, revoked(t, r, caller("8", "s1", noon)))
		assert.True(t, revoked(t, r, caller("8", "s2", noon)))
		assert.True(t, revoked(t, r, caller("7", "s3", noon.Add(-time.Second))))
	}
	check()
	pages["2"] = [2]string{`{"sessions":[],"users":[]}`, "3"}
	broken = true
	require.Error(t, r.Poll(t.Context()))
	check()
	broken = false
	pages["3"] = [2]string{`{"sessions":[],"users":[]}`, "3"}
	require.ErrorContains(t, r.Poll(t.Context()), "no end")
	check()
}

func TestRevocations_Run_polls_until_it_is_told_to_stop(t *testing.T) {
	t.Parallel()
	polled := make(chan struct{}, 1)
	r := authn.NewRevocations(format, authn.RevocationsOptions{Fetch: func(context.Context, string) ([]byte, string, error) {
		polled <- struct{}{}
		return []byte(list), "", nil
	}})
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { r.Run(ctx); close(done) }()
	<-polled
	assert.Eventually(t, func() bool { is, err := r.Revoked(caller("8", "s1", noon)); return is && err == nil }, 5*time.Second,
		time.Millisecond)
	stop()
	<-done
}

// lines is a log that can be read while it is written.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// A list that is older than a minute is a warning, once; until then auth may just be restarting.
func TestRevocations_Run_warns_of_an_old_list(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log lines
		var broken atomic.Bool
		r := authn.NewRevocations(format, authn.RevocationsOptions{
			Log: slog.New(slog.NewTextHandler(&log, nil)), Now: time.Now,
			Fetch: func(context.Context, string) ([]byte, string, error) {
				if broken.Load() {
					return nil, "", errors.New("down")
				}
				return []byte(list), "", nil
			},
		})
		ctx, stop := context.WithCancel(t.Context())
		go r.Run(ctx)
		pass := func(d time.Duration) string {
			time.Sleep(d)
			synctest.Wait()
			return log.String()
		}
		pass(time.Second)
		broken.Store(true)
		assert.NotContains(t, pass(58*time.Second), "not refreshed")
		pass(time.Minute)
		assert.Equal(t, 1, strings.Count(pass(time.Hour), "revocations not refreshed"))
		broken.Store(false)
		assert.Equal(t, 1, strings.Count(pass(time.Minute), "revocations are current again"))
		stop()
	})
}

// A file that cannot be written is tried at each poll, and said once.
func TestRevocations_Poll_says_once_that_its_file_is_not_kept(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	folder := filepath.Join(t.TempDir(), "data")
	require.NoError(t, os.WriteFile(folder, nil, 0o600)) // a file is where the folder should be
	r := authn.NewRevocations(format, authn.RevocationsOptions{
		Log: slog.New(slog.NewTextHandler(&log, nil)), CachePath: filepath.Join(folder, "list"),
		Fetch: func(context.Context, string) ([]byte, string, error) { return []byte(list), "", nil },
	})
	for range 3 {
		require.NoError(t, r.Poll(t.Context()))
	}
	assert.Equal(t, 1, strings.Count(log.String(), "not kept for the next start"))
	require.NoError(t, os.Remove(folder))
	for range 3 {
		require.NoError(t, r.Poll(t.Context()))
	}
	assert.Equal(t, 1, strings.Count(log.String(), "is kept again"))
	assert.FileExists(t, filepath.Join(folder, "list"))
}

// purse is a TokenSource that records which tokens were refused.
type purse struct{ refused []string }

func (p *purse) Token(context.Context) (string, error) { return "token", nil }
func (p *purse) Invalidate(token string)               { p.refused = append(p.refused, token) }

func TestFetchFrom(t *testing.T) {
	t.Parallel()
	status, link, asked, wanted := http.StatusOK, "", "", ""
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "Bearer token", r.Header.Get("Authorization"))
		asked = r.URL.RawQuery
		w.Header().Set("Link", link)
		w.WriteHeader(status)
		_, _ = w.Write([]byte(list))
	}))
	t.Cleanup(server.Close)
	tokens := &purse{}
	fetch := authn.FetchFrom(server.URL, tokens)
	raw, next, err := fetch(t.Context(), "")
	require.NoError(t, err)
	assert.JSONEq(t, list, string(raw))
	assert.Empty(t, next)
	link, wanted = `<?cursor=abc%20d>; rel="next"`, "cursor=abc+d"
	_, next, err = fetch(t.Context(), "")
	require.NoError(t, err)
	assert.Equal(t, "abc d", next)
	_, _, err = fetch(t.Context(), next)
	require.NoError(t, err)
	assert.Equal(t, wanted, asked)
	for _, status = range []int{401, 403, 500, 302} {
		_, _, err = fetch(t.Context(), "")
		require.Error(t, err, status)
	}
	assert.Equal(t, []string{"token"}, tokens.refused, "after a 401 the next poll asks with another token")
}
