package productos_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/httpclient"
	"github.com/tienda-go/tienda/kit/resilience"

	"github.com/tienda-go/tienda/inventario/adapters/productos"
	"github.com/tienda-go/tienda/inventario/domain"
	"github.com/tienda-go/tienda/inventario/ports/portstest"
)

// cliente calls a catalogue over HTTP; the test gives the handler. It tries once: kit tests the retries.
func cliente(t *testing.T, handler http.HandlerFunc) (*productos.Catalogo, *httptest.Server) {
	return clienteCon(t, time.Now, handler)
}

func clienteCon(t *testing.T, reloj func() time.Time, handler http.HandlerFunc) (*productos.Catalogo, *httptest.Server) {
	t.Helper()
	servidor := httptest.NewServer(handler)
	t.Cleanup(servidor.Close)
	return productos.New(httpclient.New(httpclient.Options{
		Peer: "productos", BaseURL: servidor.URL,
		Policy: resilience.New(resilience.Options{Peer: "productos", Attempts: 1, Timeout: 2 * time.Second}),
	}), reloj), servidor
}

func producto(id int64, estado string) string {
	return fmt.Sprintf(`{"id":%d,"nombre":"Taza","descripcion":"","precio":9.5,"moneda":"EUR","estado":"%s","version":1,`+
		`"creado_en":"2026-03-01T12:00:00Z","actualizado_en":"2026-03-01T12:00:00Z"}`, id, estado)
}

const noExiste = `{"type":"/problemas/producto-no-existe","title":"El producto no existe","status":404,"detail":"No hay.",` +
	`"instance":"/productos/2","codigo":"PRODUCTO_NO_EXISTE","request_id":"r"}`

func responder(status int, tipo, cuerpo string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", tipo)
		w.WriteHeader(status)
		_, _ = w.Write([]byte(cuerpo))
	}
}

func TestCatalogo(t *testing.T) {
	t.Parallel()
	portstest.CatalogoSuite(t, func(t *testing.T, existen ...int64) portstest.Catalogo {
		retirado := int64(0)
		c, servidor := cliente(t, func(w http.ResponseWriter, r *http.Request) {
			assert.Equal(t, http.MethodGet, r.Method)
			if r.URL.Path == "/productos" {
				var lista []string
				for id := range strings.SplitSeq(r.URL.Query().Get("ids"), ",") {
					n, err := strconv.ParseInt(id, 10, 64)
					assert.NoError(t, err)
					switch {
					case n == retirado:
						lista = append(lista, producto(n, "BORRADOR"))
					case slices.Contains(existen, n):
						lista = append(lista, producto(n, "ACTIVO"))
					}
				}
				responder(http.StatusOK, "application/json", "["+strings.Join(lista, ",")+"]")(w, r)
				return
			}
			for _, id := range existen {
				if r.URL.Path == fmt.Sprintf("/productos/%d", id) {
					responder(http.StatusOK, "application/json", producto(id, "ACTIVO"))(w, r)
					return
				}
			}
			responder(http.StatusNotFound, "application/problem+json", noExiste)(w, r)
		})
		return portstest.Catalogo{Catalogo: c, Retirar: func(id int64) { retirado = id }, Caer: servidor.Close}
	})
}

func TestCatalogo_Comprobar_cualquier_estado(t *testing.T) {
	t.Parallel()
	for _, estado := range []string{"BORRADOR", "ACTIVO", "ARCHIVADO"} {
		c, _ := cliente(t, responder(http.StatusOK, "application/json", producto(2, estado)))
		require.NoError(t, c.Comprobar(t.Context(), 2), estado)
	}
}

