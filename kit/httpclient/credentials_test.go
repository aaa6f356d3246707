package httpclient_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/httpclient"
)

// tokens is a TokenSource that returns the tokens of its list, the next one after each Invalidate; after the last there is none.
type tokens struct {
	mu   sync.Mutex
	list []string
	err  error
}

func (s *tokens) Token(context.Context) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.list) == 0 {
		return "", s.err
	}
	return s.list[0], nil
}

func (s *tokens) Invalidate(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.list) > 0 && s.list[0] == token {
		s.list = s.list[1:]
	}
}

func TestClient_Do_token_refused(t *testing.T) {
	t.Parallel()
	noToken := fault.ErrUnavailable.New("Un servicio necesario no responde.").After(4 * time.Second)
	for name, c := range map[string]struct {
		list  []string
		calls int64
		ok    bool
		wait  time.Duration
	}{
		"a fresh one is accepted":   {[]string{"old", "good"}, 2, true, 0},
		"all are":                   {[]string{"old", "old2", "old3"}, 2, false, 0},
		"there is no other":         {[]string{"old", "old"}, 1, false, 0},
		"no other can be had":       {[]string{"old"}, 1, false, 4 * time.Second},
		"there never was one":       {nil, 0, false, 4 * time.Second},
		"the first one is accepted": {[]string{"good"}, 1, true, 0},
	} {
		for _, safe := range []bool{true, false} {
			t.Run(fmt.Sprint(name, ", safe ", safe), func(t *testing.T) {
				t.Parallel()
				source := &tokens{list: slices.Clone(c.list), err: noToken}
				client, policy, calls := peer(t, func(w http.ResponseWriter, r *http.Request) {
					body, _ := io.ReadAll(r.Body)
					assert.Equal(t, `"cuerpo"`, string(body))
					if r.Header.Get("Authorization") != "Bearer good" {
						say(401, "application/problem+json", `{"codigo":"NO_AUTENTICADO"}`)(w, r)
						return
					}
					say(200, "application/json", `{"id":1}`)(w, r)
				}, func(o *httpclient.Options) { o.Tokens = source })
				var out thing
				status, err := client.Do(t.Context(), httpclient.Request{
					Method: http.MethodPost, Path: "/cosas", Body: "cuerpo", Safe: safe,
				}, &out)
				if c.ok {
					require.NoError(t, err)
					assert.Equal(t, thing{ID: 1}, out)
				} else {
					assert.Zero(t, status)
					assert.Same(t, fault.ErrUnavailable, fault.From(err).Kind)
					assert.Equal(t, c.wait, fault.From(err).RetryAfter)
				}
				assert.Equal(t, c.calls, calls.Load())
				assert.Equal(t, "closed", policy.State(), "our token is no failure of the peer's")
			})
		}
	}
}

func TestClient_Do_one_fresh_token_a_call(t *testing.T) {
	t.Parallel()
	var sent []string
	client, _, _ := peer(t, func(w http.ResponseWriter, r *http.Request) {
		sent = append(sent, r.Header.Get("Authorization"))
		w.WriteHeader([]int{401, 503, 401, 200}[len(sent)-1])
	}, func(o *httpclient.Options) { o.Tokens = &tokens{list: []string{"a", "b", "c"}} })
	_, err := client.Do(t.Context(), get, nil)
	assertUnavailable(t, err, "answered 401")
	assert.Equal(t, []string{"Bearer a", "Bearer b", "Bearer b"}, sent)
}

// auth grants tokens t1, t2, … of 300 s, or answers as its handler does.
type auth struct {
	*httpclient.ClientCredentials
	fetches atomic.Int64
	handler atomic.Pointer[http.HandlerFunc]
	offset  atomic.Int64
}

func newAuth(t *testing.T, handler http.HandlerFunc) *auth {
	t.Helper()
	a := new(auth)
	a.answer(handler)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.fetches.Add(1)
		(*a.handler.Load())(w, r)
	}))
	t.Cleanup(server.Close)
	start := time.Now()
	a.ClientCredentials = httpclient.NewClientCredentials(httpclient.ClientCredentialsOptions{
		TokenURL: server.URL + "/token", ClientID: "pedidos", Secret: "s3cr:eto+%ñ", Audience: "inventario",
		Scope: "inventario:reservar", Now: func() time.Time { return start.Add(time.Duration(a.offset.Load())) },
	})
	return a
}

// answer replaces what auth does; nil = it grants.
func (a *auth) answer(handler http.HandlerFunc) {
	if handler == nil {
		handler = func(w http.ResponseWriter, r *http.Request) { a.grant(w, r) }
	}
	a.handler.Store(&handler)
}

