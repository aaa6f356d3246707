package problem_test

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/problem"
)

// A service answers with a fault; its caller reads an equal fault from the answer.
func ExampleRead() {
	errStock := fault.Define(fault.Conflict, "STOCK_INSUFICIENTE", "No hay existencias suficientes")
	raw, err := json.Marshal(problem.Of(errStock.New("Quedan %d unidades.", 3).With("disponible", 3)))
	if err != nil {
		panic(err)
	}
	read, err := problem.Read(409, raw)
	if err != nil {
		panic(err)
	}
	fmt.Println(errors.Is(read, errStock), read.Detail, read.Extra["disponible"])
	// Output: true Quedan 3 unidades. 3
}
