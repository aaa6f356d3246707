package httpserver

import (
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"
	"github.com/gofiber/fiber/v2"

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
