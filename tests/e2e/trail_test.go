package e2e_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/tests/shop"
)

// TestTrail: what happened to an account is read by an administrator, in pages, and is there after a restart. What was typed as
// an unknown name is in no row and in no line of the log.
func TestTrail(t *testing.T) {
	t.Parallel()
	shop.Each(t, func(t *testing.T, s *shop.Shop) {
		const secret = "frase-tecleada-donde-va-el-nombre"
		user := s.Must(201, "auth", "POST", "/register", "", shop.Object{
			"username": "rastreada", "email": "rastreada@tienda.example", "password": "una-frase-larga-y-propia",
		}).Int("id")
		wrong := shop.Object{"username": "rastreada", "password": "no-es-esta-frase"}
		for range 3 {
			s.Must(401, "auth", "POST", "/login", "", wrong)
		}
		s.Must(401, "auth", "POST", "/login", "", shop.Object{"username": secret, "password": "no-es-esta-frase"})
		path := fmt.Sprintf("/usuarios/%d", user)
		for _, change := range []shop.Object{{"rol": "almacen"}, {"activo": false}, {"activo": true}} {
			s.Must(200, "auth", "PATCH", path, s.Admin(), change)
		}
		s.Restart("auth")

		var kinds []string
		for next := fmt.Sprintf("/auditoria?usuario_id=%d&limite=1", user); next != ""; {
			page := s.Must(200, "auth", "GET", next, s.Admin(), nil)
			kinds = append(kinds, page.Text("0.tipo"))
			assert.Equal(t, user, page.Int("0.usuario_id"))
			assert.Equal(t, "127.0.0.1", page.Text("0.direccion"))
			switch page.Text("0.tipo") {
			case "ROL_CAMBIADO":
				assert.Equal(t, []string{"cliente", "almacen"}, []string{page.Text("0.detalle.de"), page.Text("0.detalle.a")})
				assert.EqualValues(t, 1, page.Int("0.actor_id"))
			case "ACCESO_FALLIDO":
				assert.Nil(t, page.Value("0.actor_id"))
			}
			next = page.Next(next)
		}
		require.Equal(t, []string{"CUENTA_ABIERTA", "CUENTA_CERRADA", "ROL_CAMBIADO"}, kinds[:3])
		failed := s.Must(200, "auth", "GET", fmt.Sprintf("/auditoria?tipo=ACCESO_FALLIDO&usuario_id=%d", user), s.Admin(), nil)
		times := int64(0)
		for i := range kinds[3:] { // two rows when a quarter of an hour begins meanwhile
			times += failed.Int(fmt.Sprintf("%d.detalle.veces", i))
		}
		assert.EqualValues(t, 3, times)
		all := s.Must(200, "auth", "GET", "/auditoria", s.Admin(), nil)
		assert.NotContains(t, string(all.Body), secret)
		assert.NotContains(t, s.Output("auth"), secret)
		assert.Equal(t, 403, s.Call("auth", "GET", "/auditoria", s.Customer(), nil).Status)
	})
}
