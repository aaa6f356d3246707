package strictjson

import (
	"encoding/json"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// Scan accepts only one JSON value in UTF-8. Whole writes the same value.
func FuzzScan(f *testing.F) {
	for _, seed := range []string{
		`{"a":1,"b":[1,2.0,{"c":"ñ"}]}`, `{"a":1,"a":2}`, `{"a":1,"A":2}`, `{"a":1}{}`, "\"\xff\"", `"\u0000"`, `"\ud800"`,
		`[[[[]]]]`, `2e0`, `1.0e-1`, `{"a":`, ``, `nul`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if Scan(raw) != nil {
			return
		}
		if len(raw) == 0 {
			return
		}
		require.True(t, utf8.Valid(raw))
		var before, after any
		if json.Unmarshal(raw, &before) != nil {
			return // white space alone: no value, which the schema refuses
		}
		require.NoError(t, json.Unmarshal(Whole(raw), &after))
		require.Equal(t, before, after)
	})
}
