package authn_test

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/authn"
	"github.com/tienda-go/tienda/kit/fault"
)

// auth publishes keys, or answers what a test sets.
type auth struct {
	*httptest.Server
	fetches atomic.Int64
	answer  atomic.Value // func(http.ResponseWriter)
}

func newAuth(t *testing.T) *auth {
	a := &auth{}
	a.publish("k1")
	a.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		a.fetches.Add(1)
		a.answer.Load().(func(http.ResponseWriter))(w)
	}))
	t.Cleanup(a.Close)
	return a
}

func (a *auth) publish(kids ...string) {
	var set []string
	for _, kid := range kids {
		set = append(set, fmt.Sprintf(`{"kty":"OKP","crv":"Ed25519","alg":"EdDSA","use":"sig","kid":%q,"x":%q}`,
			kid, b64.EncodeToString(key.Public().(ed25519.PublicKey))))
	}
	a.say(`{"keys":[` + strings.Join(set, ",") + `,{"kty":"RSA","kid":"rsa"}]}`)
}

func (a *auth) say(body string) {
	a.answer.Store(func(w http.ResponseWriter) { _, _ = w.Write([]byte(body)) })
}

// clock is set by the test.
type clock struct{ at atomic.Int64 }

func (c *clock) now() time.Time       { return time.Unix(0, c.at.Load()) }
func (c *clock) pass(d time.Duration) { c.at.Add(int64(d)) }
func newClock() *clock                { c := &clock{}; c.at.Store(now.UnixNano()); return c }
func (a *auth) keys(c *clock, cache string) *authn.RemoteKeys {
	return authn.NewRemoteKeys(authn.RemoteKeysOptions{URL: a.URL, CachePath: cache, Now: c.now})
}

func TestRemoteKeys_never_seen_is_unavailable_and_heals(t *testing.T) {
	t.Parallel()
	a, c := newAuth(t), newClock()
	a.answer.Store(func(w http.ResponseWriter) { w.WriteHeader(http.StatusInternalServerError) })
	keys := a.keys(c, "")
	_, err := keys.Key(t.Context(), "k1")
	require.ErrorIs(t, err, fault.ErrUnavailable)
	require.ErrorIs(t, keys.Ready(t.Context()), fault.ErrUnavailable)
	assert.EqualValues(t, 1, a.fetches.Load(), "not asked again at once")
	a.publish("k1")
	c.pass(2 * time.Second)
	require.NoError(t, keys.Ready(t.Context()))
	got, err := keys.Key(t.Context(), "k1")
	require.NoError(t, err)
	assert.Equal(t, key.Public(), got)
}

func TestRemoteKeys_unknown_kids_do_not_hammer_auth(t *testing.T) {
	t.Parallel()
	a, c := newAuth(t), newClock()
	keys := a.keys(c, "")
	require.NoError(t, keys.Ready(t.Context()))
	var wg sync.WaitGroup
	for i := range 200 {
		wg.Go(func() {
			_, err := keys.Key(t.Context(), fmt.Sprint("unknown-", i))
			assert.ErrorIs(t, err, authn.ErrUnknownKey)
		})
	}
	wg.Wait()
	for i := range 200 {
		_, err := keys.Key(t.Context(), fmt.Sprint("unknown-again-", i))
		assert.ErrorIs(t, err, authn.ErrUnknownKey)
	}
	assert.EqualValues(t, 1+5, a.fetches.Load(), "a handful at once")
	c.pass(11 * time.Second)
	a.publish("k1", "k2")
	_, err := keys.Key(t.Context(), "k2")
	require.NoError(t, err, "a rotation is seen as soon as its key is used")
	assert.EqualValues(t, 1+5+1, a.fetches.Load(), "and then one every ten seconds")
}

// A key that was made just after the last fetch is found too.
func TestRemoteKeys_a_rotation_right_after_a_fetch_is_seen(t *testing.T) {
	t.Parallel()
	a, c := newAuth(t), newClock()
	keys := a.keys(c, "")
	require.NoError(t, keys.Ready(t.Context()))
	for i := range 4 {
		kid := fmt.Sprint("next-", i)
		a.publish("k1", kid)
		_, err := keys.Key(t.Context(), kid)
		require.NoError(t, err)
	}
}

// A fetch that began before a key was made returns the old set: callers that waited for it look once more.
func TestRemoteKeys_a_rotation_during_a_fetch_is_seen(t *testing.T) {
	t.Parallel()
	a, c := newAuth(t), newClock()
	keys := a.keys(c, "")
	require.NoError(t, keys.Ready(t.Context()))
	before := a.answer.Load().(func(http.ResponseWriter))
	hold := make(chan struct{})
	a.answer.Store(func(w http.ResponseWriter) { <-hold; before(w) })
	first := make(chan error, 1)
	go func() { _, err := keys.Key(t.Context(), "unknown"); first <- err }()
	require.Eventually(t, func() bool { return a.fetches.Load() == 2 }, 5*time.Second, time.Millisecond)
	a.publish("k1", "k2")
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			_, err := keys.Key(t.Context(), "k2")
			assert.NoError(t, err)
		})
	}
	runtime.Gosched()
	close(hold)
	wg.Wait()
	require.ErrorIs(t, <-first, authn.ErrUnknownKey)
	assert.LessOrEqual(t, a.fetches.Load(), int64(3))
}

