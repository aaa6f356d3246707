package idempotency

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestFingerprint(t *testing.T) {
	t.Parallel()
	for _, equal := range [][]string{
		{`{"a":1,"b":[1,2]}`, ` { "b" : [ 1 , 2.0 ] , "a" : 1e0 } `},
		{`10`, `10.0`, `1e1`, `100e-1`, `0.1E+2`, `1000.00e-2`},
		{`0`, `-0`, `0.000`, `0e7`},
		{`-1.5`, `-15e-1`},
		{`"ñ"`, `"\u00f1"`},
		{``, ``},
		{`1e99999999999999999999`, `1e99999999999999999999`},
	} {
		for _, text := range equal {
			assert.Equal(t, fingerprint([]byte(equal[0])), fingerprint([]byte(text)), "%s and %s", equal[0], text)
		}
	}
	different := []string{
		``, `{}`, `[]`, `null`, `0`, `1`, `-1`, `10`, `100`, `0.1`, `""`, `"0"`, `"null"`, `true`, `false`, `[1,2]`, `[2,1]`,
		`[[1],2]`, `[1,[2]]`, `{"a":1}`, `{"A":1}`, `{"a":"1"}`, `{"a":null}`, `{"a":1,"b":1}`, `{"a":{"b":1}}`, `"a\",\"b"`,
		`["a","b"]`, `["a,b"]`, `9007199254740993`, `9007199254740992`, `1e99999999999999999999`, `1e-99999999999999999999`,
	}
	seen := map[string]string{}
	for _, text := range different {
		sum := fingerprint([]byte(text))
		assert.Empty(t, seen[sum], "%q and %q", seen[sum], text)
		seen[sum] = text
	}
}
