// Package httpclient calls another service: JSON in and out, under a resilience.Policy, with this service's own token, and with
// the request's ids and remaining time sent on.
//
// It fails closed. Only an answer that is complete, of the right type and of a status that means something comes through: a
// success as its JSON, a refusal as the fault that the peer's problem+json describes. Everything else, a redirect, HTML, half
// a document, a page of a proxy, silence, is fault.ErrUnavailable: a failed call never looks like an answer.
package httpclient

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/logging"
	"github.com/tienda-go/tienda/kit/resilience"
)

const (
	defaultMaxBody = 1 << 20
	jsonType       = "application/json"
	problemType    = "application/problem+json"
	headerTimeout  = "X-Timeout-Ms" // kit/httpserver reads it
)

// TokenSource gives the token to call a peer with.
type TokenSource interface {
	// Token returns fault.ErrUnavailable when none can be had.
	Token(ctx context.Context) (string, error)
	// Invalidate says that the peer refused this token.
	Invalidate(token string)
}

// Options of a Client.
type Options struct {
	Peer    string // for errors
	BaseURL string
	Policy  *resilience.Policy
	Tokens  TokenSource  // nil = anonymous
	HTTP    *http.Client // nil = a pooled client of its own
	MaxBody int64        // longest answer in bytes; 0 = 1 MiB
}

// Client calls one peer.
type Client struct{ o Options }

// New builds the client of a peer.
func New(o Options) *Client {
	o.BaseURL = strings.TrimRight(o.BaseURL, "/")
	if o.HTTP == nil {
		o.HTTP = newHTTP()
	}
	if o.MaxBody == 0 {
		o.MaxBody = defaultMaxBody
	}
	return &Client{o: o}
}

// newHTTP keeps connections for less long than kit/httpserver does (4 s), so that a reused one is not just being closed.
// Timeouts of a call come from its context.
func newHTTP() *http.Client {
	return &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext:            (&net.Dialer{Timeout: time.Second}).DialContext,
			MaxIdleConnsPerHost:    64,
			IdleConnTimeout:        3 * time.Second,
			TLSHandshakeTimeout:    2 * time.Second,
			MaxResponseHeaderBytes: 64 << 10,
			DisableCompression:     true,
		},
	}
}

// Request is one call.
type Request struct {
	Method, Path string
	Query        url.Values
	Body         any  // nil = none; else JSON
	Safe         bool // may be repeated: the peer does nothing twice
	Header       http.Header
}

// Do makes the call and decodes a success into out (nil: the body is not looked at). It returns the status of an answer.
//
// A refusal (4xx) that carries a problem+json is a *fault.Error with the peer's codigo, detail, fields and further members
// (numbers as json.Number). Everything else that is not a success is fault.ErrUnavailable, with RetryAfter where the peer said
// so; also 401 and 403, which are about this service's token and not about its caller, and 429.
func (c *Client) Do(ctx context.Context, r Request, out any) (status int, err error) {
	var body []byte
	if r.Body != nil {
		if body, err = json.Marshal(r.Body); err != nil {
			return 0, fmt.Errorf("call %s: %w", c.o.Peer, err)
		}
	}
	err = c.o.Policy.Do(ctx, r.Safe, func(ctx context.Context) error {
		status, err = c.authorized(ctx, r, body, out)
		return err
	})
	if fault.CodeOf(err) == fault.RateLimited {
		err = c.unavailable(fault.From(err).RetryAfter, err)
	}
	return status, err
}

// authorized sends the request with a token. When the peer refuses the token, which it does before it does anything else, a
// fresh one is tried once: after a rotation of keys or secrets nobody's order fails.
func (c *Client) authorized(ctx context.Context, r Request, body []byte, out any) (int, error) {
	if c.o.Tokens == nil {
		return c.send(ctx, r, body, "", out)
	}
	token, err := c.o.Tokens.Token(ctx)
	if err != nil {
		return 0, err
	}
	status, err := c.send(ctx, r, body, token, out)
	if status != http.StatusUnauthorized {
		return status, err
	}
	c.o.Tokens.Invalidate(token)
	if token, err = c.o.Tokens.Token(ctx); err != nil {
		return 0, err
	}
	return c.send(ctx, r, body, token, out)
}

