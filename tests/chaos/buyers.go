package chaos

import (
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tienda-go/tienda/tests/shop"
)

// buyer is one customer, who places one order after the other: creado_en shows to which wish an order belongs.
type buyer struct {
	client
	name, token, admin string
	user               int64
	products           []int64
	wishes             int
	stop               func() bool
}

// live orders, and then does something about the order, until it is time to stop.
func (b *buyer) live() {
	for !b.stop() {
		if o := b.buy(); o != nil {
			b.treat(o)
		}
		time.Sleep(time.Duration(b.random.IntN(15)) * time.Millisecond)
	}
}

// buy places an order of one to three lines, in any order, sometimes with a product twice. nil when there is no order.
func (b *buyer) buy() *Order {
	var lines []line
	var body []shop.Object
	for range 1 + b.random.IntN(3) {
		l := line{ProductoID: b.products[b.random.IntN(len(b.products))], Cantidad: 1 + b.random.Int64N(3)}
		lines, body = append(lines, l), append(body, shop.Object{"producto_id": l.ProductoID, "cantidad": l.Cantidad})
	}
	a := b.ask("order", "POST", "/pedidos", shop.Object{"lineas": body})
	a.Lines = lines
	b.perhapsKeyed(a)
	send := b.send
	if a.Key != "" && b.random.IntN(4) == 0 {
		send = b.twice
	}
	if !send(a, b.tired()) {
		return nil
	}
	return b.record.Placed(a)
}

// probe places an order without a key and reports whether that worked.
func (b *buyer) probe() bool {
	l := line{ProductoID: b.products[len(b.products)-1], Cantidad: 1}
	a := b.ask("order", "POST", "/pedidos", shop.Object{"producto_id": l.ProductoID, "cantidad": l.Cantidad})
	a.Lines = []line{l}
	return b.send(a, b.stop)
}

// treat keeps an order, reads it, or has it accepted, cancelled or completed, with one or several requests at the same time.
// Some completed orders get returns.
func (b *buyer) treat(o *Order) {
	for _, wave := range treatments[b.random.IntN(len(treatments))] {
		switch wave[0] {
		case "look":
			b.look(o)
		case "return":
			b.giveBack(o)
		default:
			b.end(o, wave...)
		}
	}
}

// treatments are waves of wishes; those of a wave are sent at the same time.
var treatments = [][][]string{
	{}, {}, {{"look"}}, {{"cancel"}}, {{"cancel"}}, {{"cancel", "cancel", "cancel"}}, {{"complete"}}, {{"complete"}},
	{{"complete", "cancel"}}, {{"cancel", "complete", "cancel", "complete"}}, {{"accept"}, {"cancel"}},
	{{"accept", "cancel", "accept"}}, {{"accept", "complete", "cancel"}, {"return"}}, {{"complete"}, {"return"}},
}

// giveBack sends some returns at the same time, together perhaps of more units than the order has.
func (b *buyer) giveBack(o *Order) {
	var all sync.WaitGroup
	for range 1 + b.random.IntN(3) {
		l := o.Placed.Lineas[b.random.IntN(len(o.Placed.Lineas))]
		l = line{ProductoID: l.ProductoID, Cantidad: 1 + b.random.Int64N(l.Cantidad)}
		restock := b.random.IntN(4) > 0
		a := b.ask("return", "POST", fmt.Sprintf("/pedidos/%d/devoluciones", o.ID), shop.Object{
			"lineas": []shop.Object{{"producto_id": l.ProductoID, "cantidad": l.Cantidad}}, "reponer": restock,
		})
		a.Order, a.Token, a.Lines, a.Restock = o.ID, b.admin, []line{l}, restock
		b.perhapsKeyed(a)
		one := b.fork()
		all.Go(func() { one.send(a, b.tired()) })
	}
	all.Wait()
}

// end sends all wishes at once.
func (b *buyer) end(o *Order, wishes ...string) {
	var all sync.WaitGroup
	for _, kind := range wishes {
		a := b.ask(kind, "PATCH", fmt.Sprintf("/pedidos/%d", o.ID), shop.Object{"estado": "CANCELADO"})
		switch kind {
		case "complete":
			a.Token, a.Body = b.admin, shop.Object{"estado": "COMPLETADO"}
		case "accept":
			a.Token, a.Method, a.Path, a.Body = b.admin, "POST", a.Path+"/aceptar", shop.Object{"referencia": "pago " + b.name}
		}
		a.Order = o.ID
		b.perhapsKeyed(a)
		one := b.fork()
		all.Go(func() { one.send(a, b.tired()) })
	}
	all.Wait()
	if b.random.IntN(3) == 0 {
		b.look(o)
	}
}

// look reads an order and compares it with the earlier answers.
func (b *buyer) look(o *Order) {
	switch told := b.client.look("pedidos", fmt.Sprintf("/pedidos/%d", o.ID), b.token); told.Status {
	case 200:
		if v, err := parse(told.Answer.Body); err != nil || v.ID != o.ID {
			b.record.Violate("orders", "asked for order %d, told %s", o.ID, told.Answer.Body)
		} else {
			b.record.See(v, told)
		}
	case 0, 503:
	default:
		b.record.Violate("orders", "order %d was told, and GET says %d %s", o.ID, told.Status, told.Answer.Body)
	}
}

func (b *buyer) ask(kind, method, path string, body shop.Object) *Ask {
	return &Ask{Kind: kind, Customer: b.user, Service: "pedidos", Method: method, Path: path, Token: b.token, Body: body}
}

func (b *buyer) perhapsKeyed(a *Ask) {
	b.wishes++
	if b.random.IntN(2) == 0 {
		a.Key = b.name + "-" + strconv.Itoa(b.wishes)
	}
}

// tired returns when a client with a key stops its retries; most never stop.
func (b *buyer) tired() func() bool {
	if b.random.IntN(10) == 0 {
		var tries atomic.Int32
		return func() bool { return tries.Add(1) > 2 }
	}
	return b.record.Closed
}
