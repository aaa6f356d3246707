package strictjson

import (
	"bytes"
	"cmp"
	"regexp"
	"strconv"
	"strings"
)

const (
	mostDigits = 20       // that Whole writes: more than the largest integer has, so that longer ones are refused as before
	maxPower   = 64 << 10 // of ten, that Whole computes with
)

// Whole writes every whole number as its digits alone. JSON has one kind of number (RFC 8259, section 6): 2.0 and 2e0 are
// 2, and encoding/json reads neither of them into an integer.
func Whole(raw []byte) []byte {
	var out []byte // nil while nothing has changed
	copied := 0
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case c == '"':
			i = closingQuote(raw, i)
		case c == '-' || c >= '0' && c <= '9':
			end := i + 1
			for end < len(raw) && bytes.IndexByte([]byte("0123456789+-.eE"), raw[end]) >= 0 {
				end++
			}
			if digits, ok := digitsOf(string(raw[i:end])); ok {
				out = append(append(out, raw[copied:i]...), digits...)
				copied = end
			}
			i = end - 1
		}
	}
	if copied == 0 {
		return raw
	}
	return append(out, raw[copied:]...)
}

// closingQuote is the position where the string that begins at i ends.
func closingQuote(raw []byte, i int) int {
	for i++; i < len(raw) && raw[i] != '"'; i++ {
		if raw[i] == '\\' {
			i++
		}
	}
	return i
}

// fractional is a number that has a fraction, an exponent or both (RFC 8259, section 6).
var fractional = regexp.MustCompile(`^(-?)(0|[1-9][0-9]*)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?$`)

// digitsOf rewrites a number with a fraction or an exponent; ok is false for one that is not whole, or is too long to be an
// integer.
func digitsOf(number string) (digits string, ok bool) {
	if !strings.ContainsAny(number, ".eE") {
		return "", false
	}
	parts := fractional.FindStringSubmatch(number)
	if parts == nil {
		return "", false
	}
	sign, integer, fraction := parts[1], parts[2], parts[3]
	significant := strings.Trim(integer+fraction, "0")
	if significant == "" {
		return "0", true
	}
	power, err := strconv.Atoi(cmp.Or(parts[4], "0"))
	if err != nil || power > maxPower || power < -maxPower {
		return "", false
	}
	zeros := power - len(fraction) + len(integer+fraction) - len(strings.TrimRight(integer+fraction, "0"))
	if zeros < 0 || zeros+len(significant) > mostDigits {
		return "", false
	}
	return sign + significant + strings.Repeat("0", zeros), true
}