// Ready runs every few seconds: it must neither fetch nor use up the fetch for the first token after a rotation.
func TestRemoteKeys_ready_asks_auth_for_nothing_once_keys_are_known(t *testing.T) {
	t.Parallel()
	a, c := newAuth(t), newClock()
	keys := a.keys(c, "")
	require.NoError(t, keys.Ready(t.Context()))
	c.pass(11 * time.Second)
	require.NoError(t, keys.Ready(t.Context()))
	assert.EqualValues(t, 1, a.fetches.Load())
	a.publish("k1", "k2")
	_, err := keys.Key(t.Context(), "k2")
	require.NoError(t, err)

	hold := make(chan struct{})
	t.Cleanup(func() { close(hold) }) // before the server's own
	a.answer.Store(func(http.ResponseWriter) { <-hold })
	c.pass(time.Hour)
	soon, cancel := context.WithTimeout(t.Context(), 2*time.Second) // shorter than a fetch: a service stays ready while auth hangs
	defer cancel()
	require.NoError(t, keys.Ready(soon))
}

func TestRemoteKeys_are_kept_while_auth_is_down_and_over_a_restart(t *testing.T) {
	t.Parallel()
	a, c := newAuth(t), newClock()
	cache := filepath.Join(t.TempDir(), "sub", "jwks.json")
	keys := a.keys(c, cache)
	require.NoError(t, keys.Ready(t.Context()))
	require.Eventually(t, func() bool { _, err := os.Stat(cache); return err == nil }, 5*time.Second, time.Millisecond)
	a.Close()
	c.pass(time.Hour)
	_, err := keys.Key(t.Context(), "k1")
	require.NoError(t, err)
	_, err = a.keys(c, cache).Key(t.Context(), "k1")
	require.NoError(t, err, "a restart without auth")
	_, err = a.keys(c, cache).Key(t.Context(), "k2")
	require.ErrorIs(t, err, authn.ErrUnknownKey)

	require.NoError(t, os.WriteFile(cache, []byte("{"), 0o600))
	_, err = a.keys(c, cache).Key(t.Context(), "k1")
	require.ErrorIs(t, err, fault.ErrUnavailable, "a damaged file is as none")
}

func TestRemoteKeys_a_broken_answer_replaces_nothing(t *testing.T) {
	t.Parallel()
	a, c := newAuth(t), newClock()
	keys := a.keys(c, "")
	require.NoError(t, keys.Ready(t.Context()))
	for name, body := range map[string]string{
		"empty": "", "HTML": "<html>", "no keys": `{"keys":[]}`, "null": "null", "cut": `{"keys":[{"kty":"OKP"`,
		"only RSA":  `{"keys":[{"kty":"RSA","kid":"k1"}]}`,
		"short key": `{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"k1","x":"AAAA"}]}`,
		"huge":      `{"keys":[` + strings.Repeat(" ", 1<<17) + `]}`,
	} {
		a.say(body)
		c.pass(11 * time.Second)
		before := a.fetches.Load()
		_, err := keys.Key(t.Context(), "k9")
		require.ErrorIs(t, err, authn.ErrUnknownKey, name)
		require.Equal(t, before+1, a.fetches.Load(), name)
		_, err = keys.Key(t.Context(), "k1")
		require.NoError(t, err, name)
	}
}

func TestRemoteKeys_refresh_by_age_without_anybody_waiting(t *testing.T) {
	t.Parallel()
	a, c := newAuth(t), newClock()
	keys := a.keys(c, "")
	require.NoError(t, keys.Ready(t.Context()))
	a.publish("k2") // k1 was withdrawn
	c.pass(6 * time.Minute)
	_, err := keys.Key(t.Context(), "k1")
	require.NoError(t, err)
	require.Eventually(t, func() bool { _, err := keys.Key(t.Context(), "k2"); return err == nil }, 5*time.Second, time.Millisecond)
	_, err = keys.Key(t.Context(), "k1")
	assert.ErrorIs(t, err, authn.ErrUnknownKey)
}

func TestRemoteKeys_whoever_leaves_fails_nobody_else(t *testing.T) {
	t.Parallel()
	a, c := newAuth(t), newClock()
	hold := make(chan struct{})
	a.answer.Store(func(w http.ResponseWriter) {
		<-hold
		_, _ = fmt.Fprintf(w, `{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"k1","x":%q}]}`,
			b64.EncodeToString(key.Public().(ed25519.PublicKey)))
	})
	keys := a.keys(c, "")
	patient := make(chan error, 1)
	go func() { patient <- keys.Ready(t.Context()) }()
	require.Eventually(t, func() bool { return a.fetches.Load() == 1 }, 5*time.Second, time.Millisecond)
	leaving, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := keys.Key(leaving, "k1")
	require.ErrorIs(t, err, fault.ErrUnavailable)
	close(hold)
	require.NoError(t, <-patient)
}
