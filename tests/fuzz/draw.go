package fuzz

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/tienda-go/tienda/tests/matrix"
	"github.com/tienda-go/tienda/tests/openapi"
	"pgregory.net/rapid"
)

// plan is a good request and what will be made wrong with it.
type plan struct {
	base   *draft
	twists []twist
}

// weight says how often an operation comes: those that hash a password, or look at everything, cost a thousand others.
func weight(o openapi.Operation) int {
	if o.Method == "PATCH" && o.Path == "/me" {
		return 1
	}
	switch o.Path {
	case "/login", "/register", "/me/password", "/claves/rotar":
		return 1
	case "/inventario/verificacion", "/inventario/verificacion/{id}", "/refresh", "/logout", "/token", "/health/live",
		"/health/ready", "/.well-known/jwks.json", "/.well-known/oauth-authorization-server":
		return 8
	default:
		return 40
	}
}

func (f *fuzzer) generator() *rapid.Generator[plan] {
	return rapid.Custom(func(t *rapid.T) plan {
		p := plan{base: f.draft(t)}
		twists := 0
		switch n := between(t, 0, 9); {
		case n >= 8:
			twists = between(t, 2, 4)
		case n >= 4:
			twists = 1
		}
		for range twists {
			p.twists = append(p.twists, f.twist(t, p.base))
		}
		return p
	})
}

// draft is a request with nothing wrong, from any caller: half of the time from one that may.
func (f *fuzzer) draft(t *rapid.T) *draft {
	if len(f.earlier) > 0 && chance(t, 4) {
		return pick(t, f.earlier).clone() // once more, like a client that got no answer
	}
	o := pick(t, f.operations)
	d := &draft{Op: o, Method: o.Method, Caller: pick(t, f.cast.All)}
	if may := f.may[o.Service+o.String()]; len(may) > 0 && chance(t, 70) {
		d.Caller = pick(t, may)
	}
	if o.Path == "/token" && chance(t, 70) {
		d.Caller = f.cast.Named("nadie") // a client that sends its name in the form must not also send it in a header
	}
	d.Path = f.path(t, o, d.Caller)
	for _, ref := range o.Spec.Parameters {
		p := ref.Value
		switch {
		case p.In == "query" && chance(t, 40):
			d.Query = append(d.Query, pair{p.Name, url.QueryEscape(plain(f.value(t, p.Schema.Value, p.Name)))})
		case p.In == "header" && chance(t, 40):
			if value := f.headerValue(t, p.Name); value != "" {
				d.set(p.Name, value)
			}
		}
	}
	if token := d.Caller.Tokens[o.Service]; token != "" && d.header("Authorization") == "" {
		d.set("Authorization", "Bearer "+token)
	}
	f.fill(t, d)
	return d
}

// path has every parameter filled in, mostly with something that is there.
func (f *fuzzer) path(t *rapid.T, o openapi.Operation, caller matrix.Caller) string {
	path := o.Path
	for _, ref := range o.Spec.Parameters {
		if ref.Value.In != "path" {
			continue
		}
		value := fmt.Sprint(f.pool.product(t))
		switch {
		case strings.HasPrefix(path, "/productos/") && o.Method != "GET":
			value = fmt.Sprint(f.pool.expendable(t))
		case strings.HasPrefix(path, "/pedidos/") && len(f.pool.orders) > 0:
			value = fmt.Sprint(pick(t, f.pool.orders))
			if own := f.pool.own[caller.Name]; len(own) > 0 && chance(t, 60) {
				value = fmt.Sprint(pick(t, own))
			}
		case strings.HasPrefix(path, "/devoluciones/"):
			value = uuid.NewSHA1(uuid.Nil, []byte(word(t, 4))).String() // few enough to come again
		case strings.HasPrefix(path, "/reservas/"):
			value = uuid.NewSHA1(uuid.Nil, []byte(word(t, 8))).String()
			if n := len(f.pool.reservations); n > 0 && (o.Method != "PUT" || chance(t, 20)) && chance(t, 80) {
				value = f.pool.reservations[max(0, n-8)+below(t, min(n, 8))]
			}
		}
		if strings.HasPrefix(path, "/usuarios/") { // the callers must keep their roles
			value = fmt.Sprint(pick(t, []int64{f.pool.spareID, f.pool.spareID, 1 << 40}))
		} else if chance(t, 5) {
			value = plain(f.value(t, ref.Value.Schema.Value, ""))
		}
		path = strings.Replace(path, "{"+ref.Value.Name+"}", value, 1)
	}
	return path
}

