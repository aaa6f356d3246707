package httpapi_test

import (
	"fmt"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/pedidos/domain"
)

// TestTope_de_unidades sends 40 orders of one customer at once, half of them with a key.
func TestTope_de_unidades(t *testing.T) {
	t.Parallel()
	esquema.Each(t, func(t *testing.T, url string) {
		s := nuevaEn(t, url, domain.Topes{Unidades: 5})
		rs := make([]respuesta, 40)
		var wg sync.WaitGroup
		for i := range rs {
			wg.Go(func() {
				var headers []string
				if i%2 == 0 {
					headers = []string{clave, strconv.Itoa(i)}
				}
				rs[i] = s.llamar(t, "ana", "POST", "/pedidos", `{"producto_id":1,"cantidad":1}`, headers...)
			})
		}
		wg.Wait()
		puestos := 0
		for i, r := range rs {
			if r.status == 201 {
				puestos++
				continue
			}
			r.problema(t, 409, "LIMITE_POR_CLIENTE")
			linea := r.body["lineas"].([]any)[0].(map[string]any)
			assert.Equal(t, []any{1.0, 1.0, 5.0}, []any{linea["producto_id"], linea["solicitado"], linea["maximo"]})
			assert.Equal(t, "cantidad", r.body["errores"].([]any)[0].(map[string]any)["campo"])
			if i%2 == 0 {
				otra := s.llamar(t, "ana", "POST", "/pedidos", `{"producto_id":1,"cantidad":1}`, clave, strconv.Itoa(i))
				assert.Equal(t, r.raw, otra.raw, "a conflict of the shop's rules is kept")
			}
		}
		assert.Equal(t, 5, puestos)
		assert.Equal(t, 5, s.suyos(t, "ana"), "what is refused leaves no order")
		assert.Equal(t, 201, s.pedir(t, "berta", 4).status)
		mal := s.llamar(t, "ana", "POST", "/pedidos",
			`{"lineas":[{"producto_id":2,"cantidad":3},{"producto_id":1,"cantidad":1},{"producto_id":2,"cantidad":3}]}`)
		mal.problema(t, 409, "LIMITE_POR_CLIENTE")
		assert.Len(t, mal.body["lineas"], 2)
		var campos []any
		for _, e := range mal.body["errores"].([]any) {
			campos = append(campos, e.(map[string]any)["campo"])
		}
		assert.Equal(t, []any{"lineas[1].cantidad", "lineas[0].cantidad", "lineas[2].cantidad"}, campos)
		require.Equal(t, 200, s.llamar(t, "soporte", "PATCH", fmt.Sprintf("/pedidos/%v", s.lista(t, "ana", "/pedidos")[0]["id"]),
			`{"estado":"COMPLETADO"}`).status)
		assert.Equal(t, 201, s.pedir(t, "ana", 1).status, "a completed order is not open")
	})
}

// TestTope_de_pedidos_abiertos_dice_cuando: Retry-After must not make a client repeat the request every second for a day.
func TestTope_de_pedidos_abiertos_dice_cuando(t *testing.T) {
	t.Parallel()
	esquema.Each(t, func(t *testing.T, url string) {
		s := nuevaEn(t, url, domain.Topes{Abiertos: 1})
		espera := func() time.Duration {
			r := s.pedir(t, "ana", 1)
			r.problema(t, 429, "DEMASIADOS_ABIERTOS")
			segundos, err := strconv.Atoi(r.header.Get("Retry-After"))
			require.NoError(t, err)
			return time.Duration(segundos) * time.Second
		}
		id := s.pedir(t, "ana", 1).body["id"]
		assert.InDelta(t, time.Hour, espera(), float64(time.Minute), "then it expires")
		require.Equal(t, 200, s.llamar(t, "soporte", "POST", fmt.Sprintf("/pedidos/%v/aceptar", id), "").status)
		assert.Equal(t, time.Hour, espera(), "it no longer expires: no time is known")
		s.reservas.Caer(true)
		require.Equal(t, 202, s.llamar(t, "soporte", "PATCH", fmt.Sprintf("/pedidos/%v", id), `{"estado":"CANCELADO"}`).status)
		assert.Equal(t, 5*time.Second, espera(), "it is about to end")
	})
}

// TestTope_de_rechazos sends 40 orders at once for products without stock.
func TestTope_de_rechazos(t *testing.T) {
	t.Parallel()
	esquema.Each(t, func(t *testing.T, url string) {
		s := nuevaEn(t, url, domain.Topes{Rechazos: 4})
		var mu sync.Mutex
		cuenta := map[string]int{}
		var wg sync.WaitGroup
		for range 40 {
			wg.Go(func() {
				r := s.pedir(t, "ana", 11)
				mu.Lock()
				defer mu.Unlock()
				cuenta[fmt.Sprint(r.status, " ", r.body["codigo"])]++
			})
		}
		wg.Wait()
		assert.Equal(t, map[string]int{"409 STOCK_INSUFICIENTE": 4, "429 DEMASIADOS_RECHAZOS": 36}, cuenta)
		assert.Equal(t, 4, s.suyos(t, "ana"))
	})
}
