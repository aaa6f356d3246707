package httpserver

import (
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

const headKey = "httpserver.head"

// asGet turns a HEAD request into a GET until it is answered, so that it passes the same checks and gets the same status and
// headers (RFC 9110, section 9.3.2). The returned function turns it into a HEAD again: fasthttp then leaves the body out.
func asGet(c *fasthttp.RequestCtx) (answered func()) {
	if !c.IsHead() {
		return func() {}
	}
	c.SetUserValue(headKey, true)
	c.Request.Header.SetMethod(fiber.MethodGet)
	return func() {
		c.Request.Header.SetMethod(fiber.MethodHead)
		if len(c.Response.Body()) == 0 {
			c.Response.Header.SetContentLength(0) // fasthttp would not send the header
		}
	}
}

// methodOf is the method that the client has sent, for the log and the metrics.
func methodOf(c *fiber.Ctx) string {
	if c.Context().UserValue(headKey) != nil {
		return fiber.MethodHead
	}
	return c.Method()
}

// allowHead adds HEAD to the methods of a resource that has GET.
func allowHead(c *fiber.Ctx) {
	allowed := strings.Split(c.GetRespHeader(fiber.HeaderAllow), ", ")
	if slices.Contains(allowed, fiber.MethodGet) && !slices.Contains(allowed, fiber.MethodHead) {
		c.Append(fiber.HeaderAllow, fiber.MethodHead)
	}
}
