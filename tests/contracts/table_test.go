//go:build pact

package contracts

import (
	"encoding/json"
	"strings"
)

var (
	everybody = []string{"inventario", "pedidos", "productos"}
	catalogue = []string{"inventario", "pedidos"} // the services that read it
)

// changes are what teams do to their answers. A team may make those that break no consumer without asking.
var changes = []change{
	{name: "id is renamed", provider: "productos", path: `^/productos`, answer: each(rename("id", "producto_id")),
		breaks: catalogue},
	{name: "id becomes text", provider: "productos", path: `^/productos`, answer: each(asText("id")), breaks: catalogue},
	{name: "nombre is renamed", provider: "productos", path: `^/productos`, answer: each(rename("nombre", "titulo")),
		breaks: []string{"pedidos"}},
	{name: "nombre is null", provider: "productos", path: `^/productos`, answer: each(set("nombre", nil)),
		breaks: []string{"pedidos"}},
	{name: "precio is dropped", provider: "productos", path: `^/productos`, answer: each(drop("precio")),
		breaks: []string{"pedidos"}},
	{name: "precio becomes text", provider: "productos", path: `^/productos`, answer: each(asText("precio")),
		breaks: []string{"pedidos"}},
	{name: "precio is in cents", provider: "productos", path: `^/productos`, answer: each(set("precio", 2490)),
		breaks: []string{"pedidos"}},
	{
		name: "precio becomes an object", provider: "productos", path: `^/productos`,
		answer: each(set("precio", object{"importe": 10, "moneda": "EUR"})), breaks: []string{"pedidos"},
	},
	{name: "moneda becomes a sign", provider: "productos", path: `^/productos`, answer: each(set("moneda", "€")),
		breaks: []string{"pedidos"}},
	{name: "estado has a further value", provider: "productos", path: `^/productos`, answer: each(set("estado", "AGOTADO")),
		breaks: catalogue},
	{name: "estado is written small", provider: "productos", path: `^/productos`, answer: each(func(o map[string]any) {
		if estado, ok := o["estado"].(string); ok {
			o["estado"] = strings.ToLower(estado)
		}
	}), breaks: catalogue},
	{name: "oculto is dropped", provider: "productos", path: `^/productos`, answer: each(drop("oculto")),
		breaks: []string{"pedidos"}},
	{
		name: "the list is wrapped in an object", provider: "productos", path: `^/productos$`,
		answer: func(a *answer) {
			if list, ok := a.body.([]any); ok {
				a.body = object{"items": list}
			}
		}, breaks: catalogue,
	},
	{name: "an unknown product is 410", provider: "productos", path: `^/productos/`, answer: status(404, 410),
		breaks: []string{"inventario"}},
	{
		name: "PRODUCTO_NO_EXISTE is renamed", provider: "productos", path: `^/productos/`,
		answer: refusal("PRODUCTO_NO_EXISTE", func(_ *answer, o map[string]any) { o["codigo"] = "NO_ENCONTRADO" }),
		breaks: []string{"inventario"},
	},
	{
		name: "Retry-After is dropped", provider: "productos", path: `^/productos`,
		answer: func(a *answer) { a.header.Del("Retry-After") }, breaks: catalogue,
	},
	{name: "a database that is down is 500", provider: "productos", path: `^/productos`, answer: status(503, 500),
		breaks: catalogue},
	{
		name: "a refusal is application/json", provider: "productos", path: `^/productos`,
		answer: func(a *answer) {
			if a.status >= 400 {
				a.header.Set("Content-Type", "application/json")
			}
		}, breaks: catalogue,
	},

	{name: "a new reservation is 202", provider: "inventario", path: `^/reservas`, answer: status(201, 202),
		breaks: []string{"pedidos"}},
	{name: "a reservation's estado is dropped", provider: "inventario", path: `^/reservas`, answer: each(drop("estado")),
		breaks: []string{"pedidos"}},
	{
		name: "LIBERADA is renamed", provider: "inventario", path: `^/reservas`, answer: each(func(o map[string]any) {
			if o["estado"] == "LIBERADA" {
				o["estado"] = "CANCELADA"
			}
		}), breaks: []string{"pedidos"},
	},
	{
		name: "STOCK_INSUFICIENTE is renamed", provider: "inventario", path: `^/reservas`,
		answer: refusal("STOCK_INSUFICIENTE", func(_ *answer, o map[string]any) { o["codigo"] = "SIN_EXISTENCIAS" }),
		breaks: []string{"pedidos"},
	},
	{
		name: "disponible becomes text", provider: "inventario", path: `^/reservas`,
		answer: refusal("STOCK_INSUFICIENTE", func(_ *answer, o map[string]any) { inner("lineas", asText("disponible"))(o) }),
		breaks: []string{"pedidos"},
	},
	{
		name: "what is lacking is called faltas", provider: "inventario", path: `^/reservas`,
		answer: refusal("STOCK_INSUFICIENTE", func(_ *answer, o map[string]any) { rename("lineas", "faltas")(o) }),
		breaks: []string{"pedidos"},
	},
	{
		name: "RESERVA_TERMINADA is 410", provider: "inventario", path: `^/reservas`,
		answer: refusal("RESERVA_TERMINADA", func(a *answer, _ map[string]any) { a.status = 410 }), breaks: []string{"pedidos"},
	},
	{
		name: "an unknown reservation is 409", provider: "inventario", path: `^/reservas`,
		answer: refusal("RESERVA_NO_EXISTE", func(a *answer, _ map[string]any) { a.status = 409 }), breaks: []string{"pedidos"},
	},
	{
		name: "almacen is required", provider: "inventario", path: `^/reservas/[^/]+$`,
		request: func(body object) bool { return body["almacen"] != nil }, breaks: []string{"pedidos"},
	},
	{name: "a new return is 202", provider: "inventario", path: `^/devoluciones`, answer: status(201, 202),
		breaks: []string{"pedidos"}},
	{name: "a return's id is renamed", provider: "inventario", path: `^/devoluciones`, answer: each(rename("id", "devolucion_id")),
		breaks: []string{"pedidos"}},
	{name: "a token that is refused is 403", provider: "inventario", path: `^/reservas`, answer: status(401, 403),
		breaks: []string{"pedidos"}},

	{name: "access_token is renamed", provider: "auth", path: `^/token`, answer: each(rename("access_token", "token")),
		breaks: everybody},
	{name: "expires_in becomes text", provider: "auth", path: `^/token`, answer: each(asText("expires_in")), breaks: everybody},
	{name: "token_type is another", provider: "auth", path: `^/token`, answer: each(set("token_type", "DPoP")), breaks: everybody},
	{name: "keys of another kind", provider: "auth", path: `jwks`, answer: each(inner("keys", set("kty", "EC"))), breaks: everybody},
	{name: "keys for another algorithm", provider: "auth", path: `jwks`, answer: each(inner("keys", set("alg", "Ed25519"))),
		breaks: everybody},
	{name: "keys for another use", provider: "auth", path: `jwks`, answer: each(inner("keys", set("use", "enc"))),
		breaks: everybody},
	{name: "a key without kid", provider: "auth", path: `jwks`, answer: each(inner("keys", drop("kid"))), breaks: everybody},
	{name: "desde becomes a number", provider: "auth", path: `^/revocaciones`,
		answer: each(inner("usuarios", set("desde", 1700000000))), breaks: everybody},
	{
		name: "desde has another format", provider: "auth", path: `^/revocaciones`,
		answer: each(inner("usuarios", set("desde", "23/11/2026 10:00"))), breaks: everybody,
	},
	{name: "sesiones is dropped", provider: "auth", path: `^/revocaciones`, answer: each(drop("sesiones")), breaks: everybody},

	{name: "a product has a further member", provider: "productos", path: `^/productos`,
		answer: each(func(o map[string]any) { o["peso_gramos"] = 120 })},
	{name: "descripcion is dropped", provider: "productos", path: `^/productos`, answer: each(drop("descripcion"))},
	{name: "sku becomes a number", provider: "productos", path: `^/productos`, answer: each(set("sku", 7))},
	{name: "precio has one decimal", provider: "productos", path: `^/productos`, answer: each(set("precio", json.Number("24.9")))},
	{name: "members in another order", provider: "productos", path: `^/productos/`, answer: reversed},
	{
		name: "a further header", provider: "productos", path: `^/productos`,
		answer: func(a *answer) { a.header.Set("X-Catalogo", "2") },
	},
	{
		name: "the detail of a refusal is worded otherwise", provider: "productos", path: `^/productos`,
		answer: refusal("PRODUCTO_NO_EXISTE", func(_ *answer, o map[string]any) { o["detail"] = "No hay tal producto." }),
	},
	{name: "a return has a further member", provider: "inventario", path: `^/devoluciones`,
		answer: each(func(o map[string]any) { o["almacen"] = "central" })},
	{name: "a reservation has a further member", provider: "inventario", path: `^/reservas`,
		answer: each(func(o map[string]any) { o["almacen"] = "central" })},
	{
		name: "a request may have a further member", provider: "inventario", path: `^/reservas/[^/]+$`,
		request: func(body object) bool { _, wrong := body["almacen"].(float64); return !wrong },
	},
	{name: "a key has a further member", provider: "auth", path: `jwks`,
		answer: each(inner("keys", func(o map[string]any) { o["x5t"] = "abc" }))},
	{name: "scope is left out of the token's answer", provider: "auth", path: `^/token`, answer: each(drop("scope"))},
	{name: "revocations say when they were made", provider: "auth", path: `^/revocaciones`,
		answer: each(func(o map[string]any) { o["a_las"] = "2026-01-01T00:00:00Z" })},
}
