package authn_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A token is accepted only when each of its bytes is as it was signed.
func FuzzVerify(f *testing.F) {
	good, of := sign(header, user, key), sign(header, service, key)
	f.Add(good)
	f.Add(of)
	f.Add(strings.Replace(good, ".", "..", 1))
	f.Add(good + "=")
	f.Add(good[:len(good)-1] + "\n")
	f.Add("e30.e30.")
	f.Add("")
	v := verifier()
	f.Fuzz(func(t *testing.T, token string) {
		caller, err := v.Verify(t.Context(), token)
		if token != good && token != of {
			require.Error(t, err)
			require.Empty(t, caller.Subject)
		} else {
			require.NoError(t, err)
		}
	})
}
