package fuzz

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"time"

	"github.com/tienda-go/tienda/tests/matrix"
	"pgregory.net/rapid"
)

// pool records existing things, so that requests are about them. It draws concrete values: a request does not change when the
// pool changes.
type pool struct {
	products, orders []int64
	own              map[string][]int64 // orders, by the name of the caller
	reservations     []string
	refresh          []string // tokens of sessions that the run does not need
	keys             []string
	guest            account         // logs in and out
	spareID          int64           // of a user who is promoted, demoted and closed
	highest          int64           // id of a product
	bare             int64           // the newest product, which may have no stock yet
	shelf            map[int64]int64 // fisico of a product, in the last answer
	since            time.Time       // when the shop was filled
	serial           int
}

type account struct{ username, password string }

// kept is how many of a kind are remembered; the first ones, which all requests use, are never dropped.
const kept, always = 40, 4

func remember[T any](list []T, v T) []T {
	if len(list) < kept {
		return append(list, v)
	}
	return append(list[:always:always], append(list[always+1:], v)...)
}

// hint is a value that makes sense for a member or parameter of this name; nil = any that its schema allows.
func (p *pool) hint(t *rapid.T, name string) *node {
	switch name {
	case "producto_id", "id":
		return leaf(p.product(t))
	case "cantidad":
		if chance(t, 80) {
			return leaf(between(t, 1, 4))
		}
	case "moneda", "moneda_esperada":
		if chance(t, 90) {
			return leaf("EUR")
		}
	case "precio_esperado":
		if chance(t, 70) {
			return leaf(10)
		}
	case "username":
		p.serial++
		return leaf(fmt.Sprintf("%s-%d", word(t, 8), p.serial))
	case "email":
		p.serial++
		return leaf(fmt.Sprintf("%s-%d@tienda.example", word(t, 8), p.serial))
	case "refresh_token":
		if len(p.refresh) > 0 && chance(t, 60) {
			return leaf(pick(t, p.refresh))
		}
		return leaf(secretMark + word(t, 30))
	case "client_id":
		return leaf("productos")
	case "client_secret":
		if chance(t, 70) {
			return leaf(matrix.Secrets()["PRODUCTOS_CLIENT_SECRET"])
		}
	case "scope":
		return leaf(pick(t, []string{"", "revocaciones:leer", "inventario:reservar"}))
	case "en":
		return leaf(p.since.Add(time.Duration(below(t, 5000)) * time.Millisecond).UTC().Format(time.RFC3339Nano))
	case "cursor":
		return leaf(base64.RawURLEncoding.EncodeToString([]byte(strconv.Itoa(between(t, 1, 200)))))
	}
	return nil
}

// expendable is a product that may be changed or archived: the first ones are for sale all the time.
func (p *pool) expendable(t *rapid.T) int64 {
	if len(p.products) > always {
		return pick(t, p.products[always:])
	}
	return p.product(t)
}

func (p *pool) product(t *rapid.T) int64 {
	if chance(t, 75) {
		return p.products[between(t, 0, always-1)]
	}
	return pick(t, p.products)
}
