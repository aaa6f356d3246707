package httpserver

import (
	"strings"

	"github.com/gofiber/fiber/v2"
)

// makeLocationRelative turns every Location of an answer into a relative reference (RFC 3986, section 4.2): the service does not
// know under which path a proxy serves it.
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
