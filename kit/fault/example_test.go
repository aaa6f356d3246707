package fault_test

import (
	"errors"
	"fmt"

	"github.com/tienda-go/tienda/kit/fault"
)

// A service declares its problem once, beside the rule; errors.Is finds the error also when it is wrapped several times.
func ExampleKind() {
	errStock := fault.Define(fault.Conflict, "STOCK_INSUFICIENTE", "No hay existencias suficientes")
	err := fmt.Errorf("reservar: %w", errStock.New("Quedan %d unidades.", 3).With("disponible", 3))
	fmt.Println(errors.Is(err, errStock), fault.CodeOf(err), fault.From(err).Extra["disponible"])
	// Output: true conflict 3
}

// One error has all wrong fields of a request.
func ExampleFields() {
	var fields fault.Fields
	fields.Add("nombre", "OBLIGATORIO", "Escriba un nombre.")
	fields.Add("precio", "FUERA_DE_RANGO", "El precio va de 0.01 a 999999.99.")
	fmt.Println(fault.CodeOf(fields.Err()), len(fault.From(fields.Err()).Fields))
	// Output: invalid 2
}
