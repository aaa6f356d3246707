package browser

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/tests/shop"
)

// TestDocs tries the shop out as a newcomer does, with nothing but the four documentation pages: log in, authorize, put a product on
// sale, give it stock, register as a customer, and order it.
func TestDocs(t *testing.T) {
	t.Parallel()
	browser := start(t)
	s := shop.New(t, shop.Options{})
	at := func(service string, steps func(p *page)) {
		t.Helper()
		address, err := url.Parse(s.URL(service))
		require.NoError(t, err)
		p := open(t, browser, s.URL(service)+"/docs")
		steps(p)
		p.close(address.Host)
	}
	created := func(p *page, operation string, body any) map[string]any {
		t.Helper()
		status, answer := p.execute(operation, body)
		require.Equal(t, "201", status, "%s: %v", operation, answer)
		return answer
	}

	var admin, customer string
	at("auth", func(p *page) {
		p.looks([]string{"Sesiones", "Perfil", "Usuarios", "Tokens", "Salud"}, "iniciarSesion", "obtenerPerfil")
		status, session := p.execute("iniciarSesion", shop.Object{"username": shop.AdminUsername, "password": shop.AdminPassword})
		require.Equal(t, "200", status, session)
		admin = session["access_token"].(string)
		created(p, "registrarUsuario", asItStands)
	})
	at("auth", func(p *page) {
		status, session := p.execute("iniciarSesion", asItStands)
		require.Equal(t, "200", status, session)
		customer = session["access_token"].(string)
	})
	var product any
	at("productos", func(p *page) {
		p.authorize(admin)
		product = created(p, "crearProducto", shop.Object{"nombre": "Cafetera", "descripcion": "Para dos tazas", "precio": 24.9})["id"]
	})
	at("inventario", func(p *page) {
		p.authorize(admin)
		created(p, "crearInventario", shop.Object{"producto_id": product, "cantidad": 10})
	})
	at("pedidos", func(p *page) {
		p.looks([]string{"Pedidos", "Salud"}, "listoPedidos", "crearPedido")
		p.authorize(customer)
		order := created(p, "crearPedido", asItStands)
		assert.Equal(t, "PENDIENTE", order["estado"])
		assert.InDelta(t, 24.9, order["total"], 1e-9)
	})
}
