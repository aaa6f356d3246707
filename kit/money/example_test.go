package money_test

import (
	"errors"
	"fmt"

	"github.com/tienda-go/tienda/kit/money"
)

// The digits count, not the nearest float64.
func ExampleParse() {
	price, err := money.Parse("19.99")
	fmt.Println(price, int64(price), err)
	_, err = money.Parse("19.999")
	fmt.Println(errors.Is(err, money.ErrDecimals))
	// Output:
	// 19.99 1999 <nil>
	// true
}

// A result that is too large is an error, and never wraps.
func ExampleAmount_Times() {
	total, err := money.MustParse("19.99").Times(3)
	fmt.Println(total, err)
	_, err = money.Max.Times(2)
	fmt.Println(errors.Is(err, money.ErrRange))
	// Output:
	// 59.97 <nil>
	// true
}
