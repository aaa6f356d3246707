package fuzz

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/uuid"
	"pgregory.net/rapid"
)

// Marks: the first is in every free text that is sent and must not come back in a problem; the second is in every secret, and
// must not come back at all, nor reach a log.
const (
	echoMark   = "Zq7e"
	secretMark = "Zq9s"
)

const letters = "abcdefghijklmnopqrstuvwxyz"

// below is a number from 0 to n-1, each as likely as any other: what rapid draws by itself is mostly small, which is right for
// values and wrong for choices.
func below(t *rapid.T, n int) int {
	drawn := 0
	for range 16 {
		drawn <<= 1
		if rapid.Bool().Draw(t, "") {
			drawn |= 1
		}
	}
	return drawn * n >> 16
}

func between(t *rapid.T, low, high int) int { return low + below(t, high-low+1) }

func chance(t *rapid.T, percent int) bool { return below(t, 100) < percent }

func pick[T any](t *rapid.T, list []T) T { return list[below(t, len(list))] }

func word(t *rapid.T, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = letters[rapid.IntRange(0, len(letters)-1).Draw(t, "")]
	}
	return string(b)
}

// value draws a value that a schema allows. name is that of the member or parameter; the pool knows what some of them mean.
func (f *fuzzer) value(t *rapid.T, s *openapi3.Schema, name string) *node {
	if known := f.pool.hint(t, name); known != nil {
		return known
	}
	switch {
	case len(s.Enum) > 0:
		return leaf(pick(t, s.Enum))
	case s.Type.IncludesNull() && chance(t, 20):
		return text("null")
	case s.Type.Includes("boolean"):
		return leaf(rapid.Bool().Draw(t, ""))
	case s.Type.Includes("integer"):
		return leaf(integer(t, s))
	case s.Type.Includes("number"):
		return text(amount(t))
	case s.Type.Includes("string"):
		return leaf(f.text(t, s, name))
	case s.Type.Includes("array"):
		return f.array(t, s, name)
	default:
		return f.object(t, s)
	}
}

func (f *fuzzer) object(t *rapid.T, s *openapi3.Schema) *node {
	n := &node{kind: '{'}
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		if slices.Contains(s.Required, name) || chance(t, 45) {
			n.put(name, f.value(t, s.Properties[name].Value, name))
		}
	}
	if free := s.AdditionalProperties.Schema; free != nil {
		for range between(t, 0, 3) {
			n.put(word(t, 6), f.value(t, free.Value, ""))
		}
	}
	return n
}

func (f *fuzzer) array(t *rapid.T, s *openapi3.Schema, name string) *node {
	low, high := int(s.MinItems), 4
	if s.MaxItems != nil {
		high = min(high, int(*s.MaxItems))
		if chance(t, 3) {
			low, high = int(*s.MaxItems), int(*s.MaxItems)
		}
	}
	n := &node{kind: '['}
	for range between(t, low, max(low, high)) {
		n.members = append(n.members, f.value(t, s.Items.Value, strings.TrimSuffix(name, "s")))
	}
	return n
}

// integer is a small one mostly, at times one at the border.
func integer(t *rapid.T, s *openapi3.Schema) int64 {
	low, high := int64(0), int64(1)<<40
	if s.Min != nil {
		low = int64(*s.Min)
	}
	if s.Max != nil {
		high = int64(*s.Max)
	}
	switch between(t, 0, 19) {
	case 0:
		return low
	case 1:
		return high
	default:
		return rapid.Int64Range(low, min(high, low+20)).Draw(t, "")
	}
}

// amount is money. A float has the fifteen digits of the largest amount.
func amount(t *rapid.T) string {
	hundredths := rapid.Int64Range(0, 20_000).Draw(t, "")
	if chance(t, 3) {
		hundredths = rapid.Int64Range(0, 999_999_999_999_999).Draw(t, "")
	}
	return strconv.FormatFloat(float64(hundredths)/100, 'f', -1, 64)
}

func (f *fuzzer) text(t *rapid.T, s *openapi3.Schema, name string) string {
	switch {
	case s.Format == "password":
		return secretMark + word(t, 12)
	case s.Format == "uuid":
		return uuid.NewSHA1(uuid.Nil, []byte(word(t, 8))).String()
	case s.Format == "date-time":
		return time.Now().Add(-time.Duration(between(t, 0, 100_000)) * time.Second).UTC().Format(time.RFC3339)
	case s.Pattern == "^[A-Z]{3}$":
		return pick(t, []string{"EUR", "EUR", "EUR", "USD"})
	case s.Pattern != "":
		return echoMark + word(t, 8)
	}
	high := 24
	if s.MaxLength != nil {
		high = min(high, int(*s.MaxLength))
		if chance(t, 3) {
			return echoMark + strings.Repeat("ñ", max(0, int(*s.MaxLength)-len(echoMark)))
		}
	}
	tail := rapid.StringOfN(rapid.RuneFrom([]rune("abcdefghij ñÑáé€😀'\"\\<>&;%${}/.-_")), 0, max(0, high-len(echoMark)-4), -1).
		Draw(t, "")
	return echoMark + word(t, 4) + tail
}
