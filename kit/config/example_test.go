package config_test

import (
	"fmt"

	"github.com/tienda-go/tienda/kit/config"
)

// A Secret does not print; Reveal returns it for the library that needs it.
func ExampleSecret() {
	password := config.Secret("tres palabras juntas")
	fmt.Printf("%v %#v %x\n", password, password, password)
	fmt.Println(password.Reveal())
	// Output:
	// [redacted] [redacted] [redacted]
	// tres palabras juntas
}
