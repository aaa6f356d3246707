package money_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/tienda-go/tienda/kit/money"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]money.Amount{
		"0": 0, "-0": 0, "0.00": 0, "0e9999999999": 0, "19.99": 1999, "19.9": 1990, "19.990": 1999, "0.1": 10, "1e2": 10000,
		"1.5E+1": 1500, "150e-1": 1500, "9999999999999.99": money.Max, "0.29": 29, "1.10": 110,
	} {
		got, err := money.Parse(text)
		require.NoError(t, err, text)
		assert.Equal(t, want, got, text)
	}
	for text, want := range map[string]error{
		"": money.ErrSyntax, "abc": money.ErrSyntax, "1.": money.ErrSyntax, ".5": money.ErrSyntax, "01": money.ErrSyntax,
		"+1": money.ErrSyntax, "1,5": money.ErrSyntax, "1e": money.ErrSyntax, "1e+-2": money.ErrSyntax, "NaN": money.ErrSyntax,
		`"1"`: money.ErrSyntax, "null": money.ErrSyntax, "19.999": money.ErrDecimals, "1e-3": money.ErrDecimals,
		"1e-999999999999": money.ErrDecimals, "-0.01": money.ErrRange, "10000000000000": money.ErrRange,
		"9999999999999.991": money.ErrDecimals, "1e999": money.ErrRange, "1e99999999999": money.ErrRange,
	} {
		_, err := money.Parse(text)
		assert.ErrorIs(t, err, want, text)
	}
}

func TestAmount_survives_JSON(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := money.Amount(rapid.Int64Range(0, int64(money.Max)).Draw(t, "amount"))
		raw, err := json.Marshal(want)
		require.NoError(t, err)
		require.Equal(t, fmt.Sprintf("%d.%02d", want/100, want%100), string(raw))
		var got money.Amount
		require.NoError(t, json.Unmarshal(raw, &got))
		assert.Equal(t, want, got)

		var float float64 // a client that reads numbers as float64 and writes them back gets the same amount
		require.NoError(t, json.Unmarshal(raw, &float))
		again, err := json.Marshal(float)
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(again, &got))
		assert.Equal(t, want, got, string(again))
	})
}

func TestAmount_UnmarshalJSON_names_the_field(t *testing.T) {
	t.Parallel()
	var body struct {
		Precio money.Amount `json:"precio"`
	}
	err := json.Unmarshal([]byte(`{"precio":19.999}`), &body)
	var mismatch *json.UnmarshalTypeError
	require.ErrorAs(t, err, &mismatch)
	assert.Equal(t, "precio", mismatch.Field)
}

func TestAmount_never_wraps(t *testing.T) {
	t.Parallel()
	sum, err := money.MustParse("0.10").Plus(money.MustParse("0.20"))
	require.NoError(t, err)
	assert.Equal(t, "0.30", sum.String())
	_, err = money.Max.Plus(1)
	assert.ErrorIs(t, err, money.ErrRange)
	_, err = money.Max.Times(2)
	assert.ErrorIs(t, err, money.ErrRange)
	_, err = money.Amount(1).Times(1 << 62)
	assert.ErrorIs(t, err, money.ErrRange)
	_, err = money.Amount(1).Times(-1)
	assert.ErrorIs(t, err, money.ErrRange)
	product, err := money.MustParse("19.99").Times(3)
	require.NoError(t, err)
	assert.Equal(t, "59.97", product.String())
	assert.Equal(t, "-0.01", money.Amount(-1).String())
}

func TestParseCurrency(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"EUR", "USD", "ZWG", "AED", "COP", "CRC", "CUP"} {
		got, err := money.ParseCurrency(code)
		require.NoError(t, err)
		assert.EqualValues(t, code, got)
	}
	for _, code := range []string{"", "eur", "EU", "EURO", "XXX", "JPY", "KWD", "R U", "\n C"} {
		_, err := money.ParseCurrency(code)
		assert.ErrorIs(t, err, money.ErrCurrency, code)
	}
}
