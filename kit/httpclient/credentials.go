package httpclient

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/tienda-go/tienda/kit/config"
	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/logging"
)

const (
	renewBefore  = 30 * time.Second
	tokenTimeout = 3 * time.Second
	retryGap     = 250 * time.Millisecond // after a failure nobody asks auth again for so long
)

// ClientCredentialsOptions say who this service is, and whom it wants to call.
type ClientCredentialsOptions struct {
	TokenURL string
	ClientID string
	Secret   config.Secret
	Audience string // the peer
	Scope    string // "" = all that this service may do there
	HTTP     *http.Client
	Now      func() time.Time
}

// ClientCredentials gets this service's own tokens from auth (RFC 6749, section 4.4), keeps each until 30 s before it expires,
// and asks for one at a time however many wait for it.
type ClientCredentials struct {
	o ClientCredentialsOptions

	mu      sync.Mutex
	token   string
	renewAt time.Time
	failed  error // of the last fetch
	retryAt time.Time
	flight  chan struct{} // closed when the fetch under way is over; nil = none
}

var _ TokenSource = (*ClientCredentials)(nil)

// NewClientCredentials fetches nothing yet.
func NewClientCredentials(o ClientCredentialsOptions) *ClientCredentials {
	if o.HTTP == nil {
		o.HTTP = newHTTP()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &ClientCredentials{o: o}
}

// Token implements TokenSource.
func (c *ClientCredentials) Token(ctx context.Context) (string, error) {
	for {
		c.mu.Lock()
		now := c.o.Now()
		if c.token != "" && now.Before(c.renewAt) {
			token := c.token
			c.mu.Unlock()
			return token, nil
		}
		if c.flight == nil {
			if c.failed != nil && now.Before(c.retryAt) {
				err := c.failed
				c.mu.Unlock()
				return "", err
			}
			c.flight = make(chan struct{})
			go c.fetch(logging.RequestFrom(ctx), c.flight)
		}
		flight := c.flight
		c.mu.Unlock()
		select {
		case <-flight:
		case <-ctx.Done():
			return "", fault.ErrUnavailable.New("auth no responde. Repita la petición en unos segundos.").Because(ctx.Err())
		}
		c.mu.Lock()
		err := c.failed
		c.mu.Unlock()
		if err != nil {
			return "", err
		}
	}
}

// Invalidate implements TokenSource; a token that was replaced meanwhile stays.
func (c *ClientCredentials) Invalidate(token string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.token == token {
		c.token = ""
	}
}

// fetch serves everybody who waits, so its time is its own and nobody's leaving ends it.
func (c *ClientCredentials) fetch(request logging.Request, done chan struct{}) {
	ctx, cancel := context.WithTimeout(logging.WithRequest(context.Background(), request), tokenTimeout)
	defer cancel()
	token, life, err := c.ask(ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.flight, c.failed = nil, nil
	close(done)
	now := c.o.Now()
	if err != nil {
		c.failed = fault.ErrUnavailable.New("auth no responde. Repita la petición en unos segundos.").Because(fmt.Errorf("own token: %w", err))
		c.retryAt = now.Add(retryGap)
		return
	}
	c.token, c.renewAt = token, now.Add(max(life-renewBefore, life/2))
}

func (c *ClientCredentials) ask(ctx context.Context) (token string, life time.Duration, err error) {
	form := url.Values{"grant_type": {"client_credentials"}, "audience": {c.o.Audience}}
	if c.o.Scope != "" {
		form.Set("scope", c.o.Scope)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.o.TokenURL, strings.NewReader(form.Encode()))
	if err != nil {
		return "", 0, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	id := logging.RequestFrom(ctx)
	if id.ID != "" {
		request.Header.Set("X-Request-Id", id.ID)
		request.Header.Set("traceparent", id.Traceparent())
	}
	// RFC 6749, section 2.3.1: both parts are form-encoded first.
	request.SetBasicAuth(url.QueryEscape(c.o.ClientID), url.QueryEscape(c.o.Secret.Reveal()))
	resp, err := c.o.HTTP.Do(request)
	if err != nil {
		return "", 0, err
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, 16<<10))
	if err != nil {
		return "", 0, err
	}
	if resp.StatusCode != http.StatusOK {
		return "", 0, fmt.Errorf("auth answered %d to client %s; is its secret the same on both sides?", resp.StatusCode, c.o.ClientID)
	}
	var granted struct {
		AccessToken string `json:"access_token"`
		TokenType   string `json:"token_type"`
		ExpiresIn   int64  `json:"expires_in"`
	}
	if err := json.Unmarshal(raw, &granted); err != nil {
		return "", 0, err
	}
	if granted.AccessToken == "" || !strings.EqualFold(granted.TokenType, "bearer") || granted.ExpiresIn < 1 {
		return "", 0, fmt.Errorf("auth granted nothing usable")
	}
	return granted.AccessToken, time.Duration(granted.ExpiresIn) * time.Second, nil
}
