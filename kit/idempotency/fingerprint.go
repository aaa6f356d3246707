package idempotency

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// fingerprint is equal for bodies that are the same JSON value: the order of members, white space, escapes and the spelling of a
// number (10, 10.0, 1e1) do not matter. A body that is not JSON is compared byte for byte.
func fingerprint(body []byte) string {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var value any
	canonical := bytes.Buffer{}
	if err := decoder.Decode(&value); err != nil {
		canonical.WriteString("raw:")
		canonical.Write(body)
	} else {
		write(&canonical, value)
	}
	sum := sha256.Sum256(canonical.Bytes())
	return hex.EncodeToString(sum[:])
}

func write(out io.StringWriter, value any) {
	put := func(s string) { _, _ = out.WriteString(s) } // a bytes.Buffer never fails
	switch v := value.(type) {
	case map[string]any:
		put("{")
		for _, name := range slices.Sorted(maps.Keys(v)) {
			put(strconv.Quote(name) + ":")
			write(out, v[name])
			put(",")
		}
		put("}")
	case []any:
		put("[")
		for _, item := range v {
			write(out, item)
			put(",")
		}
		put("]")
	case json.Number:
		put(number(v.String()))
	case string:
		put(strconv.Quote(v))
	case bool:
		put(strconv.FormatBool(v))
	default:
		put("null")
	}
}

// number writes a JSON number as its digits without zeros around them, and a power of ten: 10, 10.0 and 1e1 are all 1e1.
func number(text string) string {
	mantissa, exponent, _ := strings.Cut(strings.ToLower(text), "e")
	power := int64(0)
	if exponent != "" {
		var err error
		if power, err = strconv.ParseInt(exponent, 10, 32); err != nil {
			return text // an exponent out of range: keep the text as it is
		}
	}
	sign := ""
	if rest, negative := strings.CutPrefix(mantissa, "-"); negative {
		sign, mantissa = "-", rest
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := strings.TrimLeft(whole+fraction, "0")
	power -= int64(len(fraction))
	trimmed := strings.TrimRight(digits, "0")
	if trimmed == "" {
		return "0"
	}
	return sign + trimmed + "e" + strconv.FormatInt(power+int64(len(digits)-len(trimmed)), 10)
}
