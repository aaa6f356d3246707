package matrix

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tienda-go/tienda/tests/shop"
)

// World is a shop with its cast, and with something on the shelf.
type World struct {
	shop    *shop.Shop
	cast    *Cast
	stocked int64  // a product with more units than a test can sell
	since   string // an instant after it was stocked (RFC 3339)
	serial  atomic.Int64
}

// NewWorld fills a shop whose environment has Secrets.
func NewWorld(t testing.TB, s *shop.Shop) *World {
	t.Helper()
	w := &World{shop: s, cast: NewCast(t, s), stocked: s.Product(100_000)}
	w.since = time.Now().UTC().Format(time.RFC3339Nano)
	return w
}

// unique is a name that nothing has yet.
func (w *World) unique(kind string) string { return fmt.Sprintf("%s-%d", kind, w.serial.Add(1)) }

func (w *World) newProduct() int64 {
	return w.shop.Must(201, "productos", "POST", "/productos", w.shop.Admin(), newProduct(w, Caller{}).Body).Int("id")
}

func (w *World) orderOfA() int64 {
	return w.shop.Must(201, "pedidos", "POST", "/pedidos", w.cast.Named("cliente A").Tokens["pedidos"], order(w, Caller{}).Body).
		Int("id")
}

// object is a body of names and values in turn; nil, no body at all, without any.
func object(members []any) any {
	if len(members) == 0 {
		return nil
	}
	o := shop.Object{}
	for i := 0; i < len(members); i += 2 {
		o[members[i].(string)] = members[i+1]
	}
	return o
}
