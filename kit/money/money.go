// Package money keeps amounts exact: integer hundredths, never a float.
//
// An amount is parsed from the digits that the client wrote: 19.99 has no exact float64. A result outside 0 … Max is an error.
package money

import (
	"encoding/json"
	"errors"
	"reflect"
	"strconv"
	"strings"

	"github.com/tienda-go/tienda/kit/strictjson"
)

// Amount is a count of hundredths of the currency's unit: 1999 is 19.99. Valid amounts are 0 … Max.
type Amount int64

// Max is the largest amount, 9 999 999 999 999.99: clients that read JSON numbers as float64 also keep it exact.
const Max Amount = 999_999_999_999_999

// The errors of Parse, Times and Plus.
var (
	ErrSyntax   = errors.New("money: not a decimal number")
	ErrDecimals = errors.New("money: more than two decimals")
	ErrRange    = errors.New("money: outside 0 to 9999999999999.99")
)

// Parse reads a JSON number (RFC 8259, section 6), exponents included, exactly. It returns ErrSyntax, ErrDecimals or ErrRange.
func Parse(s string) (Amount, error) {
	if !json.Valid([]byte(s)) || strings.Trim(s, "+-.0123456789Ee") != "" {
		return 0, ErrSyntax
	}
	digits, power, _ := strictjson.Number(s) // an exponent out of range is the nearest one in range
	zeros := power + 2                       // the value in hundredths is digits × 10^zeros
	switch {
	case digits == "0":
		return 0, nil
	case digits[0] == '-':
		return 0, ErrRange
	case zeros < 0:
		return 0, ErrDecimals
	case int64(len(digits))+zeros > int64(len(strconv.FormatInt(int64(Max), 10))):
		return 0, ErrRange
	}
	n, err := strconv.ParseInt(digits+strings.Repeat("0", int(zeros)), 10, 64)
	if err != nil || Amount(n) > Max {
		return 0, ErrRange
	}
	return Amount(n), nil
}

// MustParse is Parse for constants; it panics where Parse fails.
func MustParse(s string) Amount {
	a, err := Parse(s)
	if err != nil {
		panic(err)
	}
	return a
}

// String prints the amount with two decimals: "19.99".
func (a Amount) String() string { return string(a.digits()) }

// MarshalJSON writes a JSON number with two decimals.
func (a Amount) MarshalJSON() ([]byte, error) { return a.digits(), nil }

// digits is written by hand, because lists have an amount a row.
func (a Amount) digits() []byte {
	b := make([]byte, 0, 20)
	if a < 0 {
		b, a = append(b, '-'), -a
	}
	b = strconv.AppendInt(b, int64(a/100), 10)
	return append(b, '.', byte('0'+a%100/10), byte('0'+a%10))
}

// UnmarshalJSON reads the raw digits; see Parse. Its error is a *json.UnmarshalTypeError, which gets the path of the field.
func (a *Amount) UnmarshalJSON(raw []byte) error {
	parsed, err := Parse(string(raw))
	if err != nil {
		return &json.UnmarshalTypeError{Value: err.Error(), Type: reflect.TypeFor[Amount]()}
	}
	*a = parsed
	return nil
}

// Times multiplies by a count; ErrRange when the result leaves 0 … Max.
func (a Amount) Times(n int64) (Amount, error) {
	if a < 0 || n < 0 || (n > 0 && a > Max/Amount(n)) {
		return 0, ErrRange
	}
	return a * Amount(n), nil
}

// Plus adds; ErrRange when the result leaves 0 … Max.
func (a Amount) Plus(b Amount) (Amount, error) {
	if a < 0 || b < 0 || a > Max-b {
		return 0, ErrRange
	}
	return a + b, nil
}

// Valid reports whether the amount lies in 0 … Max.
func (a Amount) Valid() bool { return a >= 0 && a <= Max }

// Currency is an ISO 4217 code.
type Currency string

// EUR is the shop's default.
const EUR Currency = "EUR"

// ErrCurrency is the error of ParseCurrency.
var ErrCurrency = errors.New("money: not an ISO 4217 code")

// The active codes of ISO 4217 with two decimals (amounts here are hundredths; JPY or KWD would be wrong by a factor).
const twoDecimals = ` AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC
 CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR
 KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK
 PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH
 USD UYU UZS VED VES WST XCD YER ZAR ZMW ZWG `

// ParseCurrency accepts an upper-case ISO 4217 code of a currency with two decimals; ErrCurrency for all else.
func ParseCurrency(s string) (Currency, error) {
	if len(s) != 3 || !strings.Contains(twoDecimals, s) || strings.ContainsAny(s, " \n") {
		return "", ErrCurrency
	}
	return Currency(s), nil
}
