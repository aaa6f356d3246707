package httpserver

import (
	"strconv"
	"strings"

	"github.com/tienda-go/tienda/kit/fault"
)

// ETag writes a version as a strong validator (RFC 9110, section 8.8.3): "7".
func ETag(version int64) string { return `"` + strconv.FormatInt(version, 10) + `"` }

// IfMatch reads an If-Match header. nil means that any version will do (no header, or *). A weak tag never matches (RFC
// 9110, section 13.1.1) and is version 0, which nothing has. Anything else that is not one tag of ours is fault.ErrInvalid.
func IfMatch(header string) (*int64, error) {
	header = strings.TrimSpace(header)
	if header == "" || header == "*" {
		return nil, nil
	}
	version, ok := parseTag(strings.TrimPrefix(header, "W/"))
	if !ok {
		var f fault.Fields
		f.Add("If-Match", "FORMATO", `Debe ser el ETag que se recibió, como "7".`)
		return nil, f.Err()
	}
	if strings.HasPrefix(header, "W/") {
		version = 0
	}
	return &version, nil
}

// NotModified reports whether an If-None-Match header names the version: the answer is then 304. Weak comparison (RFC
// 9110, section 13.1.2); tags that are not ours never match.
func NotModified(header string, version int64) bool {
	for tag := range strings.SplitSeq(header, ",") {
		tag = strings.TrimSpace(tag)
		if tag == "*" {
			return true
		}
		if v, ok := parseTag(strings.TrimPrefix(tag, "W/")); ok && v == version {
			return true
		}
	}
	return false
}

func parseTag(tag string) (int64, bool) {
	inner, ok := strings.CutPrefix(tag, `"`)
	inner, closed := strings.CutSuffix(inner, `"`)
	if !ok || !closed {
		return 0, false
	}
	v, err := strconv.ParseInt(inner, 10, 64)
	return v, err == nil && v > 0 && strconv.FormatInt(v, 10) == inner
}
