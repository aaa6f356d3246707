// Package replay is the HTTP side of kit/idempotency: a retry under its Idempotency-Key gets the answer of the first request.
package replay

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"
	"github.com/gofiber/fiber/v2"

	"github.com/tienda-go/tienda/kit/authn"
	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/idempotency"
	"github.com/tienda-go/tienda/kit/refusal"
	"github.com/tienda-go/tienda/kit/rest"
)

const (
	maxKeyLength = 255
	keepTimeout  = 3 * time.Second // for storing an answer when the request's own time is over
)

// replayed are the headers that are stored with an answer.
var replayed = []string{"Content-Type", "Location", "ETag"}

// Replayer keeps the answers of requests with a key.
type Replayer struct {
	API      huma.API
	Keys     idempotency.Store
	Log      *slog.Logger
	Repeated func(c *fiber.Ctx) // a stored answer was sent
}

// Answer is a middleware: a retry gets the answer of the first try. An operation without the header refuses it.
func (r *Replayer) Answer(ctx huma.Context, next func(huma.Context)) {
	c := humafiber.Unwrap(ctx)
	sent := c.Request().Header.PeekAll(rest.KeyHeader)
	if len(sent) == 0 {
		next(ctx)
		return
	}
	if err := checkKey(ctx.Operation(), sent); err != nil {
		refusal.Send(r.API, ctx, err)
		return
	}
	caller, _ := authn.CallerFrom(ctx.Context())
	key, answer, err := r.Keys.Begin(ctx.Context(), idempotency.Request{
		Caller: caller.Subject, Method: ctx.Method(), Path: target(ctx), Key: string(sent[0]), Body: c.Request().Body(),
	})
	switch {
	case err != nil:
		refusal.Send(r.API, ctx, err)
	case answer != nil:
		if answer.Status != http.StatusNotFound { // the caller may have lost the right to see what the answer shows
			err = rest.Hidden(ctx)
		}
		if err != nil {
			refusal.Send(r.API, ctx, err)
			return
		}
		r.repeat(ctx, *answer)
	default:
		next(huma.WithContext(ctx, rest.WithKey(ctx.Context(), key)))
		r.keep(ctx, key)
	}
}

var pathParameter = regexp.MustCompile(`\{([^{}]+)\}`)

// target is what a key belongs to: the path, in one spelling (a slash at the end, escapes, zeros before a number do not count).
func target(ctx huma.Context) string {
	return pathParameter.ReplaceAllStringFunc(ctx.Operation().Path, func(parameter string) string {
		value := ctx.Param(strings.Trim(parameter, "{}"))
		if plain, err := url.PathUnescape(value); err == nil {
			value = plain
		}
		if number, err := strconv.ParseInt(value, 10, 64); err == nil {
			return strconv.FormatInt(number, 10)
		}
		return url.PathEscape(value)
	})
}

func checkKey(op *huma.Operation, sent [][]byte) error {
	outside := func(b byte) bool { return b < ' ' || b > '~' }
	switch {
	case rest.Parameter(op, "header", rest.KeyHeader) == nil: // else the client would expect that a retry has no second effect
		return fault.Wrong(rest.KeyHeader, "DESCONOCIDO", "Esta operación no admite Idempotency-Key.")
	case len(sent) > 1, len(sent[0]) == 0, len(sent[0]) > maxKeyLength, slices.ContainsFunc(sent[0], outside):
		return fault.Wrong(rest.KeyHeader, "FORMATO", "Debe ser una sola, de 1 a 255 caracteres ASCII imprimibles.")
	}
	return nil
}

// refusedByState are the statuses of refusals that depend on what is stored, and that a retry need not get again.
var refusedByState = map[int]bool{
	http.StatusPreconditionFailed: true, http.StatusUnprocessableEntity: true, http.StatusTooManyRequests: true,
}

// keep stores an answer that a retry must get before it is sent. If it cannot be stored, keep sends 503 instead.
func (r *Replayer) keep(ctx huma.Context, key idempotency.Key) {
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx.Context()), keepTimeout)
	defer cancel()
	c := humafiber.Unwrap(ctx)
	response := c.Response()
	status := response.StatusCode()
	overtaken := errors.Is(refusal.Of(c), idempotency.ErrInFlight)
	if overtaken || !key.Bound() && refusedByState[status] {
		// Another try was first, or its effect is the reason for this refusal, as a new version is. It may have ended meanwhile.
		first, err := r.Keys.First(closing, key)
		switch {
		case err != nil:
			blank(c)
			refusal.Send(r.API, ctx, err)
			return
		case first != nil:
			r.repeat(ctx, *first)
			return
		case overtaken:
			return
		}
	}
	if !(status >= 200 && status < 300) && status != http.StatusNotFound && status != http.StatusConflict {
		if err := r.Keys.Release(closing, key); err != nil { // the key is free again when its lease ends
			r.Log.WarnContext(closing, "idempotency key not released", "error", err)
		}
		return
	}
	answer := idempotency.Answer{Status: status, Header: map[string]string{}, Body: slices.Clone(response.Body())}
	for _, name := range replayed {
		if value := response.Header.Peek(name); len(value) > 0 {
			answer.Header[name] = string(value)
		}
	}
	kept, err := r.Keys.Keep(closing, key, answer)
	switch {
	case err != nil:
		blank(c)
		refusal.Send(r.API, ctx, err)
	case kept != nil:
		r.repeat(ctx, *kept)
	}
}

func (r *Replayer) repeat(ctx huma.Context, answer idempotency.Answer) {
	c := humafiber.Unwrap(ctx)
	blank(c)
	for name, value := range answer.Header {
		c.Response().Header.Set(name, value)
	}
	c.Response().Header.Set("Idempotency-Replayed", "true")
	c.Response().SetStatusCode(answer.Status)
	c.Response().SetBody(answer.Body)
	r.Repeated(c)
}

// blank removes the headers and body of an answer that is not sent.
func blank(c *fiber.Ctx) {
	refusal.Forget(c)
	for _, name := range replayed {
		c.Response().Header.Del(name)
	}
}
