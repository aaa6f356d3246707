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

	"github.com/tienda-go/tienda/kit/strictjson"
)

// fingerprint is equal for bodies that are the same JSON value in any spelling; bodies that are not JSON are compared by bytes.
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

// number is the same for 10, 10.0 and 1e1. An exponent out of range stays as it was sent.
func number(text string) string {
	digits, power, ok := strictjson.Number(text)
	switch {
	case !ok:
		return text
	case digits == "0":
		return digits
	}
	return digits + "e" + strconv.FormatInt(power, 10)
}
