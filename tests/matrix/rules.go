package matrix

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/google/uuid"

	"github.com/tienda-go/tienda/tests/launcher"
	"github.com/tienda-go/tienda/tests/shop"
)

// Request is a good request for an operation: every caller that may send it gets Success.
type Request struct {
	Path    string
	Body    any
	Headers []string
}

// Case is one way to use an operation.
type Case struct {
	Name    string // what is special about it; "" = nothing
	Success int
	Wrong   int // how it refuses a wrong request; 0 = 422
	Ask     func(w *World, c Caller) Request
	Rule    func(c Caller) int // what the application decides beyond `security`, a status or 0; nil = nothing
	Ends    bool               // it ends the caller's sessions, and answers with tokens of a new one
}

// may allows callers with a scope that the operation's security does not name.
func may(service, scope string) func(Caller) int {
	return func(c Caller) int {
		if slices.Contains(c.Scopes[service], scope) {
			return 0
		}
		return http.StatusForbidden
	}
}

// ofA is about something of cliente A: for others without the scope it does not exist.
func ofA(scope string) func(Caller) int {
	return func(c Caller) int {
		if c.Name == "cliente A" || slices.Contains(c.Scopes["pedidos"], scope) {
			return 0
		}
		return http.StatusNotFound
	}
}

// Rules has every operation, by service, method and path.
func Rules() map[string][]Case {
	rules := map[string][]Case{
		"auth GET /.well-known/jwks.json":                  {get("/.well-known/jwks.json")},
		"auth GET /.well-known/oauth-authorization-server": {get("/.well-known/oauth-authorization-server")},
		"auth GET /me":              {get("/me")},
		"auth PATCH /me":            {{Success: 200, Ask: newAddress}},
		"auth POST /me/password":    {{Success: 200, Ask: samePassword, Ends: true}},
		"auth POST /register":       {{Success: 201, Ask: register}},
		"auth POST /login":          {{Success: 200, Ask: login}},
		"auth POST /refresh":        {{Success: 200, Ask: refresh("/refresh")}},
		"auth POST /logout":         {{Success: 204, Ask: refresh("/logout")}},
		"auth POST /token":          {{Success: 200, Wrong: 400, Ask: token, Rule: noBearer}},
		"auth GET /revocaciones":    {get("/revocaciones")},
		"auth GET /usuarios":        {get("/usuarios")},
		"auth GET /usuarios/{id}":   {{Success: 200, Ask: account()}},
		"auth PATCH /usuarios/{id}": {{Success: 200, Ask: account("rol", "catalogo")}},
		"auth POST /claves/rotar":   {get("/claves/rotar")},
		"auth GET /auditoria":       {get("/auditoria")},
		"productos GET /productos": {
			get("/productos"),
			{Name: "estado", Success: 200, Ask: get("/productos?estado=BORRADOR").Ask, Rule: may("productos", "productos:escribir")},
		},
		"productos POST /productos": {{Success: 201, Ask: newProduct}},
		"productos GET /productos/{id}": {
			{Success: 200, Ask: product("")},
			{Name: "BORRADOR", Success: 200, Ask: draft, Rule: seesDrafts},
		},
		"productos PATCH /productos/{id}":          {{Success: 200, Ask: product("", "precio", 11)}},
		"productos DELETE /productos/{id}":         {{Success: 204, Ask: product("")}},
		"productos POST /productos/{id}/restaurar": {{Success: 200, Ask: archived}},
		"inventario GET /inventario":               {get("/inventario")},
		"inventario POST /inventario":              {{Success: 201, Ask: newStock}},
		"inventario GET /inventario/verificacion": {
			get("/inventario/verificacion"),
			{Name: "desde_cero", Success: 202, Ask: get("/inventario/verificacion?desde_cero=true").Ask},
		},
		"inventario GET /inventario/verificacion/{id}":    {{Success: 200, Ask: verification}},
		"inventario PUT /inventario/{producto_id}/minimo": {{Success: 200, Ask: stock("/minimo", "minimo", 1)}},
		"inventario GET /disponibilidad":                  {{Success: 200, Ask: availability}},
		"inventario PUT /devoluciones/{id}":               {{Success: 201, Ask: giveBack}},
		"inventario GET /inventario/{producto_id}": {{Success: 200, Ask: stock("")},
			{Name: "en", Success: 200, Ask: past, Rule: may("inventario", "inventario:leer")}},
		"inventario PATCH /inventario/{producto_id}": {
			{Success: 200, Ask: stock("", "cantidad", 1, "tipo_movimiento", "ENTRADA")},
		},
		"inventario GET /inventario/{producto_id}/movimientos": {{Success: 200, Ask: stock("/movimientos")}},
		"inventario POST /inventario/{producto_id}/recuento":   {{Success: 200, Ask: count}},
		"inventario GET /reservas/{id}":                        {{Success: 200, Ask: held("")}},
		"inventario PUT /reservas/{id}":                        {{Success: 201, Ask: hold}},
		"inventario POST /reservas/{id}/consumir":              {{Success: 200, Ask: held("/consumir")}},
		"inventario POST /reservas/{id}/liberar":               {{Success: 200, Ask: held("/liberar")}},
		"pedidos GET /pedidos": {
			get("/pedidos"),
			{Name: "producto_id", Success: 200, Ask: ordersOf("producto_id"), Rule: may("pedidos", "pedidos:leer")},
			{Name: "usuario_id", Success: 200, Ask: ordersOf("usuario_id"), Rule: may("pedidos", "pedidos:leer")},
		},
		"pedidos POST /pedidos":                   {{Success: 201, Ask: order}},
		"pedidos GET /pedidos/{id}":               {{Success: 200, Ask: orderOfA(""), Rule: ofA("pedidos:leer")}},
		"pedidos GET /pedidos/{id}/explicacion":   {{Success: 200, Ask: orderOfA("/explicacion"), Rule: ofA("pedidos:leer")}},
		"pedidos POST /pedidos/{id}/aceptar":      {{Success: 200, Ask: orderOfA("/aceptar", "referencia", "pago 1")}},
		"pedidos POST /pedidos/{id}/devoluciones": {{Success: 201, Ask: returned}},
		"pedidos GET /pedidos/{id}/devoluciones":  {{Success: 200, Ask: orderOfA("/devoluciones"), Rule: ofA("pedidos:leer")}},
		"pedidos PATCH /pedidos/{id}": {
			{Name: "CANCELADO", Success: 200, Ask: orderOfA("", "estado", "CANCELADO"), Rule: ofA("pedidos:gestionar")},
			{Name: "COMPLETADO", Success: 200, Ask: orderOfA("", "estado", "COMPLETADO"), Rule: complete},
		},
	}
	for _, service := range launcher.Names() {
		for _, path := range []string{"/health/live", "/health/ready"} {
			rules[service+" GET "+path] = []Case{get(path)}
		}
	}
	return rules
}

