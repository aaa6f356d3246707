package httpserver

import (
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/tienda-go/tienda/kit/transport"
)

const (
	apiPolicy  = "default-src 'none'; frame-ancestors 'none'"
	docsPolicy = "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
		"connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)

// setSecurityHeaders lets browsers only show an answer (OWASP REST Security Cheat Sheet), and caches keep none.
func setSecurityHeaders(c *fiber.Ctx) {
	c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	c.Set(fiber.HeaderXFrameOptions, "DENY")
	c.Set(fiber.HeaderReferrerPolicy, "no-referrer")
	c.Set(fiber.HeaderCacheControl, "no-store")
	policy := apiPolicy
	if c.Path() == "/docs" || strings.HasPrefix(c.Path(), "/docs/") {
		policy = docsPolicy
	}
	c.Set(fiber.HeaderContentSecurityPolicy, policy)
}

// What pages of other origins may send and read. Tokens are in a header: no credentials that a browser adds.
const (
	corsMethods = "GET, HEAD, POST, PUT, PATCH, DELETE"
	corsHeaders = "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-Request-Id, traceparent"
	corsExposed = "ETag, Idempotency-Replayed, Link, Location, Retry-After, WWW-Authenticate, X-Request-Id"
	corsMaxAge  = "600" // seconds
)

// allowOrigin lets only pages of the configured origins read answers (Fetch, section 3.2), also refusals of unread requests.
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

// makeLocationRelative makes Location a relative reference (RFC 3986, section 4.2): a proxy may serve it under any path.
func makeLocationRelative(c *fiber.Ctx) {
	if location := c.GetRespHeader(fiber.HeaderLocation); strings.HasPrefix(location, "/") {
		c.Set(fiber.HeaderLocation, relative(c.Path(), location))
	}
}

// relative is the reference that leads from one path of the service to another.
func relative(from, to string) string {
	common := 0 // up to and including the last common slash
	for i := 0; i < min(len(from), len(to)) && from[i] == to[i]; i++ {
		if from[i] == '/' {
			common = i + 1
		}
	}
	up := strings.Repeat("../", strings.Count(from[common:], "/"))
	down := to[common:]
	if segment, _, _ := strings.Cut(down, "/"); up == "" && (down == "" || strings.Contains(segment, ":")) {
		return "./" + down // else a colon would end a scheme, or an empty reference would name this same page
	}
	return up + down
}
