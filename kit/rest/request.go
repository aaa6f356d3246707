// Package rest has what the handlers of every service embed in their inputs and declare of their operations.
package rest

import (
	"context"
	"encoding/base64"
	"net/url"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/idempotency"
	"github.com/tienda-go/tienda/kit/remote"
)

// KeyHeader names a request, so that it may be sent again.
const KeyHeader = "Idempotency-Key"

// IdempotencyKey is embedded in the input of an operation that takes a key: Key is for the transaction of its effect.
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

// Page is embedded in the input of a list. Pages go by key, not by offset: a row that comes or goes hides or repeats no other.
type Page struct {
	Limite int    `query:"limite" minimum:"1" maximum:"200" default:"100" doc:"Cuántos elementos como mucho"`
	Cursor string `query:"cursor" maxLength:"64" doc:"Continúa la lista; viene en la cabecera Link"`

	after   int64
	address url.URL
}

// Resolve reads the cursor while Huma reads the request.
func (p *Page) Resolve(ctx huma.Context) []error {
	p.address = ctx.URL()
	if p.Cursor == "" {
		return nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(p.Cursor)
	if err == nil {
		p.after, err = strconv.ParseInt(string(raw), 10, 64)
	}
	if err != nil || p.after < 1 {
		return []error{fault.Wrong("cursor", "FORMATO", "Use el cursor de la cabecera Link de la página anterior, tal cual.")}
	}
	return nil
}

// Query is the parameters that the client sent, for a list where some parameters exclude others.
func (p *Page) Query() url.Values { return p.address.Query() }

// After is the key of the last row of the previous page, 0 for the first page.
func (p *Page) After() int64 { return p.after }

// PageOf takes rows read with a limit of Limite+1 and returns the page with its Link header (RFC 8288), which is empty on the
// last page. The link is the query alone, because this service does not know the path prefix of a proxy in front.
func PageOf[T any](p *Page, rows []T, key func(T) int64) (page []T, link string) {
	if len(rows) <= p.Limite {
		return rows, ""
	}
	rows = rows[:p.Limite]
	query := p.address.Query()
	query.Set("cursor", base64.RawURLEncoding.EncodeToString(strconv.AppendInt(nil, key(rows[len(rows)-1]), 10)))
	query.Set("limite", strconv.Itoa(p.Limite))
	return rows, "<?" + query.Encode() + `>; rel="next"`
}

// List converts the rows of an answer. It is never nil: an empty list is [] in JSON, not null.
func List[R, A any](rows []R, convert func(R) A) []A {
	answer := make([]A, len(rows))
	for i, row := range rows {
		answer[i] = convert(row)
	}
	return answer
}
