package httpclient

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/tienda-go/tienda/kit/config"
	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/logging"
	"github.com/tienda-go/tienda/kit/resilience"
)

const (
	renewBefore   = 30 * time.Second
	expiryMargin  = 5 * time.Second // a token is not sent when it may expire on its way
	longestLife   = time.Hour       // of a token; a longer one counts as this long
	fetchTimeout  = 4 * time.Second
	retryGap      = 250 * time.Millisecond // no request to auth for this long after a failure
	invalidateGap = time.Second            // when a peer refuses every token, ask auth at most this often
	maxTokenBody  = 16 << 10
)

// ClientCredentialsOptions name this service and the peer that it calls.
type ClientCredentialsOptions struct {
	TokenURL string
	ClientID string
	Secret   config.Secret
	Audience string // the peer
	Scope    string // "" = all that this service may do there
	Now      func() time.Time
}

// ClientCredentials gets this service's own tokens from auth (RFC 6749, section 4.4) with one request for all callers that wait.
// It renews a token from 30 s before it expires, while the token is in use: no caller waits, and auth may be down for that time.
type ClientCredentials struct {
	o      ClientCredentialsOptions
	http   *http.Client
	policy *resilience.Policy

	mu      sync.Mutex
	token   string
	renewAt time.Time
	expires time.Time // less the margin
	keep    time.Time // until then Invalidate does nothing
	failed  error     // the error of the last fetch
	retryAt time.Time
	flight  singleflight.Group
}

var _ TokenSource = (*ClientCredentials)(nil)

// NewClientCredentials fetches nothing yet.
func NewClientCredentials(o ClientCredentialsOptions) *ClientCredentials {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &ClientCredentials{o: o, http: newHTTP(), policy: resilience.New(resilience.Options{
		Peer: "auth", Attempts: 2, Timeout: fetchTimeout / 2, OpenFor: time.Second, OpenMax: 4 * time.Second, Concurrency: 1,
	})}
}

// Token implements TokenSource.
func (c *ClientCredentials) Token(ctx context.Context) (string, error) {
	token, fetched, err := c.current(ctx)
	if token != "" || err != nil {
		return token, err
	}
	select {
	case f := <-fetched:
		if f.Err != nil {
			return "", unobtainable(f.Err)
		}
		return f.Val.(string), nil
	case <-ctx.Done():
		return "", unobtainable(ctx.Err())
	}
}

// current is the token to use, or the fetch to wait for.
func (c *ClientCredentials) current(ctx context.Context) (token string, fetched <-chan singleflight.Result, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.o.Now()
	if now.Before(c.expires) {
		token = c.token
	}
	switch {
	case token != "" && now.Before(c.renewAt):
	case c.failed == nil || !now.Before(c.retryAt):
		request := logging.RequestFrom(ctx)
		fetched = c.flight.DoChan("", func() (any, error) { return c.fetch(request) })
	case token == "":
		err = unobtainable(c.failed)
	}
	return token, fetched, err
}

// Invalidate implements TokenSource; a token that was replaced meanwhile stays.
func (c *ClientCredentials) Invalidate(token string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := c.o.Now(); c.token == token && !now.Before(c.keep) {
		c.token, c.keep = "", now.Add(invalidateGap)
	}
}

// unobtainable makes a new fault for each caller.
func unobtainable(cause error) error {
	return fault.ErrUnavailable.New("Un servicio necesario no responde. Repita la petición en unos segundos.").
		After(fault.From(cause).RetryAfter).Because(errors.Join(errors.New("this service has no token of its own"), cause))
}

// fetch has its own timeout and not a caller's: all waiting callers share it, so a caller that leaves must not end it.
func (c *ClientCredentials) fetch(request logging.Request) (token string, err error) {
	ctx, cancel := context.WithTimeout(logging.WithRequest(context.Background(), request), fetchTimeout)
	defer cancel()
	begin := c.o.Now()
	var life time.Duration
	err = c.policy.Do(ctx, true, func(ctx context.Context) (err error) {
		token, life, err = c.ask(ctx)
		return err
	})

	c.mu.Lock()
	defer c.mu.Unlock()
	c.failed = err
	if err != nil {
		c.retryAt = c.o.Now().Add(retryGap)
		return "", err
	}
	c.token = token
	c.renewAt = begin.Add(max(life-renewBefore, life/2))
	c.expires = begin.Add(life - min(expiryMargin, life/4))
	return token, nil
}

func (c *ClientCredentials) ask(ctx context.Context) (token string, life time.Duration, err error) {
	form := url.Values{"grant_type": {"client_credentials"}, "audience": {c.o.Audience}}
	if c.o.Scope != "" {
		form.Set("scope", c.o.Scope)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.o.TokenURL, nil)
	if err != nil {
		return "", 0, err
	}
	request.Header.Set("Accept", jsonType)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	setTrace(ctx, request)
	// RFC 6749, section 2.3.1: both parts are form-encoded first.
	request.SetBasicAuth(url.QueryEscape(c.o.ClientID), url.QueryEscape(c.o.Secret.Reveal()))
	sendOnce(request, []byte(form.Encode()))

	a, err := exchange(c.http, request, maxTokenBody)
	if err != nil {
		return "", 0, err
	}
	switch a.status {
	case http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden:
		return "", 0, failure(errRefused, 0, "auth answered %d to client %s: is its secret the same on both sides, and may it call %s?",
			a.status, c.o.ClientID, c.o.Audience)
	}
	var granted struct {
		AccessToken string `json:"access_token"`
		TokenType   string `json:"token_type"`
		ExpiresIn   int64  `json:"expires_in"`
	}
	if err := a.read(&granted); err != nil {
		return "", 0, err
	}
	if granted.AccessToken == "" || !strings.EqualFold(granted.TokenType, "bearer") || granted.ExpiresIn < 1 {
		return "", 0, failure(errUseless, 0, "auth granted nothing usable")
	}
	return granted.AccessToken, time.Duration(min(granted.ExpiresIn, int64(longestLife/time.Second))) * time.Second, nil
}
