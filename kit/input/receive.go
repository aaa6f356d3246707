package input

import (
	"bytes"
	"io"
	"net/url"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"

	"github.com/tienda-go/tienda/kit/transport"
)

// Receive reads the body of a request. The checks and Huma use the context that it returns.
func Receive(ctx huma.Context) (huma.Context, error) {
	content, err := transport.Body(humafiber.Unwrap(ctx).Context())
	return &received{humaContext: ctx, body: content}, err
}

// humaContext is a huma.Context to embed, without a field of the name of its method Context.
type humaContext huma.Context

// received is the context of a request whose body was read.
type received struct {
	humaContext
	body    []byte
	address *url.URL // nil until it was asked for
}

// Unwrap is for Huma's adapter, which looks for the context that it has made.
func (r *received) Unwrap() huma.Context { return r.humaContext }

// BodyReader gives the body that was read; the adapter's own would read the connection.
func (r *received) BodyReader() io.Reader { return bytes.NewReader(r.body) }

// URL is parsed once, for all checks that ask for it.
func (r *received) URL() url.URL {
	if r.address == nil {
		address := r.humaContext.URL()
		r.address = &address
	}
	return *r.address
}
