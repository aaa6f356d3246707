package httpapi_test

import (
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/httpserver"

	"github.com/tienda-go/tienda/pedidos/domain"
	"github.com/tienda-go/tienda/pedidos/ports/portstest"
)

const (
	clave = "Idempotency-Key"
	dos   = `{"producto_id":1,"cantidad":2}`
)

// suyos counts the orders of a user.
func (s *tienda) suyos(t *testing.T, quien string) int {
	t.Helper()
	var lista []any
	require.NoError(t, json.Unmarshal([]byte(s.llamar(t, quien, "GET", "/pedidos", "").raw), &lista))
	return len(lista)
}

func TestClave(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]func(t *testing.T, s *tienda){
		"la_misma_peticion_recibe_la_misma_respuesta": func(t *testing.T, s *tienda) {
			primera := s.llamar(t, "ana", "POST", "/pedidos", dos, clave, "k")
			require.Equal(t, 201, primera.status, primera.raw)
			otra := s.llamar(t, "ana", "POST", "/pedidos", ` { "cantidad" : 2.0, "producto_id" : 1 } `, clave, "k")
			assert.Equal(t, primera.raw, otra.raw)
			assert.Equal(t, "true", otra.header.Get("Idempotency-Replayed"))
			for _, h := range []string{"Location", "Etag", "Content-Type"} {
				assert.Equal(t, primera.header.Get(h), otra.header.Get(h), h)
			}
			de := s.llamar(t, "berta", "POST", "/pedidos", dos, clave, "k")
			assert.Equal(t, 201, de.status)
			assert.NotEqual(t, primera.body["id"], de.body["id"], "another's key is another key")
			reutilizada := s.llamar(t, "ana", "POST", "/pedidos", `{"producto_id":1,"cantidad":1}`, clave, "k")
			assert.Equal(t, 422, reutilizada.status)
			assert.Equal(t, "CLAVE_REUTILIZADA", reutilizada.body["codigo"])
			assert.Equal(t, 1, s.suyos(t, "ana"))
			assert.EqualValues(t, 6, s.reservas.VerLibres(1))
		},
		"tras_un_503_se_reanuda": func(t *testing.T, s *tienda) {
			s.reservas.Fallar(portstest.SeResponde)
			primera := s.llamar(t, "ana", "POST", "/pedidos", dos, clave, "k")
			require.Equal(t, 503, primera.status)
			assert.Equal(t, 1, s.suyos(t, "ana"))
			otra := s.llamar(t, "ana", "POST", "/pedidos", dos, clave, "k")
			require.Equal(t, 201, otra.status, otra.raw)
			assert.Equal(t, "RESERVADO", otra.body["fase"])
			assert.Equal(t, 1, s.suyos(t, "ana"))
			assert.EqualValues(t, 8, s.reservas.VerLibres(1))
			assert.Equal(t, otra.raw, s.llamar(t, "ana", "POST", "/pedidos", dos, clave, "k").raw)
		},
		"cancelado_tras_un_503_responde_200_como_esta": func(t *testing.T, s *tienda) {
			s.reservas.Fallar(portstest.SeResponde)
			require.Equal(t, 503, s.llamar(t, "ana", "POST", "/pedidos", dos, clave, "k").status)
			require.Equal(t, 200, s.llamar(t, "ana", "PATCH", "/pedidos/1", `{"estado":"CANCELADO"}`).status)
			otra := s.llamar(t, "ana", "POST", "/pedidos", dos, clave, "k")
			require.Equal(t, 200, otra.status, "nothing was created that stands: %s", otra.raw)
			assert.Equal(t, "CANCELADO", otra.body["estado"])
			assert.Equal(t, "USUARIO", otra.body["motivo_cancelacion"])
			assert.Empty(t, otra.header.Get("Location"))
			assert.Equal(t, otra.raw, s.llamar(t, "ana", "POST", "/pedidos", dos, clave, "k").raw)
			assert.EqualValues(t, 10, s.reservas.VerLibres(1))
		},
		"tras_morir_antes_de_responder_se_reanuda": func(t *testing.T, s *tienda) {
			primera := s.llamar(t, "ana", "POST", "/pedidos", dos, clave, "k")
			require.Equal(t, 201, primera.status)
			_, err := s.db.Write().Exec(t.Context(), `UPDATE idempotency_keys
				SET status = NULL, header = NULL, body = NULL, expires_at = NULL, leased_until = created_at`)
			require.NoError(t, err)
			otra := s.llamar(t, "ana", "POST", "/pedidos", dos, clave, "k")
			assert.Equal(t, primera.raw, otra.raw)
			assert.Equal(t, 201, otra.status)
			assert.Equal(t, 1, s.suyos(t, "ana"))
		},
		"sin_stock_se_repite_igual": func(t *testing.T, s *tienda) {
			once := `{"producto_id":1,"cantidad":11}`
			primera := s.llamar(t, "ana", "POST", "/pedidos", once, clave, "k")
			require.Equal(t, 409, primera.status)
			otra := s.llamar(t, "ana", "POST", "/pedidos", once, clave, "k")
			assert.Equal(t, primera.raw, otra.raw)
			assert.Equal(t, "application/problem+json", otra.header.Get("Content-Type"))
			assert.Equal(t, 1, s.suyos(t, "ana"))
		},
		"cincuenta_a_la_vez_son_un_pedido": func(t *testing.T, s *tienda) {
			var mu sync.Mutex
			answers := map[string]int{}
			var wg sync.WaitGroup
			for range 50 {
				wg.Go(func() {
					r := s.llamar(t, "ana", "POST", "/pedidos", dos, clave, "k")
					mu.Lock()
					defer mu.Unlock()
					if r.status == 409 {
						assert.Equal(t, "CLAVE_EN_CURSO", r.body["codigo"])
						assert.NotEmpty(t, r.header.Get("Retry-After"))
						return
					}
					assert.Equal(t, 201, r.status, r.raw)
					answers[r.raw]++
				})
			}
			wg.Wait()
			assert.Len(t, answers, 1)
			assert.Equal(t, 1, s.suyos(t, "ana"))
			assert.Equal(t, 1, s.reservas.VerActivas())
		},
		"cancelar_con_If-Match_se_repite": func(t *testing.T, s *tienda) {
			p := s.llamar(t, "ana", "POST", "/pedidos", dos)
			path := fmt.Sprintf("/pedidos/%v", p.body["id"])
			s.reservas.Fallar(portstest.NoLlega)
			primera := s.llamar(t, "ana", "PATCH", path, `{"estado":"CANCELADO"}`, clave, "k", "If-Match", p.header.Get("ETag"))
			require.Equal(t, 202, primera.status, primera.raw)
			otra := s.llamar(t, "ana", "PATCH", path, `{"estado":"CANCELADO"}`, clave, "k", "If-Match", p.header.Get("ETag"))
			assert.Equal(t, 202, otra.status)
			assert.Equal(t, primera.raw, otra.raw)
			assert.Equal(t, 412, s.llamar(t, "ana", "PATCH", path, `{"estado":"CANCELADO"}`, "If-Match", p.header.Get("ETag")).status)

			_, err := s.db.Write().Exec(t.Context(), `UPDATE idempotency_keys
				SET status = NULL, header = NULL, body = NULL, expires_at = NULL, leased_until = created_at`)
			require.NoError(t, err)
			reanudada := s.llamar(t, "ana", "PATCH", path, `{"estado":"CANCELADO"}`, clave, "k", "If-Match", p.header.Get("ETag"))
			assert.Equal(t, 200, reanudada.status, reanudada.raw)
			assert.Equal(t, "CANCELADO", reanudada.body["estado"])
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			esquema.Each(t, func(t *testing.T, url string) { test(t, nuevaEn(t, url, domain.Topes{})) })
		})
	}
}

