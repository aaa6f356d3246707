package resilience_test

import (
	"context"
	"fmt"

	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/resilience"
)

// A call that is safe to repeat is repeated after a failure; a refusal is an answer, and is not repeated.
func ExamplePolicy_Do() {
	policy := resilience.New(resilience.Options{Peer: "inventario"})
	calls := 0
	err := policy.Do(context.Background(), true, func(context.Context) error {
		if calls++; calls == 1 {
			return fault.ErrUnavailable.New("inventario no responde")
		}
		return nil
	})
	fmt.Println(calls, err)

	calls = 0
	err = policy.Do(context.Background(), true, func(context.Context) error { calls++; return fault.ErrNotFound.New("No existe.") })
	fmt.Println(calls, fault.CodeOf(err), policy.State())
	// Output:
	// 2 <nil>
	// 1 not_found closed
}
