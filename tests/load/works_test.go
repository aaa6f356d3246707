package load_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"github.com/tienda-go/tienda/tests/shop"
	"golang.org/x/crypto/argon2"

	"github.com/tienda-go/tienda/tests/load"
)

// work is something to measure.
type work struct {
	name    string
	clients int
	ask     func() int
	success int
	uses    bool                                       // it uses up what other works have made
	least   func(clients int, d time.Duration) float64 // the least that does the same, a second; nil = none
	own     func(clients int, d time.Duration) float64 // its own statements without the services, likewise
}

const usual = 16 // clients

// serial makes keys that were never used.
var serial atomic.Int64

func (b *bed) works() []work {
	get := func(service, path string) func() int {
		return func() int { return b.get(service, path, "") }
	}
	order := func(product func() int64, lines int, key bool) func() int {
		return func() int { return b.order(product, lines, key) }
	}
	var own func(int, time.Duration) float64
	if b.cluster != nil {
		own = b.replay(b.record())
	}
	hot := func() int64 { return shop.FirstOfHistory + 7 }
	return []work{
		{name: "a product by id", clients: usual, success: 200, least: b.script("producto"), ask: func() int {
			return b.get("productos", fmt.Sprintf("/productos/%d", b.product()), "")
		}},
		{name: "a list of 100", clients: usual, success: 200, least: b.script("lista"), ask: get("productos", "/productos")},
		{name: "a token checked (and one order read)", clients: usual, success: 200, ask: func() int {
			return b.get("pedidos", "/pedidos?limite=1", b.token())
		}},
		{name: "an order", clients: usual, success: 201, least: b.script("pedido"), ask: order(b.product, 1, false)},
		{name: load.Spread, clients: usual, success: 201, least: b.script("pedido"), own: own, ask: order(b.product, 1, true)},
		{name: load.Spread, clients: 64, success: 201, least: b.script("pedido"), ask: order(b.product, 1, true)},
		{name: "an order of 5 lines", clients: usual, success: 201, ask: order(b.product, 5, false)},
		{name: load.Hot, clients: usual, success: 201, ask: order(hot, 1, true)},
		{name: load.Hot, clients: 64, success: 201, ask: order(hot, 1, true)},
		{name: "cancelling", clients: usual, success: 200, uses: true, ask: b.cancel},
		{name: "a login", clients: 4, success: 200, least: passwords, ask: func() int {
			status, _ := b.client.do("auth", "POST", "/login", "",
				`{"username":"`+shop.AdminUsername+`","password":"`+shop.AdminPassword+`"}`)
			return status
		}},
	}
}

// aged are the works whose time must not grow with the history.
func (b *bed) aged() []work {
	path := func(format string, args ...any) func() int {
		return func() int { return b.get("pedidos", fmt.Sprintf(format, args...), b.shop.Admin()) }
	}
	ago := func(d time.Duration) string { return url.QueryEscape(time.Now().UTC().Add(-d).Format(time.RFC3339)) }
	const day = 24 * time.Hour
	stock := func(suffix string) func() int {
		return func() int {
			return b.get("inventario", fmt.Sprintf("/inventario/%d%s", shop.FirstOfHistory, suffix), b.shop.Admin())
		}
	}
	return []work{
		{name: "a product by id", clients: 2, success: 200, ask: func() int {
			return b.get("productos", fmt.Sprintf("/productos/%d", b.product()), "")
		}},
		{name: "a list of 100 products", clients: 2, success: 200, ask: func() int { return b.get("productos", "/productos", "") }},
		{name: "100 orders", clients: 2, success: 200, ask: path("/pedidos")},
		{name: "100 orders, hasta before all", clients: 2, success: 200, ask: path("/pedidos?hasta=%s", ago(400*day))},
		{name: "100 orders, hasta in the middle", clients: 2, success: 200, ask: path("/pedidos?hasta=%s", ago(5*day))},
		{name: "orders of one product", clients: 2, success: 200, ask: path("/pedidos?producto_id=%d", shop.FirstOfHistory+3)},
		{name: "open orders", clients: 2, success: 200, ask: path("/pedidos?estado=PENDIENTE&limite=1")},
		{name: "stock as it was (?en=)", clients: 2, success: 200, ask: stock("?en=" + ago(day))},
		{name: "100 rows of the ledger", clients: 2, success: 200, ask: stock("/movimientos")},
		{name: "100 events of the trail", clients: 2, success: 200,
			ask: func() int { return b.get("auth", "/auditoria", b.shop.Admin()) }},
		{name: "an order with a key", clients: 2, success: 201, ask: func() int { return b.order(b.product, 1, true) }},
		{name: "cancelling", clients: 2, success: 200, uses: true, ask: b.cancel},
		{name: "a movement of stock", clients: 2, success: 200, ask: func() int {
			status, _ := b.client.do("inventario", "PATCH", fmt.Sprintf("/inventario/%d", b.product()), b.shop.Admin(),
				`{"cantidad":1,"tipo_movimiento":"ENTRADA"}`)
			return status
		}},
	}
}

func (b *bed) product() int64 { return shop.FirstOfHistory + rand.Int64N(int64(b.rows)) }

func (b *bed) token() string { return b.tokens[rand.IntN(len(b.tokens))] }

func (b *bed) get(service, path, token string) int {
	status, _ := b.client.do(service, "GET", path, token, "")
	return status
}

// order places an order, and keeps it to be cancelled.
func (b *bed) order(product func() int64, lines int, key bool) int {
	var body strings.Builder
	for range lines {
		fmt.Fprintf(&body, `,{"producto_id":%d,"cantidad":1}`, product())
	}
	var headers []string
	if key {
		headers = []string{"Idempotency-Key", fmt.Sprintf("k-%d", serial.Add(1))}
	}
	token := b.token()
	status, answer := b.client.do("pedidos", "POST", "/pedidos", token, `{"lineas":[`+body.String()[1:]+`]}`, headers...)
	var made struct {
		ID int64 `json:"id"`
	}
	if status == http.StatusCreated && json.Unmarshal(answer, &made) == nil {
		select {
		case b.placed <- placed{made.ID, token}:
		default:
		}
	}
	return status
}

// cancel cancels an order that order has placed.
func (b *bed) cancel() int {
	select {
	case p := <-b.placed:
		status, _ := b.client.do("pedidos", "PATCH", fmt.Sprintf("/pedidos/%d", p.id), p.token, `{"estado":"CANCELADO"}`)
		return status
	default:
		return ended
	}
}

// passwords is how often a second the machine hashes one as auth does, and does nothing else.
func passwords(_ int, d time.Duration) float64 {
	hashes := closed(runtime.NumCPU(), d, func() int {
		argon2.IDKey([]byte(shop.AdminPassword), []byte("sal-de-16-bytes!"), 2, 19*1024, 1, 32)
		return 0
	})
	return float64(len(hashes)) / d.Seconds()
}
