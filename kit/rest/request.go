package rest

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tienda-go/tienda/kit/idempotency"
	"github.com/tienda-go/tienda/kit/remote"
)

// KeyHeader names a request, so that it may be sent again.
const KeyHeader = "Idempotency-Key"

// IdempotencyKey is embedded in the input of an operation that may be sent again under a key. The command of the operation
// passes Key to the transaction of its effect.
type IdempotencyKey struct {
	Sent string `header:"Idempotency-Key" minLength:"1" maxLength:"255" doc:"Con la misma clave y el mismo cuerpo, la petición repetida recibe la primera respuesta, durante 24 horas como mínimo"`

	key idempotency.Key
}

type keyOfRequest struct{}

// WithKey is ctx with the key of its request.
func WithKey(ctx context.Context, key idempotency.Key) context.Context {
	return context.WithValue(ctx, keyOfRequest{}, key)
}

// Resolve gets the key of the request, while Huma reads the request.
func (k *IdempotencyKey) Resolve(ctx huma.Context) []error {
	k.key, _ = ctx.Context().Value(keyOfRequest{}).(idempotency.Key)
	return nil
}

// Key is the request's key; the zero Key when it has none.
func (k *IdempotencyKey) Key() idempotency.Key { return k.key }

// RemoteAddress is embedded in the input of an operation that needs the client's address.
type RemoteAddress struct{ client remote.Client }

// Resolve reads the address while Huma reads the request.
func (a *RemoteAddress) Resolve(ctx huma.Context) []error {
	a.client = *remote.From(ctx.Context())
	return nil
}

// Address is the client's network address: the connection's, or the one that trusted proxies report.
func (a *RemoteAddress) Address() string { return a.client.Address }

// Network is the address by which callers are counted; see remote.Network.
func (a *RemoteAddress) Network() string { return a.client.Network }