func (f *fuzzer) headerValue(t *rapid.T, name string) string {
	switch name {
	case "Idempotency-Key":
		if len(f.pool.keys) > 0 && chance(t, 50) {
			return pick(t, f.pool.keys)
		}
		key := word(t, 10)
		f.pool.keys = remember(f.pool.keys, key)
		return key
	case "If-Match", "If-None-Match":
		return pick(t, []string{`"1"`, `"2"`, `"3"`, "*", `W/"1"`})
	default:
		return ""
	}
}

// fill adds the body that the operation asks for.
func (f *fuzzer) fill(t *rapid.T, d *draft) {
	if d.Op.Spec.RequestBody == nil {
		return
	}
	content := d.Op.Spec.RequestBody.Value.Content
	types := slices.Sorted(maps.Keys(content))
	media := types[0]
	if chance(t, 15) {
		media = pick(t, types)
	}
	d.set("Content-Type", media)
	d.Body = f.value(t, content[media].Schema.Value, "")
	switch d.Op.String() {
	case "POST /pedidos": // one of two forms; the document cannot say so
		f.oneForm(t, d)
	case "POST /inventario":
		if f.pool.bare != 0 && chance(t, 60) {
			d.Body.replace("producto_id", leaf(f.pool.bare))
		}
	case "POST /inventario/{producto_id}/recuento":
		var id int64
		if _, err := fmt.Sscanf(d.Path, "/inventario/%d/", &id); err == nil && f.pool.shelf[id] != 0 && chance(t, 70) {
			d.Body.replace("esperado", leaf(f.pool.shelf[id]))
			d.Body.replace("contado", leaf(f.pool.shelf[id]+int64(below(t, 7))-3))
		}
	case "POST /login": // a wrong guess names an unknown account, mostly: too many close the account for a while
		if chance(t, 70) {
			d.Body.replace("username", leaf(f.pool.guest.username))
			d.Body.replace("password", leaf(f.pool.guest.password))
		}
	case "POST /me/password", "PATCH /me":
		if known := f.passwords[d.Caller.Name]; known != "" && chance(t, 70) {
			d.Body.replace("actual", leaf(known))
		}
	}
	if media == "application/x-www-form-urlencoded" {
		d.Raw, d.Body = form(d.Body), nil
	}
}

func (f *fuzzer) oneForm(t *rapid.T, d *draft) {
	n := &node{kind: '{'}
	schema := d.Op.Spec.RequestBody.Value.Content["application/json"].Schema.Value
	if chance(t, 50) {
		n.put("producto_id", leaf(f.pool.product(t)))
		n.put("cantidad", leaf(between(t, 1, 5)))
		for _, name := range []string{"precio_esperado", "moneda_esperada"} {
			if chance(t, 15) {
				n.put(name, f.value(t, schema.Properties[name].Value, name))
			}
		}
	} else {
		n.put("lineas", f.value(t, schema.Properties["lineas"].Value, "lineas"))
	}
	d.Body = n
}

// plain is a value as a parameter has it: no quotes around text, commas between items.
func plain(n *node) string {
	if n.kind == '[' {
		var items []string
		for _, m := range n.members {
			items = append(items, plain(m))
		}
		return strings.Join(items, ",")
	}
	if v, err := decode([]byte(n.String())); err == nil {
		return fmt.Sprint(v)
	}
	return n.String()
}

func form(n *node) []byte {
	values := url.Values{}
	for i, m := range n.members {
		values.Set(strings.Trim(n.names[i], `"`), plain(m))
	}
	return []byte(values.Encode())
}