// get is an operation that needs no more than its path.
func get(path string) Case {
	return Case{Success: 200, Ask: func(*World, Caller) Request { return Request{Path: path} }}
}

// noBearer: at POST /token the Authorization header is for HTTP Basic, but this client sends its name in the form: it must not
// use both.
func noBearer(c Caller) int {
	if c.Anonymous() {
		return 0
	}
	return http.StatusBadRequest
}

// complete: a caller that may not see the order gets 404, its owner 403; a caller that manages orders may complete it.
func complete(c Caller) int {
	if hidden := ofA("pedidos:leer")(c); hidden != 0 {
		return hidden
	}
	return may("pedidos", "pedidos:gestionar")(c)
}

func newAddress(w *World, c Caller) Request {
	return Request{Path: "/me", Body: shop.Object{"email": w.unique("correo") + "@tienda.example", "actual": c.Password}}
}

func samePassword(w *World, c Caller) Request {
	return Request{Path: "/me/password", Body: shop.Object{"actual": c.Password, "nueva": c.Password}}
}

func register(w *World, c Caller) Request {
	name := w.unique("recien-llegada")
	return Request{Path: "/register",
		Body: shop.Object{"username": name, "email": name + "@tienda.example", "password": "frase larga y propia " + name}}
}

func login(w *World, c Caller) Request {
	a := w.cast.Named("cliente A")
	return Request{Path: "/login", Body: shop.Object{"username": a.Username, "password": a.Password}}
}

func refresh(path string) func(*World, Caller) Request {
	return func(w *World, c Caller) Request {
		session := w.shop.Must(200, "auth", "POST", "/login", "", login(w, c).Body)
		return Request{Path: path, Body: shop.Object{"refresh_token": session.Text("refresh_token")}}
	}
}

func token(w *World, c Caller) Request {
	form := url.Values{"grant_type": {"client_credentials"}, "audience": {"auth"}, "client_id": {"productos"},
		"client_secret": {Secrets()[secretOf("productos")]}}
	return Request{Path: "/token", Body: form.Encode(), Headers: []string{"Content-Type", "application/x-www-form-urlencoded"}}
}

// account is about a user who has just registered.
func account(members ...any) func(*World, Caller) Request {
	return func(w *World, c Caller) Request {
		id := w.shop.Must(201, "auth", "POST", "/register", "", register(w, c).Body).Int("id")
		return Request{Path: fmt.Sprintf("/usuarios/%d", id), Body: object(members)}
	}
}

