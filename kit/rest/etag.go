package rest

import (
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tienda-go/tienda/kit/fault"
)

// MatchHeader makes a change conditional.
const MatchHeader = "If-Match"

// ETag writes a version as a strong validator (RFC 9110, section 8.8.3): "7".
func ETag(version int64) string { return `"` + strconv.FormatInt(version, 10) + `"` }

// IfMatch is embedded in the input of every operation that changes a resource with a version. The others refuse the header.
type IfMatch struct {
	Tags string `header:"If-Match" doc:"El ETag que se leyó, o varios separados por comas: 412 si ninguno es el actual"`

	versions []int64
}

// Resolve reads the tags while Huma reads the request.
func (m *IfMatch) Resolve(ctx huma.Context) []error {
	var lines []string
	ctx.EachHeader(func(name, value string) {
		if strings.EqualFold(name, MatchHeader) {
			lines = append(lines, value)
		}
	})
	if len(lines) == 0 {
		return nil
	}
	versions, ok := readIfMatch(strings.Join(lines, ",")) // several lines are one list (RFC 9110, section 5.3)
	if !ok {
		return []error{fault.Wrong(MatchHeader, "FORMATO",
			`Debe ser el ETag que se recibió, como "7", con sus comillas; o varios separados por comas; o *.`)}
	}
	m.versions = versions
	return nil
}

// Versions are the versions that the client accepts as the current one; none = any version (no header, or *).
func (m *IfMatch) Versions() []int64 { return m.versions }

// readIfMatch compares strongly (RFC 9110, section 13.1.1): a weak tag, or one of another form, is version 0: it never matches.
func readIfMatch(header string) (versions []int64, ok bool) {
	if strings.Trim(header, " \t") == "*" {
		return nil, true
	}
	tags, ok := splitTags(header)
	for _, tag := range tags {
		versions = append(versions, versionOf(tag))
	}
	return versions, ok && len(versions) > 0
}

// NotModified reports whether If-None-Match names the version, by weak comparison (RFC 9110, section 13.1.2): the answer is 304.
func NotModified(header string, version int64) bool {
	if strings.Trim(header, " \t") == "*" {
		return true
	}
	tags, ok := splitTags(header)
	for _, tag := range tags {
		if ok && versionOf(strings.TrimPrefix(tag, "W/")) == version {
			return true
		}
	}
	return false
}

// splitTags reads a list of entity tags. A comma in quotes is of its tag; empty elements do not count (RFC 9110, section 5.6.1).
func splitTags(list string) (tags []string, ok bool) {
	for {
		list = strings.TrimLeft(list, " \t,")
		if list == "" {
			return tags, true
		}
		opaque := strings.TrimPrefix(list, "W/")
		if !strings.HasPrefix(opaque, `"`) {
			return nil, false
		}
		end := strings.IndexByte(opaque[1:], '"')
		if end < 0 || strings.ContainsFunc(opaque[1:1+end], notInTag) {
			return nil, false
		}
		length := len(list) - len(opaque) + end + 2
		tags, list = append(tags, list[:length]), strings.TrimLeft(list[length:], " \t")
		if list != "" && list[0] != ',' {
			return nil, false
		}
	}
}

// notInTag: RFC 9110, section 8.8.3.
func notInTag(r rune) bool { return r <= ' ' || r == 0x7f }

// versionOf is the version in a strong tag of this API, and 0 for every other tag.
func versionOf(tag string) int64 {
	inner := strings.TrimSuffix(strings.TrimPrefix(tag, `"`), `"`)
	version, err := strconv.ParseInt(inner, 10, 64)
	if err != nil || version < 1 || ETag(version) != tag {
		return 0
	}
	return version
}
