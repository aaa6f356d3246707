package httpserver

import (
	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"
)

// RemoteAddress is embedded in the input of an operation that wants to know where its caller is.
type RemoteAddress struct{ address string }

// Resolve reads the address while Huma reads the request.
func (a *RemoteAddress) Resolve(ctx huma.Context) []error {
	a.address = humafiber.Unwrap(ctx).IP()
	return nil
}

// Address is the network address that the request came from; a proxy's, if there is one in front.
func (a *RemoteAddress) Address() string { return a.address }
