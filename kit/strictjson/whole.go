package strictjson

import (
	"bytes"
	"cmp"
	"encoding/json"
	"strconv"
	"strings"
)

// mostDigits bounds what Whole writes: more digits than the largest integer has, so that longer ones are refused as before.
const mostDigits = 20

// Whole writes 2.0 and 2e0 as 2, which they are (RFC 8259, section 6): encoding/json takes no integer from them.
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

func closingQuote(raw []byte, i int) int {
	for i++; i < len(raw) && raw[i] != '"'; i++ {
		if raw[i] == '\\' {
			i++
		}
	}
	return i
}

// digitsOf rewrites a number with a fraction or an exponent; ok is false for one that is no integer, or too long.
func digitsOf(number string) (digits string, ok bool) {
	if !strings.ContainsAny(number, ".eE") || !json.Valid([]byte(number)) {
		return "", false
	}
	digits, power, ok := Number(number)
	if !ok || power < 0 || power+int64(len(digits)) > mostDigits {
		return "", false
	}
	return digits + strings.Repeat("0", int(power)), true
}

// Number is a JSON number as its digits, without zeros around them, and a power of ten: 10, 10.0 and 1e1 are all 1 and 1. ok is
// false when the exponent is out of range: then the power is that of the largest or smallest exponent.
func Number(text string) (digits string, power int64, ok bool) {
	mantissa, exponent, _ := strings.Cut(strings.ToLower(text), "e")
	mantissa, negative := strings.CutPrefix(mantissa, "-")
	whole, fraction, _ := strings.Cut(mantissa, ".")
	significant := strings.TrimLeft(whole+fraction, "0")
	digits = strings.TrimRight(significant, "0")
	zeros := len(significant) - len(digits)
	if digits == "" {
		return "0", 0, true
	}
	if negative {
		digits = "-" + digits
	}
	power, err := strconv.ParseInt(cmp.Or(exponent, "0"), 10, 32)
	return digits, power + int64(zeros-len(fraction)), err == nil
}
