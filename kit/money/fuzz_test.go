package money_test

import (
	"encoding/json"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/money"
)

// Parse accepts only JSON numbers, and returns the exact amount in hundredths; it reads the output of String as the same amount.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"0", "-0", "19.99", "1e2", "150e-1", "9999999999999.99", "19.999", "1e999", "-0.01", "01", "1.", ".5", "+1", "NaN", "",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		amount, err := money.Parse(text)
		if err != nil {
			return
		}
		require.True(t, json.Valid([]byte(text)))
		require.True(t, amount.Valid())
		if len(text) < 100 && amount != 0 { // big.Rat needs minutes for 0e999999999
			exact, ok := new(big.Rat).SetString(text)
			require.True(t, ok)
			require.Zero(t, exact.Cmp(big.NewRat(int64(amount), 100)), "%s is not %s", text, amount)
		}
		again, err := money.Parse(amount.String())
		require.NoError(t, err)
		require.Equal(t, amount, again)
	})
}