// TestPlazo: after the deadline of a request the answer says so, and what the order is now.
func TestPlazo(t *testing.T) {
	t.Parallel()
	s := nuevaEn(t, esquema.SQLite(t), domain.Topes{}, func(o *httpserver.Options) { o.Timeout = 300 * time.Millisecond })
	s.reservas.Fallar(portstest.SeCuelga)
	r := s.pedir(t, "ana", 1)
	r.problema(t, 503, "PLAZO_AGOTADO")
	assert.Contains(t, r.body["detail"], "no se ha reservado nada")
	assert.NotEmpty(t, r.header.Get("Retry-After"))
	s.reservas.Fallar(portstest.SeCuelga)
	r = s.llamar(t, "ana", "POST", "/pedidos", dos, clave, "k")
	r.problema(t, 503, "PLAZO_AGOTADO")
	assert.Contains(t, r.body["detail"], "sigue en marcha")
	assert.Equal(t, 201, s.llamar(t, "ana", "POST", "/pedidos", dos, clave, "k").status)
	s.reservas.Fallar(portstest.NoLlega)
	s.pedir(t, "ana", 1).problema(t, 503, "SERVICIO_NO_DISPONIBLE")
}

func TestTope_de_pedidos_abiertos(t *testing.T) {
	t.Parallel()
	s := nuevaEn(t, esquema.SQLite(t), domain.Topes{Abiertos: 2})
	for range 2 {
		require.Equal(t, 201, s.pedir(t, "ana", 1).status)
	}
	r := s.llamar(t, "ana", "POST", "/pedidos", dos, clave, "k")
	assert.Equal(t, 429, r.status)
	assert.Equal(t, "DEMASIADOS_ABIERTOS", r.body["codigo"])
	assert.NotEmpty(t, r.header.Get("Retry-After"))
	assert.Equal(t, 2, s.suyos(t, "ana"), "it leaves no order")
	assert.Equal(t, 201, s.pedir(t, "berta", 1).status)
	require.Equal(t, 200, s.llamar(t, "ana", "PATCH", "/pedidos/1", `{"estado":"CANCELADO"}`).status)
	assert.Equal(t, 201, s.llamar(t, "ana", "POST", "/pedidos", dos, clave, "k").status, "the refusal was not kept")
}
