package httpserver

import (
	"strings"

	"github.com/gofiber/fiber/v2"
)

const (
	apiPolicy  = "default-src 'none'; frame-ancestors 'none'"
	docsPolicy = "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
		"connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)

// setSecurityHeaders keeps a browser from doing more with an answer than show it (OWASP REST Security Cheat Sheet). Caches must
// not keep answers unless a header allows it: answers depend on the caller.
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
