package money

import (
	"errors"
	"strings"
)

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
