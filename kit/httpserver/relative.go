package httpserver

import (
	"strings"

	"github.com/gofiber/fiber/v2"
)

// leadOn makes the Location of an answer a relative reference (RFC 3986, section 4.2), whatever the handler has written: the
// service does not know the path under which a proxy has put it.
func leadOn(c *fiber.Ctx) {
	if location := c.GetRespHeader(fiber.HeaderLocation); strings.HasPrefix(location, "/") {
		c.Set(fiber.HeaderLocation, relative(c.Path(), location))
	}
}

// relative is the reference that leads from one path of the service to another.
func relative(from, to string) string {
	common := 0 // up to and with the last slash that both have
	for i := 0; i < min(len(from), len(to)) && from[i] == to[i]; i++ {
		if from[i] == '/' {
			common = i + 1
		}
	}
	up := strings.Repeat("../", strings.Count(from[common:], "/"))
	down := to[common:]
	if segment, _, _ := strings.Cut(down, "/"); up == "" && (down == "" || strings.Contains(segment, ":")) {
		return "./" + down // a colon would end a scheme, and an empty reference leads to where one is
	}
	return up + down
}