// An unclear answer means that the catalogue is down: the product neither exists nor is missing.
func TestCatalogo_Comprobar_falla_cerrado(t *testing.T) {
	t.Parallel()
	problema := func(status int, codigo string) http.HandlerFunc {
		return responder(status, "application/problem+json",
			fmt.Sprintf(`{"title":"x","status":%d,"detail":"x","codigo":"%s"}`, status, codigo))
	}
	for nombre, handler := range map[string]http.HandlerFunc{
		"otro_producto":   responder(http.StatusOK, "application/json", producto(3, "ACTIVO")),
		"sin_id":          responder(http.StatusOK, "application/json", `{"nombre":"Taza"}`),
		"vacio":           responder(http.StatusOK, "application/json", ``),
		"media_respuesta": responder(http.StatusOK, "application/json", producto(2, "ACTIVO")[:40]),
		"html":            responder(http.StatusOK, "text/html", `<html></html>`),
		"html_404":        responder(http.StatusNotFound, "text/html", `<html></html>`),
		"enorme":          responder(http.StatusOK, "application/json", `{"id":2,"nombre":"`+strings.Repeat("x", 10<<20)+`"}`),
		"otro_404":        problema(http.StatusNotFound, "NO_ENCONTRADO"),
		"401":             problema(http.StatusUnauthorized, "NO_AUTENTICADO"),
		"403":             problema(http.StatusForbidden, "PROHIBIDO"),
		"422":             problema(http.StatusUnprocessableEntity, "VALIDACION"),
		"429":             problema(http.StatusTooManyRequests, "DEMASIADAS_PETICIONES"),
		"500":             problema(http.StatusInternalServerError, "ERROR_INTERNO"),
		"503":             problema(http.StatusServiceUnavailable, "SERVICIO_NO_DISPONIBLE"),
		"redireccion":     func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/productos/2?x", http.StatusFound) },
	} {
		t.Run(nombre, func(t *testing.T) {
			t.Parallel()
			c, _ := cliente(t, handler)
			err := c.Comprobar(t.Context(), 2)
			require.ErrorIs(t, err, fault.ErrUnavailable)
			assert.NotErrorIs(t, err, domain.ErrProductoNoExiste)
		})
	}
}

func TestCatalogo_EnVenta_recuerda_un_rato(t *testing.T) {
	t.Parallel()
	ahora := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	preguntas, responde := []string{}, responder(http.StatusOK, "application/json", "["+producto(1, "ACTIVO")+"]")
	c, _ := clienteCon(t, func() time.Time { return ahora }, func(w http.ResponseWriter, r *http.Request) {
		preguntas = append(preguntas, r.URL.Query().Get("ids"))
		responde(w, r)
	})
	exigir := func(ids []int64, espera map[int64]bool, preguntadas ...string) {
		t.Helper()
		preguntas = []string{}
		enVenta, err := c.EnVenta(t.Context(), ids)
		if espera == nil {
			require.ErrorIs(t, err, fault.ErrUnavailable)
			return
		}
		require.NoError(t, err)
		assert.Equal(t, espera, enVenta)
		assert.Equal(t, append([]string{}, preguntadas...), preguntas)
	}
	exigir([]int64{1, 2}, map[int64]bool{1: true, 2: false}, "1,2")
	exigir([]int64{2, 1}, map[int64]bool{1: true, 2: false})
	responde = responder(http.StatusOK, "application/json", "["+producto(3, "ARCHIVADO")+"]")
	exigir([]int64{1, 3}, map[int64]bool{1: true, 3: false}, "3")

	ahora = ahora.Add(6 * time.Second)
	responde = responder(http.StatusOK, "application/json", "[]")
	exigir([]int64{1}, map[int64]bool{1: false}, "1") // the product was taken off sale

	ahora = ahora.Add(time.Minute)
	responde = responder(http.StatusServiceUnavailable, "application/problem+json", `{}`)
	exigir([]int64{1, 3}, map[int64]bool{1: false, 3: false}, "1,3")
	exigir([]int64{1, 4}, nil) // there is no kept answer about 4
	ahora = ahora.Add(5 * time.Minute)
	exigir([]int64{1}, nil)
}

func TestCatalogo_EnVenta_falla_cerrado(t *testing.T) {
	t.Parallel()
	for nombre, handler := range map[string]http.HandlerFunc{
		"otro_producto": responder(http.StatusOK, "application/json", "["+producto(3, "ACTIVO")+"]"),
		"sin_estado":    responder(http.StatusOK, "application/json", `[{"id":2}]`),
		"un_objeto":     responder(http.StatusOK, "application/json", producto(2, "ACTIVO")),
		"vacio":         responder(http.StatusOK, "application/json", ``),
		"html":          responder(http.StatusOK, "text/html", `<html></html>`),
		"404":           responder(http.StatusNotFound, "application/problem+json", noExiste),
		"401":           responder(http.StatusUnauthorized, "application/problem+json", `{"codigo":"NO_AUTENTICADO"}`),
		"500":           responder(http.StatusInternalServerError, "application/problem+json", `{"codigo":"ERROR_INTERNO"}`),
	} {
		t.Run(nombre, func(t *testing.T) {
			t.Parallel()
			c, _ := cliente(t, handler)
			_, err := c.EnVenta(t.Context(), []int64{2})
			require.ErrorIs(t, err, fault.ErrUnavailable)
		})
	}
}