func newProduct(w *World, c Caller) Request {
	return Request{Path: "/productos", Body: shop.Object{"nombre": w.unique("Taza"), "precio": 3.5}}
}

func product(suffix string, members ...any) func(*World, Caller) Request {
	return func(w *World, c Caller) Request {
		return Request{Path: fmt.Sprintf("/productos/%d%s", w.newProduct(), suffix), Body: object(members)}
	}
}

// archived is about a product that is off sale and can come back.
func archived(w *World, c Caller) Request {
	path := fmt.Sprintf("/productos/%d", w.newProduct())
	w.shop.Must(204, "productos", "DELETE", path, w.shop.Admin(), nil)
	return Request{Path: path + "/restaurar"}
}

// draft is about a product that is not on sale yet.
func draft(w *World, c Caller) Request {
	body := newProduct(w, c).Body.(shop.Object)
	body["estado"] = "BORRADOR"
	id := w.shop.Must(201, "productos", "POST", "/productos", w.shop.Admin(), body).Int("id")
	return Request{Path: fmt.Sprintf("/productos/%d", id)}
}

// seesDrafts: for other callers a draft does not exist.
func seesDrafts(c Caller) int {
	if may("productos", "productos:escribir")(c) == 0 || may("productos", "productos:leer")(c) == 0 {
		return 0
	}
	return http.StatusNotFound
}

func newStock(w *World, c Caller) Request {
	return Request{Path: "/inventario", Body: shop.Object{"producto_id": w.newProduct(), "cantidad": 5}}
}

func stock(suffix string, members ...any) func(*World, Caller) Request {
	return func(w *World, c Caller) Request {
		return Request{Path: fmt.Sprintf("/inventario/%d%s", w.stocked, suffix), Body: object(members)}
	}
}

func past(w *World, c Caller) Request {
	return Request{Path: fmt.Sprintf("/inventario/%d?en=%s", w.stocked, url.QueryEscape(w.since))}
}

func count(w *World, c Caller) Request {
	id := w.shop.Product(5)
	return Request{Path: fmt.Sprintf("/inventario/%d/recuento", id), Body: shop.Object{"contado": 4, "esperado": 5}}
}

func hold(w *World, c Caller) Request {
	return Request{Path: "/reservas/" + uuid.NewString(),
		Body: shop.Object{"lineas": []shop.Object{{"producto_id": w.stocked, "cantidad": 1}}}}
}

func giveBack(w *World, c Caller) Request {
	r := hold(w, c)
	body := r.Body.(shop.Object)
	body["referencia"] = "pedido 1"
	return Request{Path: "/devoluciones/" + uuid.NewString(), Body: body}
}

func availability(w *World, c Caller) Request {
	return Request{Path: fmt.Sprintf("/disponibilidad?ids=%d", w.stocked)}
}

func verification(w *World, c Caller) Request {
	id := w.shop.Must(202, "inventario", "GET", "/inventario/verificacion?desde_cero=true", w.shop.Admin(), nil).Int("id")
	return Request{Path: fmt.Sprintf("/inventario/verificacion/%d", id)}
}

func held(suffix string) func(*World, Caller) Request {
	return func(w *World, c Caller) Request {
		r := hold(w, c)
		w.shop.Must(201, "inventario", "PUT", r.Path, w.cast.Named("servicio pedidos").Tokens["inventario"], r.Body)
		return Request{Path: r.Path + suffix}
	}
}

func order(w *World, c Caller) Request {
	return Request{Path: "/pedidos", Body: shop.Object{"producto_id": w.stocked, "cantidad": 1}}
}

// ordersOf filters by something that no caller owns: a product, or a user who has never been.
func ordersOf(filter string) func(*World, Caller) Request {
	return func(w *World, c Caller) Request {
		value := w.stocked
		if filter == "usuario_id" {
			value = 1 << 40
		}
		return Request{Path: fmt.Sprintf("/pedidos?%s=%d", filter, value)}
	}
}

// returned is about an order that was completed.
func returned(w *World, c Caller) Request {
	path := fmt.Sprintf("/pedidos/%d", w.orderOfA())
	w.shop.Must(200, "pedidos", "PATCH", path, w.cast.Named("admin").Tokens["pedidos"], shop.Object{"estado": "COMPLETADO"})
	return Request{Path: path + "/devoluciones",
		Body: shop.Object{"lineas": []shop.Object{{"producto_id": w.stocked, "cantidad": 1}}, "reponer": true}}
}

func orderOfA(suffix string, members ...any) func(*World, Caller) Request {
	return func(w *World, c Caller) Request {
		return Request{Path: fmt.Sprintf("/pedidos/%d%s", w.orderOfA(), suffix), Body: object(members)}
	}
}
