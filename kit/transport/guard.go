// Package transport is what lies beneath the handlers: connections, the head of a request, its body. It refuses what fasthttp
// accepts although two servers may read it differently, and keeps slow clients from holding connections and memory.
package transport

import (
	"slices"
	"time"

	"github.com/valyala/fasthttp"
)

// The limits of every request.
const (
	MaxBody     = 64 << 10         // bytes; larger bodies are 413
	MaxHead     = 8 << 10          // bytes; fasthttp's 4 KiB would answer 431 to a token that authn still accepts
	ReadTimeout = 10 * time.Second // a request must arrive completely within it: 408 or a closed connection
)

const (
	refusalKey = "transport.refusal"
	headKey    = "transport.head"
)

// Guard puts itself in front of the handler of s, which knows these methods.
func Guard(s *fasthttp.Server, methods []string) {
	s.HeaderReceived, s.ConnState = postpone, follow
	s.Handler = guard(s.Handler, methods)
}

// guard checks a request before Fiber does, for errors that fasthttp accepts and for those that Fiber would answer in plain
// text. It only marks the request: the server answers it, so that such refusals too have a log line and a problem document.
func guard(next fasthttp.RequestHandler, methods []string) fasthttp.RequestHandler {
	return func(c *fasthttp.RequestCtx) {
		handling(c.Conn())
		announce(c)
		defer asGet(c)()
		if err := inspect(c); err != nil {
			c.SetUserValue(refusalKey, err)
			// The wrong request may hide a second request in the rest of the stream.
			c.SetConnectionClose()
		}
		if !slices.Contains(methods, string(c.Method())) {
			// Fiber would answer an unknown method in plain text. It knows TRACE, which no route has: 405 or 404.
			c.Request.Header.SetMethod(fasthttp.MethodTrace)
			c.SetConnectionClose()
		}
		next(c)
		if unread(c) { // else the rest of the body would be read as the next request
			c.SetConnectionClose()
			Linger(c.Conn())
		}
	}
}

// Refusal is the error that Guard found in the request, or nil.
func Refusal(c *fasthttp.RequestCtx) error {
	err, _ := c.UserValue(refusalKey).(error)
	return err
}

// asGet turns a HEAD request into a GET until it is answered, so that it passes the same checks and gets the same status and
// headers (RFC 9110, section 9.3.2). The returned function turns it into a HEAD again: fasthttp then leaves the body out.
func asGet(c *fasthttp.RequestCtx) (answered func()) {
	if !c.IsHead() {
		return func() {}
	}
	c.SetUserValue(headKey, true)
	c.Request.Header.SetMethod(fasthttp.MethodGet)
	return func() {
		c.Request.Header.SetMethod(fasthttp.MethodHead)
		if len(c.Response.Body()) == 0 {
			c.Response.Header.SetContentLength(0) // fasthttp would not send the header
		}
	}
}

// MethodOf is the method that the client has sent, for the log and the metrics.
func MethodOf(c *fasthttp.RequestCtx) string {
	if c.UserValue(headKey) != nil {
		return fasthttp.MethodHead
	}
	return string(c.Method())
}
