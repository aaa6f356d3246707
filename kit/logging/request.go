package logging

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
)

// Request identifies the request that the current work belongs to. Every log line has its ids, and calls to peers send them.
type Request struct {
	ID      string // from the client or generated; the same in all services
	TraceID string // 32 hex digits; the same in all services
	SpanID  string // 16 hex digits; this service's part of the trace
	Flags   byte   // of the traceparent; bit 0 = this trace is recorded
}

// NewRequest is a request that arrived with this id and traceparent; each is generated when it is empty or malformed.
func NewRequest(id, traceparent string) Request {
	r := Request{ID: id, SpanID: newID(8)}
	if r.ID == "" {
		r.ID = newID(16)
	}
	var ok bool
	if r.TraceID, r.Flags, ok = parseTraceparent(traceparent); !ok {
		r.TraceID, r.Flags = newID(16), 1
	}
	return r
}

// Traceparent is the header that continues the trace at a peer; "" when r has no trace.
func (r Request) Traceparent() string {
	if r.TraceID == "" || r.SpanID == "" {
		return ""
	}
	return fmt.Sprintf("00-%s-%s-%02x", r.TraceID, r.SpanID, r.Flags)
}

// parseTraceparent reads a header of the W3C Trace Context, level 1, version 00, strictly: lower case, no zero ids.
func parseTraceparent(header string) (traceID string, flags byte, ok bool) {
	if len(header) != 55 || header[:3] != "00-" || header[35] != '-' || header[52] != '-' ||
		!isID(header[3:35]) || !isID(header[36:52]) || !isHex(header[53:]) {
		return "", 0, false
	}
	b, _ := hex.DecodeString(header[53:]) // isHex
	return header[3:35], b[0], true
}

func isID(s string) bool { return isHex(s) && strings.Trim(s, "0") != "" }

func isHex(s string) bool { return strings.Trim(s, "0123456789abcdef") == "" }

// newID is n random bytes in hex, n a multiple of 8. Ids protect nothing, so the runtime's generator, without a lock, is enough.
func newID(n int) string {
	b := make([]byte, 0, n)
	for len(b) < n {
		b = binary.BigEndian.AppendUint64(b, rand.Uint64()|1) // never all zeros, which a traceparent forbids
	}
	return hex.EncodeToString(b)
}

type carrierKey struct{}

// carrier is the context value: a pointer, because the user, known later, must be in lines of outer contexts (the last line).
type carrier struct {
	request Request
	user    atomic.Value // a string
}

func carrierFrom(ctx context.Context) *carrier {
	if ctx == nil {
		return nil
	}
	c, _ := ctx.Value(carrierKey{}).(*carrier)
	return c
}

// WithRequest is ctx carrying r; log lines written with it show r's ids.
func WithRequest(ctx context.Context, r Request) context.Context {
	return context.WithValue(ctx, carrierKey{}, &carrier{request: r})
}

// RequestFrom is the request that ctx carries; zero outside of one.
func RequestFrom(ctx context.Context) Request {
	if c := carrierFrom(ctx); c != nil {
		return c.request
	}
	return Request{}
}

// SetUser names the caller in all further log lines of ctx's request. It does nothing outside of a request.
func SetUser(ctx context.Context, user string) {
	if c := carrierFrom(ctx); c != nil {
		c.user.Store(user)
	}
}
