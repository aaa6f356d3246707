// Package httpclient calls a peer: JSON in and out, under a resilience.Policy, with a token, the request's ids and its time left.
//
// A caller gets only a complete answer of an expected type and status: a success as its JSON, a refusal as the fault of its
// problem+json. Everything else (a redirect, HTML, no answer) is fault.ErrUnavailable: a failed call never looks like an answer.
package httpclient

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/resilience"
)

const maxBody = 1 << 20 // bytes of an answer

// TokenSource gives the token to call a peer with.
type TokenSource interface {
	// Token returns fault.ErrUnavailable when auth gives no token.
	Token(ctx context.Context) (string, error)
	// Invalidate says that the peer refused this token.
	Invalidate(token string)
}

// Options of a Client.
type Options struct {
	Peer    string // for errors
	BaseURL string
	Policy  *resilience.Policy // nil = one of its own with the defaults
	Tokens  TokenSource        // nil = anonymous
}

// Client calls one peer.
type Client struct {
	o    Options
	http *http.Client
}

// New builds the client of a peer.
func New(o Options) *Client {
	o.BaseURL = strings.TrimRight(o.BaseURL, "/")
	if o.Policy == nil {
		o.Policy = resilience.New(resilience.Options{Peer: o.Peer})
	}
	return &Client{o: o, http: newHTTP()}
}

// Request is one call.
type Request struct {
	Method, Path string
	Query        url.Values
	Body         any  // nil = none; else JSON
	Safe         bool // may be repeated: the second time changes nothing at the peer
	Header       http.Header
	Sent         *int // counts how often the request was sent; nil = not counted
}

// Do makes the call and decodes a success into out, which must be a pointer or nil (a body is then checked and dropped). Only
// the final answer is written to out. Do returns the status of that answer, and 0 when there was none.
//
// A refusal (4xx) that carries a problem+json with a codigo is a *fault.Error with the peer's codigo, title, detail, fields,
// further members (numbers in them are json.Number) and RetryAfter. Everything else that is not a success is
// fault.ErrUnavailable, with RetryAfter when the peer sent it: also 408, 429, and 401 and 403 (about this service's own token).
//
// An idle connection may be closed just when Do reuses it: that opens no breaker, and a safe request is sent again at once.
func (c *Client) Do(ctx context.Context, r Request, out any) (status int, err error) {
	request, body, err := c.prepare(ctx, r)
	if err != nil {
		return 0, fmt.Errorf("call %s: %w", c.o.Peer, err)
	}
	var token string
	if c.o.Tokens != nil { // not under the peer's policy: when auth gives no token, that is no failure of the peer
		if token, err = c.o.Tokens.Token(ctx); err != nil {
			return 0, err
		}
	}
	once := func(ctx context.Context) error {
		if r.Sent != nil {
			*r.Sent++
		}
		status, err = c.send(ctx, request, body, token, out)
		return err
	}
	attempt := func(ctx context.Context) error {
		err := once(ctx)
		for r.Safe && errors.Is(err, errStale) { // ends at the first new connection
			c.http.CloseIdleConnections() // the peer closes the others too
			err = once(ctx)
		}
		return err
	}
	err = c.o.Policy.Do(ctx, r.Safe, attempt)
	if status == http.StatusUnauthorized && c.o.Tokens != nil {
		// The peer refused the token before it did anything, so every request may be sent again, once: orders must not fail after a
		// rotation of keys or secrets. The time that auth needs for a new token does not count as the peer's.
		if token, err = c.renew(ctx, token); err == nil {
			err = c.o.Policy.Do(ctx, r.Safe, attempt)
		}
	}
	return c.settle(status, err)
}

// renew gets a token that differs from the refused one.
func (c *Client) renew(ctx context.Context, refused string) (string, error) {
	c.o.Tokens.Invalidate(refused)
	token, err := c.o.Tokens.Token(ctx)
	if err == nil && token == refused {
		err = errors.New("there is no other token")
	}
	if err != nil {
		return refused, errRefused.New("").After(fault.From(err).RetryAfter).
			Because(fmt.Errorf("answered 401 to this service's token: %w", err))
	}
	return token, nil
}

// settle turns an error for the policy into one for the caller.
func (c *Client) settle(status int, err error) (int, error) {
	switch fault.CodeOf(err) {
	case "", fault.Invalid, fault.Malformed, fault.NotFound, fault.Conflict, fault.Precondition:
		return status, err
	}
	failed := fault.From(err)
	if failed.Kind == fault.ErrUnavailable {
		return 0, err // no call was made
	}
	return 0, fault.ErrUnavailable.New("Un servicio necesario no responde. Repita la petición en unos segundos.").
		After(failed.RetryAfter).Because(fmt.Errorf("%s: %w", c.o.Peer, failed.Err))
}

// How a call failed, as the policy classifies it. Callers never get these errors.
var (
	errBroken  = fault.Define(fault.Unavailable, "BROKEN", "")       // counts as a failure; a repetition may help
	errUseless = fault.Define(fault.Internal, "USELESS", "")         // counts as a failure; a repetition would not help
	errStale   = fault.Define(fault.RateLimited, "STALE", "")        // does not count as a failure; a repetition may help
	errLimited = fault.Define(fault.RateLimited, "LIMITED", "")      // does not count as a failure; a repetition may help
	errTooLong = fault.Define(fault.Unauthenticated, "TOO_LONG", "") // no failure of the peer: the answer is longer than maxBody
	errRefused = fault.Define(fault.Unauthenticated, "REFUSED", "")  // no failure of the peer: it refuses this service's token
)

func failure(kind *fault.Kind, wait time.Duration, cause string, args ...any) error {
	return kind.New("").After(wait).Because(fmt.Errorf(cause, args...))
}
