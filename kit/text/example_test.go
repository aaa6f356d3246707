package text_test

import (
	"fmt"

	"github.com/tienda-go/tienda/kit/text"
)

// Two texts that look the same have one identity.
func ExampleIdentity() {
	one, _ := text.Identity("Straße  1")
	other, _ := text.Identity("STRASSE 1")
	fmt.Println(one == other)
	// Output: true
}
