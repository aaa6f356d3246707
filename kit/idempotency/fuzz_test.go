package idempotency

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

// A body with other white space is the same request; a body with another value is another request.
func FuzzFingerprint(f *testing.F) {
	for _, seed := range []string{
		`{"a":1,"b":[1,2.0]}`, `10`, `1e1`, `-0`, `"\u00f1"`, `{"a":{"b":null}}`, `1e99999999999999999999`, `{`, ``,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		sum := fingerprint(body)
		require.Len(t, sum, 64)
		if !json.Valid(body) {
			return
		}
		var indented bytes.Buffer
		require.NoError(t, json.Indent(&indented, body, "", "\t"))
		require.Equal(t, sum, fingerprint(indented.Bytes()))
		require.NotEqual(t, sum, fingerprint(append(append([]byte("["), body...), ']')))
	})
}
