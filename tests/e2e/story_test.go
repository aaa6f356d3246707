// Package e2e tests the four real services as processes, over HTTP, on both databases.
package e2e_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/tests/shop"
	"github.com/tienda-go/tienda/tests/story"
	"github.com/tienda-go/tienda/tests/terminal"
)

// TestStory is `make demo`. It runs twice, because it must be repeatable in the same shop.
func TestStory(t *testing.T) {
	t.Parallel()
	shop.Each(t, func(t *testing.T, s *shop.Shop) {
		for range 2 {
			require.NoError(t, story.Tell(t.Context(), story.Options{
				URL: s.URL, Username: shop.AdminUsername, Password: shop.AdminPassword, Out: terminal.New(t.Output()),
			}))
		}
	})
}

// TestOldClient is the flow of the FastAPI system that this one replaces, with the same paths and fields: a client of that
// system can buy here. Only the statuses follow HTTP now (201, 409).
func TestOldClient(t *testing.T) {
	t.Parallel()
	shop.Each(t, func(t *testing.T, s *shop.Shop) {
		registered := s.Must(201, "auth", "POST", "/register", "", shop.Object{
			"username": "ana", "email": "ana@example.com", "password": "contraseña de ana",
		})
		assert.Equal(t, "ana", registered.Text("username"))
		assert.NotContains(t, string(registered.Body), "password")
		login := s.Must(200, "auth", "POST", "/login", "", shop.Object{"username": "ana", "password": "contraseña de ana"})
		assert.Equal(t, "bearer", login.Text("token_type"))
		assert.NotEmpty(t, login.Text("access_token"))

		admin := s.Admin()
		product := s.Must(201, "productos", "POST", "/productos", admin, shop.Object{
			"nombre": "Teclado", "descripcion": "Mecánico, en español", "precio": 49.99,
		})
		assert.EqualValues(t, 1, product.Int("id"))
		assert.Equal(t, 49.99, product.Value("precio"))
		stock := s.Must(201, "inventario", "POST", "/inventario", admin, shop.Object{"producto_id": 1, "cantidad": 20})
		assert.EqualValues(t, 20, stock.Int("cantidad"))

		order := s.Must(201, "pedidos", "POST", "/pedidos", admin, shop.Object{"producto_id": 1, "cantidad": 5})
		assert.Equal(t, "PENDIENTE", order.Text("estado"))
		assert.EqualValues(t, 1, order.Int("producto_id"))
		assert.EqualValues(t, 5, order.Int("cantidad"))
		assert.Equal(t, 249.95, order.Value("total"))
		assert.EqualValues(t, 15, s.Must(200, "inventario", "GET", "/inventario/1", admin, nil).Int("cantidad"))

		cancelled := s.Must(200, "pedidos", "PATCH", fmt.Sprintf("/pedidos/%d", order.Int("id")), admin,
			shop.Object{"estado": "CANCELADO"})
		assert.Equal(t, "CANCELADO", cancelled.Text("estado"))
		assert.EqualValues(t, 20, s.Must(200, "inventario", "GET", "/inventario/1", admin, nil).Int("cantidad"))

		entry := s.Must(200, "inventario", "PATCH", "/inventario/1", admin, shop.Object{"cantidad": 3, "tipo_movimiento": "ENTRADA"})
		assert.EqualValues(t, 23, entry.Int("cantidad"))
		assert.EqualValues(t, 1, s.Must(200, "productos", "GET", "/productos", "", nil).Int("0.id"))
		assert.EqualValues(t, 1, s.Must(200, "inventario", "GET", "/inventario", admin, nil).Int("0.producto_id"))
		assert.EqualValues(t, 1, s.Must(200, "pedidos", "GET", "/pedidos", admin, nil).Int("0.id"))
	})
}
