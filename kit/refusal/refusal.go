// Package refusal answers with a fault, in Huma's operations and outside of them: a problem document with its headers.
package refusal

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"
	"github.com/gofiber/fiber/v2"

	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/input"
	"github.com/tienda-go/tienda/kit/logging"
	"github.com/tienda-go/tienda/kit/problem"
	"github.com/tienda-go/tienda/kit/rest"
)

// Install replaces Huma's error documents, which would repeat passwords. Its hooks are package variables: once a process.
var Install = sync.OnceFunc(func() {
	input.Speak()
	huma.ValidateStrictCasing = true  // else `NOMBRE` fills `nombre`
	huma.DefaultArrayNullable = false // lists of these services may be empty, but are never null
	huma.NewError = func(status int, msg string, errs ...error) huma.StatusError {
		return problem.Of(input.Fault(status, msg, errs))
	}
	huma.NewErrorWithContext = func(ctx huma.Context, status int, msg string, errs ...error) huma.StatusError {
		err := input.Fault(status, msg, errs)
		if code := fault.CodeOf(err); code == fault.Invalid || code == fault.Malformed {
			if hidden := rest.Hidden(ctx); hidden != nil {
				err = hidden
			}
			err = rest.Translate(ctx.Operation(), err)
		}
		c := humafiber.Unwrap(ctx)
		p := prepare(c, ctx.Context(), err)
		if challenge := challenge(ctx, p); challenge != "" {
			c.Set(fiber.HeaderWWWAuthenticate, challenge)
		}
		return p
	}
})

// prepare is the document for err, and what an answer has beside it.
func prepare(c *fiber.Ctx, ctx context.Context, err error) *problem.Document {
	err = late(ctx, err)
	c.Locals(errorLocal, err)
	p := problem.Of(err)
	p.Instance = instanceOf(c)
	p.RequestID = logging.RequestFrom(ctx).ID
	if p.RetryAfter > 0 {
		c.Set(fiber.HeaderRetryAfter, strconv.Itoa(p.RetryAfter))
	}
	return p
}

// Send answers err like every other error of an operation.
func Send(api huma.API, ctx huma.Context, err error) {
	// Writing fails only when the client has closed the connection; the request's log line has err in any case.
	_ = huma.WriteErr(api, ctx, http.StatusInternalServerError, "", err)
}

// Write answers outside of Huma.
func Write(c *fiber.Ctx, err error) error {
	p := prepare(c, c.UserContext(), err)
	raw, err := json.Marshal(p)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, problem.ContentType)
	return c.Status(p.Status).Send(raw)
}

const errorLocal = "refusal.error"

// Of is the error behind the answer of c, for the log; nil when there is none.
func Of(c *fiber.Ctx) error {
	err, _ := c.Locals(errorLocal).(error)
	return err
}

// Forget takes the answer back: another one follows.
func Forget(c *fiber.Ctx) {
	c.Locals(errorLocal, nil)
	c.Response().ResetBody()
	c.Response().Header.Del(fiber.HeaderRetryAfter)
}

const (
	realm   = `realm="tienda"`
	maxPath = 200 // bytes; a longer path is not repeated
)

// challenge says how to authenticate (RFC 9110, section 11.6.1): an OAuth client by HTTP Basic (RFC 6749, section 5.2), every
// other caller by a token. It gives a reason only when a token was sent (RFC 6750, section 3.1).
func challenge(ctx huma.Context, p *problem.Document) string {
	scope, lacking := p.Extra[fault.Scope].(string)
	switch {
	case p.Status == http.StatusForbidden && lacking:
		return "Bearer " + realm + `, error="insufficient_scope", scope="` + scope + `"`
	case p.Status != http.StatusUnauthorized:
		return ""
	case p.Extra["error"] == "invalid_client":
		return "Basic " + realm + `, charset="UTF-8"`
	case sendsToken(ctx):
		return "Bearer " + realm + `, error="invalid_token"`
	}
	return "Bearer " + realm
}

// sendsToken reports whether the request has a token that the operation checks: only such a token can be wrong.
func sendsToken(ctx huma.Context) bool {
	scheme, _, _ := strings.Cut(ctx.Header("Authorization"), " ")
	return len(ctx.Operation().Security) > 0 && strings.EqualFold(scheme, rest.Bearer)
}

// instanceOf is the path of the request as a valid reference (RFC 3986), also of an invalid path; "" for one too long to repeat.
func instanceOf(c *fiber.Ctx) string {
	if len(c.Path()) > maxPath {
		return ""
	}
	u, err := url.ParseRequestURI(c.Path())
	if err != nil {
		u = &url.URL{Path: c.Path()}
	}
	path := u.EscapedPath()
	if strings.HasPrefix(path, "//") { // else the reference would name a host
		return "/." + path
	}
	return path
}

// late is the fault for a passed deadline, when that is why a peer or the database did not answer.
func late(ctx context.Context, err error) error {
	if errors.Is(err, fault.ErrDeadline) { // the first fault says more
		return err
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) && fault.CodeOf(err) == fault.Unavailable {
		return fault.ErrDeadline.New("La petición no se completó en el plazo que tenía. Repítala en unos segundos.").
			After(fault.From(err).RetryAfter).Because(err)
	}
	return err
}