func (c *Client) send(ctx context.Context, r Request, body []byte, token string, out any) (int, error) {
	target := c.o.BaseURL + r.Path
	if len(r.Query) > 0 {
		target += "?" + r.Query.Encode()
	}
	request, err := http.NewRequestWithContext(ctx, r.Method, target, bytes.NewReader(body))
	if err != nil {
		return 0, fmt.Errorf("call %s: %w", c.o.Peer, err)
	}
	if r.Body == nil {
		request.Body, request.ContentLength = http.NoBody, 0
	}
	// With GetBody, net/http would repeat a request by itself when a kept connection breaks: repeating is the Policy's.
	request.GetBody = nil
	c.setHeaders(ctx, request, r, token)

	resp, err := c.o.HTTP.Do(request)
	if err != nil {
		return 0, c.unavailable(0, err)
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, c.o.MaxBody+1))
	if err != nil {
		return 0, c.unavailable(0, fmt.Errorf("answer broke off: %w", err))
	}
	if int64(len(raw)) > c.o.MaxBody {
		return 0, c.unavailable(0, fmt.Errorf("answer is larger than %d bytes", c.o.MaxBody))
	}
	return resp.StatusCode, c.read(resp, raw, out)
}

func (c *Client) setHeaders(ctx context.Context, request *http.Request, r Request, token string) {
	for name, values := range r.Header {
		request.Header[name] = values
	}
	request.Header.Set("Accept", jsonType)
	if r.Body != nil {
		request.Header.Set("Content-Type", jsonType)
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	id := logging.RequestFrom(ctx)
	if id.ID != "" {
		request.Header.Set("X-Request-Id", id.ID)
	}
	if trace := id.Traceparent(); trace != "" {
		request.Header.Set("traceparent", trace)
	}
	if deadline, ok := ctx.Deadline(); ok {
		request.Header.Set(headerTimeout, strconv.FormatInt(max(time.Until(deadline).Milliseconds(), 1), 10))
	}
}

// read decides what an answer means.
func (c *Client) read(resp *http.Response, raw []byte, out any) error {
	media, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	switch status := resp.StatusCode; {
	case status >= 200 && status < 300:
		if out == nil {
			return nil
		}
		if err != nil || media != jsonType {
			return c.unavailable(0, fmt.Errorf("answered %d with content type %q", status, resp.Header.Get("Content-Type")))
		}
		if err := decode(raw, out); err != nil {
			return c.unavailable(0, fmt.Errorf("answered %d with a broken body: %w", status, err))
		}
		return nil
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return c.unavailable(0, fmt.Errorf("refused this service's token with %d", status))
	case status == http.StatusTooManyRequests:
		return fault.ErrRateLimited.New("Hay demasiadas peticiones. Repita la petición en unos segundos.").After(retryAfter(resp)).
			Because(fmt.Errorf("%s answered 429", c.o.Peer))
	case status >= 400 && status < 500 && media == problemType:
		refusal, err := readProblem(status, raw)
		if err != nil {
			return c.unavailable(0, fmt.Errorf("answered %d with a broken problem: %w", status, err))
		}
		return refusal
	default:
		return c.unavailable(retryAfter(resp), fmt.Errorf("answered %d", status))
	}
}

// unavailable never shows the client where or how we asked.
func (c *Client) unavailable(wait time.Duration, cause error) error {
	var address *url.Error
	if errors.As(cause, &address) {
		cause = address.Err
	}
	return fault.ErrUnavailable.New("Un servicio necesario no responde. Repita la petición en unos segundos.").After(wait).
		Because(fmt.Errorf("%s: %w", c.o.Peer, cause))
}

// retryAfter reads the header in seconds, and believes no more than a minute.
func retryAfter(resp *http.Response) time.Duration {
	seconds, err := strconv.Atoi(resp.Header.Get("Retry-After"))
	if err != nil || seconds < 0 {
		return 0
	}
	return time.Duration(min(seconds, 60)) * time.Second
}

// decode reads exactly one JSON value; members that out does not know are a newer peer's.
func decode(raw []byte, out any) error {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	if err := decoder.Decode(out); err != nil {
		return err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the value")
	}
	return nil
}
