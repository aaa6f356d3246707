package httpserver

import (
	"maps"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"
	"github.com/gofiber/fiber/v2"
)

const sharedKey = "httpserver.shared"

// Shared marks an operation whose answers without a token are the same for all callers: caches may keep them for
// Options.SharedAge. It goes into the operation's Metadata.
func Shared() map[string]any { return map[string]any{sharedKey: true} }

// Marks joins several marks into the Metadata of one operation.
func Marks(marks ...map[string]any) map[string]any {
	all := map[string]any{}
	for _, m := range marks {
		maps.Copy(all, m)
	}
	return all
}

// share sets Cache-Control. Caches may keep only what was found: a missing product may be published soon, and a refusal is for
// its caller alone. Every answer to a request with a token stays no-store.
func (s *Server) share(ctx huma.Context, next func(huma.Context)) {
	next(ctx)
	if ctx.Operation().Metadata[sharedKey] == nil {
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
