package httpserver

import (
	"slices"

	"github.com/gofiber/fiber/v2"

	"github.com/tienda-go/tienda/kit/transport"
)

// What pages of other origins may send and read. Tokens are in a header, so credentials that a browser adds automatically are
// not allowed.
const (
	corsMethods = "GET, HEAD, POST, PUT, PATCH, DELETE"
	corsHeaders = "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-Request-Id, traceparent"
	corsExposed = "ETag, Idempotency-Replayed, Link, Location, Retry-After, WWW-Authenticate, X-Request-Id"
	corsMaxAge  = "600" // seconds
)

// allowOrigin lets pages of the configured origins, and of no others, read an answer (the Fetch standard, section 3.2). That
// includes the refusal of a request that could not be read: a page must see the reason.
func (s *Server) allowOrigin(c *fiber.Ctx) {
	if len(s.options.Origins) == 0 {
		return
	}
	c.Vary(fiber.HeaderOrigin)
	origin := c.Get(fiber.HeaderOrigin)
	if origin == "" {
		origin = transport.OriginOf(c.Context().Conn())
	}
	if slices.Contains(s.options.Origins, origin) {
		c.Set(fiber.HeaderAccessControlAllowOrigin, origin)
		c.Set(fiber.HeaderAccessControlExposeHeaders, corsExposed)
	}
}

// preflight answers the request that a browser sends before a request from another origin.
func (s *Server) preflight(c *fiber.Ctx) error {
	if c.Method() != fiber.MethodOptions || c.Get(fiber.HeaderOrigin) == "" || c.Get(fiber.HeaderAccessControlRequestMethod) == "" {
		return c.Next()
	}
	if err := s.admit(c, s.visitor(c)); err != nil {
		return err
	}
	c.Vary(fiber.HeaderAccessControlRequestMethod, fiber.HeaderAccessControlRequestHeaders)
	if c.GetRespHeader(fiber.HeaderAccessControlAllowOrigin) != "" {
		c.Set(fiber.HeaderAccessControlAllowMethods, corsMethods)
		c.Set(fiber.HeaderAccessControlAllowHeaders, corsHeaders)
		c.Set(fiber.HeaderAccessControlMaxAge, corsMaxAge)
	}
	return c.SendStatus(fiber.StatusNoContent)
}