func (a *auth) grant(w http.ResponseWriter, r *http.Request) {
	say(200, "application/json",
		fmt.Sprintf(`{"access_token":"t%d","token_type":"Bearer","expires_in":300}`, a.fetches.Load()))(w, r)
}

func (a *auth) pass(d time.Duration) { a.offset.Add(int64(d)) }

func (a *auth) must(t *testing.T) string {
	t.Helper()
	token, err := a.Token(t.Context())
	require.NoError(t, err)
	return token
}

func TestClientCredentials_asks_as_RFC_6749_says(t *testing.T) {
	t.Parallel()
	var a *auth
	a = newAuth(t, func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "POST /token", r.Method+" "+r.URL.Path)
		assert.NoError(t, r.ParseForm())
		assert.Equal(t, url.Values{
			"grant_type": {"client_credentials"}, "audience": {"inventario"}, "scope": {"inventario:reservar"},
		}, r.PostForm)
		assert.Positive(t, r.ContentLength)
		id, secret, ok := r.BasicAuth()
		assert.True(t, ok)
		assert.Equal(t, "pedidos", id)
		secret, err := url.QueryUnescape(secret)
		assert.NoError(t, err)
		assert.Equal(t, "s3cr:eto+%ñ", secret)
		a.grant(w, r)
	})
	assert.Equal(t, "t1", a.must(t))
}

func TestClientCredentials_renews_before_it_must(t *testing.T) {
	t.Parallel()
	a := newAuth(t, nil)
	assert.Equal(t, "t1", a.must(t))
	a.pass(269 * time.Second)
	assert.Equal(t, "t1", a.must(t))
	assert.EqualValues(t, 1, a.fetches.Load())

	// 30 s before it expires a new token is fetched, but no caller waits for it, and auth may be down.
	a.answer(say(503, "", ""))
	a.pass(2 * time.Second)
	assert.Equal(t, "t1", a.must(t))
	require.Eventually(t, func() bool { return a.fetches.Load() >= 2 }, 5*time.Second, time.Millisecond)
	a.answer(nil)
	require.Eventually(t, func() bool {
		a.pass(time.Second) // a failure is noted after its answer: the pause may begin later than the last pass
		return a.must(t) != "t1"
	}, 15*time.Second, 20*time.Millisecond)
	renewed := a.must(t)

	// A token that may expire on its way is not used.
	a.answer(say(503, "", ""))
	a.pass(296 * time.Second)
	_, err := a.Token(t.Context())
	assert.Same(t, fault.ErrUnavailable, fault.From(err).Kind)
	a.answer(nil)
	require.Eventually(t, func() bool {
		a.pass(time.Second)
		token, err := a.Token(t.Context())
		return err == nil && token != renewed
	}, 15*time.Second, 20*time.Millisecond)
}

func TestClientCredentials_short_lives(t *testing.T) {
	t.Parallel()
	a := newAuth(t, say(200, "application/json", `{"access_token":"x","token_type":"bearer","expires_in":2}`))
	a.must(t)
	a.pass(900 * time.Millisecond)
	a.must(t)
	assert.EqualValues(t, 1, a.fetches.Load(), "a life under 30 s is used too")
	a.pass(700 * time.Millisecond)
	a.must(t)
	assert.EqualValues(t, 2, a.fetches.Load())
}

func TestClientCredentials_one_fetch_for_all(t *testing.T) {
	t.Parallel()
	var a *auth
	gate := make(chan struct{})
	a = newAuth(t, func(w http.ResponseWriter, r *http.Request) {
		<-gate
		a.grant(w, r)
	})
	// When the caller that began the fetch is cancelled, only that caller fails.
	ctx, cancel := context.WithCancel(t.Context())
	first := make(chan error)
	go func() { _, err := a.Token(ctx); first <- err }()
	require.Eventually(t, func() bool { return a.fetches.Load() == 1 }, 5*time.Second, time.Millisecond)
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			token, err := a.Token(t.Context())
			assert.NoError(t, err)
			assert.Equal(t, "t1", token)
		})
	}
	cancel()
	err := <-first
	assert.Same(t, fault.ErrUnavailable, fault.From(err).Kind)
	assert.ErrorIs(t, err, context.Canceled)
	close(gate)
	all.Wait()
	assert.EqualValues(t, 1, a.fetches.Load())
}

func TestClientCredentials_Invalidate(t *testing.T) {
	t.Parallel()
	a := newAuth(t, nil)
	a.must(t)
	a.Invalidate("another")
	assert.Equal(t, "t1", a.must(t))
	a.Invalidate("t1")
	assert.Equal(t, "t2", a.must(t))
	a.Invalidate("t1")
	assert.Equal(t, "t2", a.must(t), "refused late: it was replaced meanwhile")
	a.Invalidate("t2")
	assert.Equal(t, "t2", a.must(t), "a peer that refuses everything does not make us hammer auth")
	a.pass(time.Second)
	a.Invalidate("t2")
	assert.Equal(t, "t3", a.must(t))
}

