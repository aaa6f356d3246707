package chaos

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// check holds the shop, now at rest, against the record.
func (r *run) check() {
	look := &reader{client: r.client(500), token: r.admin}
	orders, ok := r.settled(look)
	if !ok {
		return // what is not at rest cannot be counted
	}
	r.record.count(ordersMade, len(orders))
	r.record.mapped(orders, r.buyers)
	r.record.told(orders)
	r.replay()
	again, ok := r.settled(look)
	if !ok {
		return
	}
	r.record.told(again)
	r.stocks(look, again)
	r.logs()
	if c := r.record.Counts(); !r.enough() {
		r.record.Violate("harness", "only %d reads and %d acknowledged operations: that shows nothing", c[reads], c[acknowledged])
	}
}

// settled waits until every order rests, and returns all of them by id.
func (r *run) settled(look *reader) (map[int64]view, bool) {
	deadline := time.Now().Add(settleLimit)
	var restless []view
	if !r.within(deadline, func() bool {
		restless = nil
		for _, fase := range []string{"RECIBIDO", "COMPLETANDO", "CANCELANDO"} {
			list, ok := pages[view](look, "pedidos", "/pedidos?limite=200&fase="+fase)
			if !ok {
				list = []view{{Fase: "no answer"}}
			}
			restless = append(restless, list...)
		}
		return len(restless) == 0
	}) {
		r.record.Violate("settle", "%d orders do not rest %s after everything was mended: %+v", len(restless), settleLimit,
			restless[:min(3, len(restless))])
		return nil, false
	}
	if !r.resting(look, deadline) {
		return nil, false
	}
	list, ok := pages[view](look, "pedidos", "/pedidos?limite=200")
	if !ok {
		r.record.Violate("settle", "the orders cannot be listed")
		return nil, false
	}
	all := map[int64]view{}
	now := time.Now()
	for _, v := range list {
		all[v.ID] = v
		r.record.See(v, Told{Begin: now, End: now, Status: 200})
	}
	return all, true
}

// told checks that every order of an earlier answer exists, in a state that the answer allows.
func (r *Record) told(orders map[int64]view) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for id, o := range r.orders {
		v, exists := orders[id]
		may := []string{"RESERVADO"}
		switch {
		case !exists:
			r.violate("lost", "order %d was told with %d %s, and is not there", id, o.Ask.Final.Status, o.Ask.Final.Answer.Body)
			continue
		case o.Placed == nil:
			may = []string{"CANCELADO SIN_STOCK"}
		case o.Promised == "CANCELADO":
			may = []string{"CANCELADO USUARIO"}
		case o.Promised != "":
			may = []string{o.Promised}
		case o.Accepted:
			may = []string{"ACEPTADO"}
			if o.Completes > 0 {
				may = append(may, "COMPLETADO")
			}
		default: // wishes without an answer, or none at all
			if o.Accepts > 0 {
				may = append(may, "ACEPTADO")
			}
			if o.Cancels > 0 {
				may = append(may, "CANCELADO USUARIO")
			}
			if o.Completes > 0 {
				may = append(may, "COMPLETADO")
			}
		}
		if is := strings.TrimSpace(v.Fase + " " + v.Motivo); !slices.Contains(may, is) {
			r.violate("lost", "order %d was told with %d, %d cancels, %d completes, %d accepts, promised %q: may be %s, is %s",
				id, o.Ask.Final.Status, o.Cancels, o.Completes, o.Accepts, o.Promised, strings.Join(may, " or "), is)
		}
	}
}

// mapped checks that every order belongs to one wish, that a wish has at most one order, and that the answers to the wish allow
// it.
func (r *Record) mapped(orders map[int64]view, buyers []*buyer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	wishes := map[int64][]*Ask{}
	for _, a := range r.asks {
		if a.Kind == "order" {
			wishes[a.Customer] = append(wishes[a.Customer], a)
		}
	}
	of := map[*Ask]int64{}
	for id, v := range orders {
		a := wishAt(wishes[v.UsuarioID], v.CreadoEn)
		if a == nil {
			r.violate("orders", "no client asked for order %d: %+v", id, v)
			continue
		}
		if other := of[a]; other != 0 {
			r.violate("key", "orders %d and %d both came of one wish, with key %q, %s", id, other, a.Key, a.story())
			continue
		}
		of[a] = id
		is := strings.TrimSpace(v.Fase + " " + v.Motivo)
		var may []string
		switch {
		case a.Final != nil && a.Order != id:
			r.violate("orders", "order %d came of a wish that was told order %d: %s", id, a.Order, a.story())
			continue
		case a.Final != nil:
			continue // told checks it
		case a.Key != "": // driven forward
			may = []string{"RESERVADO", "CANCELADO SIN_STOCK"}
		case a.Tries[0].Status == 503:
			may = []string{"CANCELADO SISTEMA", "CANCELADO SIN_STOCK"}
		default:
			may = []string{"RESERVADO", "CANCELADO SISTEMA", "CANCELADO SIN_STOCK"}
		}
		if !slices.Contains(may, is) || !v.has(a.Lines) {
			r.violate("orders", "order %d is %s for %v, of a wish for %v, with key %q, %s", id, is, v.Lineas, a.Lines, a.Key, a.story())
		}
	}
}

// wishAt is the open wish at a moment; a customer has one at a time. The services' clock is this process's, but counts
// microseconds.
func wishAt(wishes []*Ask, moment time.Time) (a *Ask) {
	for _, w := range wishes {
		if !moment.Before(w.Begin.Truncate(time.Microsecond)) {
			a = w
		}
	}
	if a == nil || moment.After(a.End) {
		return nil
	}
	return a
}

// story is the answers to a wish, try by try.
func (a *Ask) story() string {
	var told []string
	times := 1
	for i, t := range a.Tries {
		if i > 0 && t.verdict() == a.Tries[i-1].verdict() {
			times++
			told[len(told)-1] = fmt.Sprintf("%d times %s", times, t.verdict())
			continue
		}
		times = 1
		told = append(told, t.verdict())
	}
	return "told " + strings.Join(told, ", then ")
}

// replay sends every key once more: a client with an answer gets the same, byte by byte, and a client without one gets the
// outcome.
func (r *run) replay() {
	r.record.mu.Lock()
	asks := slices.DeleteFunc(slices.Clone(r.record.asks), func(a *Ask) bool { return a.Key == "" })
	r.record.mu.Unlock()
	work := make(chan *Ask)
	var workers sync.WaitGroup
	for n := range 6 {
		c := r.client(uint64(600 + n))
		workers.Go(func() {
			for a := range work {
				c.again(a)
			}
		})
	}
	for _, a := range asks {
		work <- a
	}
	close(work)
	workers.Wait()
}

func (c *client) again(a *Ask) {
	told := c.once(a)
	for deadline := time.Now().Add(time.Minute); told.Open(true) && a.Final == nil && time.Now().Before(deadline); {
		time.Sleep(50 * time.Millisecond) // its lease
		told = c.once(a)
	}
	c.record.count(replays, 1)
	if !c.record.Heard(a, told) {
		c.record.Violate("replay", "key %s of %s %s has no answer in the end: %s", a.Key, a.Method, a.Path, a.story())
	}
}
