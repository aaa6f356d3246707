package httpserver

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/adaptor"
	"github.com/swaggest/swgui"
	"github.com/swaggest/swgui/v5emb"
)

// OpenAPI is the service's document as YAML: the contract that the module commits. Call it when all operations are there.
func (s *Server) OpenAPI() ([]byte, error) {
	raw, err := s.api.OpenAPI().YAML()
	if err != nil {
		return nil, fmt.Errorf("write OpenAPI document: %w", err)
	}
	return raw, nil
}

// registerDocs serves the document in both forms, and a page to try it out that loads nothing from other servers.
func (s *Server) registerDocs() {
	s.serveOnce("/openapi.json", "application/openapi+json", func() ([]byte, error) { return json.Marshal(s.api.OpenAPI()) })
	s.serveOnce("/openapi.yaml", "application/openapi+yaml", s.OpenAPI)
	// The address of the document is relative, for a proxy that serves this service under a path; for swgui the page is a folder.
	page := v5emb.NewWithConfig(swgui.Config{
		SettingsUI: map[string]string{
			"persistAuthorization": "true",
			"tryItOutEnabled":      "true",
			"validatorUrl":         "null", // the default asks an outside service
		},
		InternalBasePath: "/docs",
	})(s.options.Title, "../openapi.json", "docs")
	show := adaptor.HTTPHandler(page)
	serve := func(c *fiber.Ctx) error {
		if c.Path() == "/docs/" { // under this path, the relative links of the page would be wrong
			return c.Redirect("../docs", fiber.StatusPermanentRedirect)
		}
		c.Set(fiber.HeaderCacheControl, "no-cache")
		if c.Path() == "/docs" {
			return sendPage(c, show)
		}
		// The tags of its files lack their quotes (RFC 9110, section 8.8.3).
		c.Request().Header.Set(fiber.HeaderIfNoneMatch, strings.Trim(c.Get(fiber.HeaderIfNoneMatch), `"`))
		err := show(c)
		if tag := c.GetRespHeader(fiber.HeaderETag); tag != "" {
			c.Set(fiber.HeaderETag, `"`+tag+`"`)
		}
		if err != nil || c.Response().StatusCode() != fiber.StatusNotFound {
			return err
		}
		c.Response().Reset() // its own answer is plain text
		s.decorate(c)
		return fiber.ErrNotFound
	}
	s.app.Get("/docs", s.limited, serve)
	s.app.Get("/docs/*", s.limited, serve)
}

// sendPage sends the page that swgui makes, in the language of its texts for screen readers, unless the client has it.
func sendPage(c *fiber.Ctx, show fiber.Handler) error {
	if err := show(c); err != nil {
		return err
	}
	page := bytes.Replace(c.Response().Body(), []byte(`<html lang="en">`), []byte(`<html lang="es">`), 1)
	c.Set(fiber.HeaderETag, tagOf(page))
	if c.Fresh() {
		return c.SendStatus(fiber.StatusNotModified)
	}
	return c.Send(page)
}

func tagOf(document []byte) string { return fmt.Sprintf(`"%x"`, sha256.Sum256(document)) }

// serveOnce makes the document at the first request, when all operations are registered, and keeps it.
func (s *Server) serveOnce(path, contentType string, build func() ([]byte, error)) {
	document := sync.OnceValues(build)
	tag := sync.OnceValue(func() string {
		raw, _ := document()
		return tagOf(raw)
	})
	s.app.Get(path, s.limited, func(c *fiber.Ctx) error {
		raw, err := document()
		if err != nil {
			return err
		}
		c.Set(fiber.HeaderCacheControl, "no-cache") // caches must revalidate it each time
		c.Set(fiber.HeaderETag, tag())
		if c.Fresh() {
			return c.SendStatus(fiber.StatusNotModified)
		}
		c.Set(fiber.HeaderContentType, contentType)
		return c.Send(raw)
	})
}
