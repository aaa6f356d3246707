package httpserver

import (
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"
	"github.com/gofiber/fiber/v2"

	"github.com/tienda-go/tienda/kit/input"
	"github.com/tienda-go/tienda/kit/refusal"
	"github.com/tienda-go/tienda/kit/rest"
)

// share sets Cache-Control. Caches may keep only what was found: a missing product may be published soon, and a refusal is for
// its caller alone. Every answer to a request with a token stays no-store.
func (s *Server) share(ctx huma.Context, next func(huma.Context)) {
	next(ctx)
	if !rest.IsShared(ctx.Operation()) {
		return
	}
	c := humafiber.Unwrap(ctx)
	c.Vary(fiber.HeaderAuthorization)
	status := c.Response().StatusCode()
	anonymous := len(c.Request().Header.Peek(fiber.HeaderAuthorization)) == 0
	if anonymous && s.options.SharedAge > 0 && (status == http.StatusOK || status == http.StatusNotModified) {
		c.Set(fiber.HeaderCacheControl, "public, max-age="+strconv.Itoa(int(s.options.SharedAge/time.Second)))
	}
}

// receive reads the body, after the caller's token and scope were checked.
func (s *Server) receive(ctx huma.Context, next func(huma.Context)) {
	received, err := input.Receive(ctx)
	if err != nil {
		refusal.Send(s.api, ctx, err)
		return
	}
	next(received)
}

func (s *Server) check(ctx huma.Context, next func(huma.Context)) {
	if err := input.Check(ctx, s.api.OpenAPI().Components.Schemas); err != nil {
		refusal.Send(s.api, ctx, err)
		return
	}
	next(ctx)
}