func TestClientCredentials_fails_closed(t *testing.T) {
	t.Parallel()
	const ok = "application/json"
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		cause  string
	}{
		"400":             {say(400, ok, `{"error":"invalid_scope"}`), "auth answered 400 to client pedidos: is its secret the same"},
		"401":             {say(401, ok, `{"error":"invalid_client"}`), "auth answered 401 to client pedidos: is its secret the same"},
		"429":             {say(429, ok, `{}`), "answered 429"},
		"500":             {say(500, ok, `{}`), "answered 500"},
		"503":             {say(503, ok, `{}`), "answered 503"},
		"302":             {redirect("/otra"), "answered 302"},
		"HTML":            {say(200, "text/html", `<html>`), "content type"},
		"half a JSON":     {say(200, ok, `{"access_token":"x","token_type":"bearer","expires`), "broken body"},
		"no token":        {say(200, ok, `{"token_type":"bearer","expires_in":300}`), "nothing usable"},
		"a dead token":    {say(200, ok, `{"access_token":"x","token_type":"bearer","expires_in":0}`), "nothing usable"},
		"another type":    {say(200, ok, `{"access_token":"x","token_type":"mac","expires_in":300}`), "nothing usable"},
		"17 KiB of token": {say(200, ok, fmt.Sprintf(`{"access_token":"%017408d"}`, 1)), "larger than"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAuth(t, c.answer)
			_, err := a.Token(t.Context())
			require.Error(t, err)
			assert.Same(t, fault.ErrUnavailable, fault.From(err).Kind)
			assert.NotEmpty(t, fault.From(err).Detail)
			assert.ErrorContains(t, err, c.cause)
			assert.NotContains(t, err.Error(), "s3cr")

			asked := a.fetches.Load()
			_, again := a.Token(t.Context())
			require.ErrorContains(t, again, c.cause)
			assert.Equal(t, asked, a.fetches.Load(), "no second request at once")
			assert.NotSame(t, fault.From(err), fault.From(again), "callers add to their faults")

			a.answer(nil)
			a.pass(time.Second)
			assert.NotEmpty(t, a.must(t), "heals")
		})
	}
}

func TestClientCredentials_auth_down_is_not_hammered(t *testing.T) {
	t.Parallel()
	a := newAuth(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", "3")
		w.WriteHeader(503)
	})
	for range 100 {
		_, err := a.Token(t.Context())
		require.ErrorIs(t, err, fault.ErrUnavailable)
		assert.GreaterOrEqual(t, fault.From(err).RetryAfter, time.Second)
		a.pass(300 * time.Millisecond)
	}
	assert.Less(t, a.fetches.Load(), int64(20), "after five the breaker is open, and probes now and then")
}

// TestClient_Do_rotation_under_load: a peer repeatedly stops accepting all existing tokens, and no call fails.
func TestClient_Do_rotation_under_load(t *testing.T) {
	t.Parallel()
	var a *auth
	var valid atomic.Int64
	a = newAuth(t, func(w http.ResponseWriter, r *http.Request) {
		say(200, "application/json",
			fmt.Sprintf(`{"access_token":"era-%d","token_type":"Bearer","expires_in":300}`, valid.Load()))(w, r)
	})
	client, policy, _ := peer(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != fmt.Sprintf("Bearer era-%d", valid.Load()) {
			say(401, "application/problem+json", `{"codigo":"NO_AUTENTICADO"}`)(w, r)
			return
		}
		say(200, "application/json", `{"id":1}`)(w, r)
	}, func(o *httpclient.Options) { o.Tokens = a })

	stop := make(chan struct{})
	var all sync.WaitGroup
	var done [8]atomic.Int64
	errs := make(chan error, len(done))
	for i := range done {
		all.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if _, err := client.Do(t.Context(), httpclient.Request{Method: http.MethodPost, Path: "/cosas"}, nil); err != nil {
					errs <- err
					return
				}
				done[i].Add(1)
			}
		})
	}
	for era := range int64(10) {
		for i := range done { // no call lasts longer than the time between two rotations
			before := done[i].Load()
			require.Eventually(t, func() bool { return done[i].Load() >= before+2 || len(errs) > 0 }, 10*time.Second, time.Millisecond)
		}
		a.pass(2 * time.Second)
		valid.Store(era + 1)
	}
	close(stop)
	all.Wait()
	close(errs)
	var failed []error
	for err := range errs {
		failed = append(failed, err)
	}
	require.NoError(t, errors.Join(failed...))
	assert.LessOrEqual(t, a.fetches.Load(), int64(11))
	assert.Equal(t, "closed", policy.State())
}
