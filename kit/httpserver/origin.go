package httpserver

import (
	"bytes"
	"net"
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"
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
		origin = originSeen(c.Context().Conn())
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

// Read notes the Origin header: when fasthttp cannot read a request, for instance because its headers are too long, the header
// is not available later.
func (c *conn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if c.all.origins && n > 0 {
		c.note(p[:n])
	}
	return n, err
}

// maxNoted is how many bytes are kept of a line that has not arrived completely; an Origin is shorter.
const maxNoted = 512

// note looks for the Origin header in the next bytes of a request, and reports whether the headers end there. It keeps the
// beginning of the last line, because the rest may come with the next bytes.
func (c *conn) note(piece []byte) (ended bool) {
	if len(c.line) > 0 {
		piece = append(c.line, piece...)
	}
	ended = bytes.HasPrefix(piece, []byte("\r\n")) || bytes.Contains(piece, []byte("\n\r\n"))
	end := bytes.LastIndexByte(piece, '\n') + 1
	if origin := headerValue(piece[:end], fiber.HeaderOrigin); origin != nil {
		c.origin = string(origin)
	}
	c.line = append(c.line[:0], piece[end:min(end+maxNoted, len(piece))]...)
	return ended
}

// awaitOrigin reads on, after headers that are too long, until the Origin header is there. A client that is slow with the rest
// waits a second for its answer.
func awaitOrigin(c net.Conn) {
	own, ok := c.(*conn)
	if !ok || !own.all.origins {
		return
	}
	_ = own.SetReadDeadline(time.Now().Add(lingerTime))
	piece := make([]byte, smallBody)
	for read := 0; read < lingerBytes && own.origin == ""; {
		n, err := own.Conn.Read(piece)
		if ended := own.note(piece[:n]); err != nil || ended {
			return
		}
		read += n
	}
}

func originSeen(c net.Conn) string {
	if own, ok := c.(*conn); ok {
		return own.origin
	}
	return ""
}
