package httpapi_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/inventario/adapters/httpapi"
)

const conClave = "Idempotency-Key"

func TestClave_una_peticion_repetida_se_hace_una_vez(t *testing.T) {
	t.Parallel()
	s := nuevo(t)
	for _, c := range []struct {
		metodo, ruta, body string
		status             int
	}{
		{"POST", "/inventario", `{"producto_id":1,"cantidad":10}`, http.StatusCreated},
		{"PATCH", "/inventario/1", `{"cantidad":4,"tipo_movimiento":"SALIDA"}`, http.StatusOK},
		{"PATCH", "/inventario/1", `{"cantidad":99,"tipo_movimiento":"MERMA"}`, http.StatusConflict},
		{"PATCH", "/inventario/2", `{"cantidad":1,"tipo_movimiento":"ENTRADA"}`, http.StatusNotFound},
	} {
		primera := s.pedir(t, almacen, c.metodo, c.ruta, c.body, conClave, c.body)
		require.Equal(t, c.status, primera.StatusCode, primera.texto)
		otra := s.pedir(t, almacen, c.metodo, c.ruta, c.body, conClave, c.body)
		assert.Equal(t, primera.StatusCode, otra.StatusCode)
		assert.Equal(t, primera.texto, otra.texto)
		assert.Equal(t, "true", otra.Header.Get("Idempotency-Replayed"))
		assert.Equal(t, primera.Header.Get("Location"), otra.Header.Get("Location"))
	}
	s.exigir(t, "1", 6, 0)
}

// After a crash between the effect and its answer, the key is bound and the client has no answer.
func TestClave_tras_una_caida_responde_lo_que_se_hizo(t *testing.T) {
	t.Parallel()
	s := nuevo(t)
	caer := func(ruta string) {
		_, err := s.db.Write().Exec(t.Context(), `UPDATE idempotency_keys
			SET status = NULL, header = NULL, body = NULL, expires_at = NULL, leased_until = created_at WHERE scope LIKE '%'||$1`, ruta)
		require.NoError(t, err)
	}
	alta := s.pedir(t, almacen, "POST", "/inventario", `{"producto_id":1,"cantidad":10,"minimo":3}`, conClave, "a")
	salida := s.pedir(t, almacen, "PATCH", "/inventario/1", `{"cantidad":4,"tipo_movimiento":"SALIDA"}`, conClave, "b")
	require.Equal(t, []int{201, 200}, []int{alta.StatusCode, salida.StatusCode})
	s.pedir(t, almacen, "PATCH", "/inventario/1", `{"cantidad":1,"tipo_movimiento":"ENTRADA"}`)
	caer("/inventario")
	caer("/inventario/1")
	s.catalogo.Caer() // the effect is stored: the retry needs no catalogue

	otraAlta := s.pedir(t, almacen, "POST", "/inventario", `{"producto_id":1,"cantidad":10,"minimo":3}`, conClave, "a")
	otraSalida := s.pedir(t, almacen, "PATCH", "/inventario/1", `{"cantidad":4,"tipo_movimiento":"SALIDA"}`, conClave, "b")
	assert.Equal(t, alta.texto, otraAlta.texto)
	assert.Equal(t, 201, otraAlta.StatusCode)
	assert.Equal(t, salida.texto, otraSalida.texto)
	assert.EqualValues(t, 6, leer[httpapi.Existencias](t, otraSalida).Fisico)
	s.exigir(t, "1", 7, 0)
}
