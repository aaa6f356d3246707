package httpapi_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/apitest"
	"github.com/tienda-go/tienda/kit/authn"
	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/dbtest"
	"github.com/tienda-go/tienda/kit/httpserver"
	"github.com/tienda-go/tienda/kit/idempotency/keystore"
	"github.com/tienda-go/tienda/kit/logging"

	"github.com/tienda-go/tienda/pedidos/adapters/archivos"
	"github.com/tienda-go/tienda/pedidos/adapters/bunstore"
	"github.com/tienda-go/tienda/pedidos/adapters/httpapi"
	"github.com/tienda-go/tienda/pedidos/app"
	"github.com/tienda-go/tienda/pedidos/domain"
	"github.com/tienda-go/tienda/pedidos/ports/portstest"
)

func usuario(id int64, scopes ...string) authn.Caller {
	return apitest.User(strconv.FormatInt(id, 10), append(scopes, "pedidos:propios")...)
}

type tienda struct {
	*httpserver.Server
	catalogo *portstest.CatalogoFalso
	reservas *portstest.ReservasFalsas
	db       *database.DB
}

func nueva(t *testing.T) *tienda {
	t.Helper()
	return nuevaEn(t, esquema.SQLite(t), domain.Topes{})
}

// esquema gives each test a database with the tables.
var esquema = dbtest.NewSchema(bunstore.Migrations())

// nuevaEn is a shop on the database of a URL, where a customer may have no more than topes.
func nuevaEn(t *testing.T, url string, topes domain.Topes, options ...func(*httpserver.Options)) *tienda {
	t.Helper()
	db := esquema.Open(t, url, database.Options{})
	retirado := domain.Articulo{ID: 3, Nombre: "Viejo", Precio: 1, Moneda: "EUR"}
	dolares := domain.Articulo{ID: 4, Nombre: "Importado", Precio: 1, Moneda: "USD", EnVenta: true}
	s := &tienda{
		catalogo: portstest.NewCatalogoFalso(
			domain.Articulo{ID: 1, Nombre: "Teclado", Precio: 1999, Moneda: "EUR", EnVenta: true},
			domain.Articulo{ID: 2, Nombre: "Ratón", Precio: 500, Moneda: "EUR", EnVenta: true}, retirado, dolares),
		reservas: portstest.NewReservasFalsas(map[int64]int64{1: 10, 2: 10, 4: 10}),
		db:       db,
	}
	r, d := bunstore.New(db), bunstore.NewDevoluciones(db)
	o := httpserver.Options{Keys: keystore.New(db), Auth: apitest.Callers{
		"ana": usuario(7), "berta": usuario(8), "lector": usuario(9, "pedidos:leer"),
		"soporte": usuario(10, "pedidos:leer", "pedidos:gestionar"), "sinpermiso": apitest.User("11"),
		"servicio": {Subject: "servicio:pedidos", Audience: "pedidos", Scopes: []string{"pedidos:propios"}},
	}}
	for _, change := range options {
		change(&o)
	}
	abandonados := archivos.NewAbandonados(t.TempDir(), slog.New(slog.DiscardHandler))
	s.Server = httpapi.New(o, app.New(app.Dependencias{
		Pedidos: r, Pendientes: r, Devoluciones: d, Reposiciones: d, Abandonados: abandonados, Catalogo: s.catalogo,
		Reservas: s.reservas, NuevoID: uuid.NewString, Expira: time.Hour, Topes: topes,
		Peticion: func(ctx context.Context) string { return logging.RequestFrom(ctx).ID }, Reloj: database.Now,
		Log: slog.New(slog.DiscardHandler),
	}))
	return s
}

type respuesta struct {
	status int
	header http.Header
	body   map[string]any
	raw    string
}

func (s *tienda) llamar(t *testing.T, quien, method, path, body string, headers ...string) respuesta {
	t.Helper()
	r, text := apitest.Do(t, s.Server, method, path, body, apitest.With("Content-Type", "application/json"), apitest.As(quien),
		apitest.With(headers...))
	got := respuesta{status: r.StatusCode, header: r.Header, raw: text}
	if strings.HasPrefix(text, "{") {
		got.body = apitest.Read[map[string]any](t, text)
	}
	return got
}

func (s *tienda) pedir(t *testing.T, quien string, cantidad int) respuesta {
	return s.llamar(t, quien, "POST", "/pedidos", fmt.Sprintf(`{"producto_id":1,"cantidad":%d}`, cantidad))
}

func (r respuesta) problema(t *testing.T, status int, codigo string) {
	t.Helper()
	require.Equal(t, status, r.status, r.raw)
	assert.Equal(t, codigo, r.body["codigo"], r.raw)
}

func TestCrear(t *testing.T) {
	t.Parallel()
	s := nueva(t)
	got := s.pedir(t, "ana", 2)
	require.Equal(t, 201, got.status, got.raw)
	assert.Equal(t, "pedidos/1", got.header.Get("Location"))
	assert.Equal(t, `"2"`, got.header.Get("ETag"))
	assert.Contains(t, got.raw, `"total":39.98`)
	for member, want := range map[string]any{
		"id": 1.0, "estado": "PENDIENTE", "fase": "RESERVADO", "moneda": "EUR", "usuario_id": 7.0, "version": 2.0, "producto_id": 1.0,
		"cantidad": 2.0, "motivo_cancelacion": nil,
		"lineas": []any{map[string]any{"producto_id": 1.0, "nombre": "Teclado", "precio": 19.99, "cantidad": 2.0, "subtotal": 39.98}},
	} {
		value, there := got.body[member]
		assert.True(t, there, member)
		assert.Equal(t, want, value, member)
	}
	for _, member := range []string{"creado_en", "actualizado_en", "expira_en"} {
		_, err := time.Parse(time.RFC3339, got.body[member].(string))
		assert.NoError(t, err, member)
	}

	got = s.llamar(t, "ana", "POST", "/pedidos",
		`{"lineas":[{"producto_id":2,"cantidad":1},{"producto_id":1,"cantidad":1,"precio_esperado":19.99},{"producto_id":2,`+
			`"cantidad":2}]}`)
	require.Equal(t, 201, got.status, got.raw)
	assert.Len(t, got.body["lineas"], 2)
	assert.NotContains(t, got.body, "producto_id")
	assert.Contains(t, got.raw, `"total":34.99`)
}

func TestCrear_rechazos(t *testing.T) {
	t.Parallel()
	s := nueva(t)
	for body, want := range map[string]struct {
		status int
		codigo string
	}{
		`{"producto_id":99,"cantidad":1}`:                                            {404, "PRODUCTO_NO_EXISTE"},
		`{"producto_id":3,"cantidad":1}`:                                             {409, "PRODUCTO_NO_DISPONIBLE"},
		`{"lineas":[{"producto_id":1,"cantidad":1,"precio_esperado":1}]}`:            {409, "PRECIO_CAMBIADO"},
		`{"lineas":[{"producto_id":1,"cantidad":1,"moneda_esperada":"GBP"}]}`:        {409, "PRECIO_CAMBIADO"},
		`{"producto_id":1,"cantidad":1,"precio_esperado":1}`:                         {409, "PRECIO_CAMBIADO"},
		`{"producto_id":1,"cantidad":1,"moneda_esperada":"GBP"}`:                     {409, "PRECIO_CAMBIADO"},
		`{"producto_id":1,"cantidad":1,"moneda_esperada":"eur"}`:                     {422, "VALIDACION"},
		`{"producto_id":1,"cantidad":1,"moneda_esperada":"ZZZ"}`:                     {422, "VALIDACION"},
		`{"lineas":[{"producto_id":1,"cantidad":1},{"producto_id":4,"cantidad":1}]}`: {422, "MONEDAS_MEZCLADAS"},
		`{}`:                                   {422, "VALIDACION"},
		`{"producto_id":1}`:                    {422, "VALIDACION"},
		`{"producto_id":1,"cantidad":0}`:       {422, "VALIDACION"},
		`{"producto_id":1,"cantidad":1000001}`: {422, "VALIDACION"},
		`{"producto_id":1,"cantidad":1.5}`:     {422, "VALIDACION"},
		`{"producto_id":9223372036854775808,"cantidad":1}`: {422, "VALIDACION"},
		`{"lineas":[]}`: {422, "VALIDACION"},
		`{"producto_id":1,"cantidad":1,"lineas":[{"producto_id":1,"cantidad":1}]}`: {422, "VALIDACION"},
		`{"producto_id":1,"cantidad":1,"total":0}`:                                 {422, "VALIDACION"},
		`{"producto_id":1,"cantidad":1`:                                            {400, "PETICION_ILEGIBLE"},
	} {
		s.llamar(t, "ana", "POST", "/pedidos", body).problema(t, want.status, want.codigo)
	}
	s.pedir(t, "", 1).problema(t, 401, "NO_AUTENTICADO")
	s.pedir(t, "nadie", 1).problema(t, 401, "NO_AUTENTICADO")
	s.pedir(t, "sinpermiso", 1).problema(t, 403, "PROHIBIDO")
	s.pedir(t, "servicio", 1).problema(t, 403, "PROHIBIDO")
	s.pedir(t, "servicio", 0).problema(t, 403, "PROHIBIDO")
	assert.Equal(t, "[]\n", s.llamar(t, "soporte", "GET", "/pedidos", "").raw, "none of these leaves an order")

	got := s.pedir(t, "ana", 11)
	got.problema(t, 409, "STOCK_INSUFICIENTE")
	assert.EqualValues(t, 1, got.body["pedido_id"])
	assert.EqualValues(t, 10, got.body["lineas"].([]any)[0].(map[string]any)["disponible"])
	kept := s.llamar(t, "ana", "GET", "/pedidos/1", "")
	assert.Equal(t, "SIN_STOCK", kept.body["motivo_cancelacion"])

	s.catalogo.Caer(true)
	got = s.pedir(t, "ana", 1)
	got.problema(t, 503, "SERVICIO_NO_DISPONIBLE")
	assert.NotEmpty(t, got.header.Get("Retry-After"))
}

func TestCrear_dice_el_campo_como_se_escribió(t *testing.T) {
	t.Parallel()
	s := nueva(t)
	for campo, body := range map[string]string{
		"precio_esperado": `{"producto_id":1,"cantidad":1,"precio_esperado":12.341}`,
		"lineas[1].precio_esperado": `{"lineas":[{"producto_id":2,"cantidad":1},
			{"producto_id":1,"cantidad":1,"precio_esperado":12.345}]}`,
		"lineas[1].cantidad": `{"lineas":[{"producto_id":1,"cantidad":1},{"producto_id":2,"cantidad":1e30}]}`,
		"producto_id":        `{"producto_id":1e30,"cantidad":1}`,
	} {
		got := s.llamar(t, "ana", "POST", "/pedidos", body)
		got.problema(t, 422, "VALIDACION")
		assert.Contains(t, got.raw, `"campo":"`+campo+`"`)
	}
}

func TestCrear_con_precio_esperado(t *testing.T) {
	t.Parallel()
	s := nueva(t)
	for _, body := range []string{
		`{"producto_id":1,"cantidad":1,"precio_esperado":19.99,"moneda_esperada":"EUR"}`,
		`{"producto_id":1,"cantidad":1,"moneda_esperada":"EUR"}`,
		`{"lineas":[{"producto_id":1,"cantidad":1,"precio_esperado":19.990}]}`,
		`{"lineas":[{"producto_id":1,"cantidad":1,"moneda_esperada":"EUR"}]}`,
	} {
		assert.Equal(t, 201, s.llamar(t, "ana", "POST", "/pedidos", body).status, body)
	}
	otra := s.llamar(t, "ana", "POST", "/pedidos", `{"producto_id":1,"cantidad":1,"precio_esperado":19.99,"moneda_esperada":"GBP"}`)
	otra.problema(t, 409, "PRECIO_CAMBIADO")
	assert.Equal(t, []any{map[string]any{
		"producto_id": 1.0, "precio": 19.99, "moneda": "EUR", "precio_esperado": 19.99, "moneda_esperada": "GBP",
	}}, otra.body["lineas"])
	otra = s.llamar(t, "ana", "POST", "/pedidos",
		`{"lineas":[{"producto_id":2,"cantidad":1},{"producto_id":1,"cantidad":1,"precio_esperado":1}]}`)
	assert.Equal(t, []any{map[string]any{
		"producto_id": 1.0, "precio": 19.99, "moneda": "EUR", "precio_esperado": 1.0, "moneda_esperada": nil,
	}}, otra.body["lineas"])
}

// TestCrear_nombra_los_campos_del_cliente: refusals name fields that were sent, as they were before lines are summed and sorted.
func TestCrear_nombra_los_campos_del_cliente(t *testing.T) {
	t.Parallel()
	s := nueva(t)
	for body, want := range map[string][]any{
		`{"producto_id":0,"cantidad":1}`:                                                                     {"producto_id"},
		`{"producto_id":1,"cantidad":0}`:                                                                     {"cantidad"},
		`{"producto_id":99,"cantidad":1}`:                                                                    {"producto_id"},
		`{"producto_id":3,"cantidad":1}`:                                                                     {"producto_id"},
		`{"producto_id":1,"cantidad":11}`:                                                                    {"cantidad"},
		`{"producto_id":1,"cantidad":1,"precio_esperado":1}`:                                                 {"precio_esperado"},
		`{"producto_id":1,"cantidad":1,"moneda_esperada":"ZZZ"}`:                                             {"moneda_esperada"},
		`{"cantidad":1}`:                                                                                     {"producto_id"},
		`{"producto_id":1,"lineas":[{"producto_id":1,"cantidad":1}]}`:                                        {"producto_id"},
		`{"lineas":[{"producto_id":2,"cantidad":1},{"producto_id":1,"cantidad":11}]}`:                        {"lineas[1].cantidad"},
		`{"lineas":[{"producto_id":99,"cantidad":1},{"producto_id":1,"cantidad":1}]}`:                        {"lineas[0].producto_id"},
		`{"lineas":[{"producto_id":4,"cantidad":1},{"producto_id":1,"cantidad":1}]}`:                         {"lineas[1].producto_id"},
		`{"lineas":[{"producto_id":2,"cantidad":1},{"producto_id":1,"cantidad":1,"moneda_esperada":"ZZZ"}]}`: {"lineas[1].moneda_esperada"},
		`{"lineas":[{"producto_id":2,"cantidad":1000000},{"producto_id":1,"cantidad":1},` +
			`{"producto_id":2,"cantidad":1}]}`: {"lineas[2].cantidad"},
	} {
		r := s.llamar(t, "ana", "POST", "/pedidos", body)
		errores, _ := r.body["errores"].([]any)
		var campos []any
		for _, e := range errores {
			campos = append(campos, e.(map[string]any)["campo"])
		}
		assert.Equal(t, want, campos, "%s: %s", body, r.raw)
	}
	assert.Contains(t, s.pedir(t, "ana", 11).body["detail"], "de los productos de este pedido")
}

func TestObtener_y_listar(t *testing.T) {
	t.Parallel()
	s := nueva(t)
	for range 3 {
		require.Equal(t, 201, s.pedir(t, "ana", 1).status)
	}
	require.Equal(t, 201, s.pedir(t, "berta", 1).status)

	got := s.llamar(t, "ana", "GET", "/pedidos/1", "")
	require.Equal(t, 200, got.status)
	unchanged := s.llamar(t, "ana", "GET", "/pedidos/1", "", "If-None-Match", got.header.Get("ETag"))
	assert.Equal(t, 304, unchanged.status)
	assert.Empty(t, unchanged.raw)
	assert.Equal(t, 200, s.llamar(t, "lector", "GET", "/pedidos/1", "").status)

	ajeno, unknown := s.llamar(t, "berta", "GET", "/pedidos/1", ""), s.llamar(t, "berta", "GET", "/pedidos/999", "")
	ajeno.problema(t, 404, "PEDIDO_NO_EXISTE")
	for _, r := range []respuesta{ajeno, unknown} {
		delete(r.body, "instance")
		delete(r.body, "request_id")
	}
	assert.Equal(t, unknown.body, ajeno.body, "another's order does not exist")
	for _, path := range []string{"/pedidos/1?que=1", "/pedidos/1/explicacion?que=1"} {
		s.llamar(t, "berta", "GET", path, "").problema(t, 404, "PEDIDO_NO_EXISTE") // before what is wrong with the request
		s.llamar(t, "ana", "GET", path, "").problema(t, 422, "VALIDACION")
	}
	s.llamar(t, "ana", "GET", "/pedidos/0", "").problema(t, 422, "VALIDACION")
	s.llamar(t, "ana", "GET", "/pedidos/x", "").problema(t, 422, "VALIDACION")

	ids := func(quien, path string) (ids []int64, link string) {
		r := s.llamar(t, quien, "GET", path, "")
		require.Equal(t, 200, r.status, r.raw)
		var list []struct{ ID int64 }
		require.NoError(t, json.Unmarshal([]byte(r.raw), &list))
		for _, p := range list {
			ids = append(ids, p.ID)
		}
		return ids, r.header.Get("Link")
	}
	mine, _ := ids("ana", "/pedidos")
	assert.Equal(t, []int64{3, 2, 1}, mine)
	all, _ := ids("soporte", "/pedidos")
	assert.Equal(t, []int64{4, 3, 2, 1}, all)
	hers, _ := ids("lector", "/pedidos?usuario_id=8")
	assert.Equal(t, []int64{4}, hers)
	s.llamar(t, "ana", "GET", "/pedidos?usuario_id=8", "").problema(t, 403, "PROHIBIDO")
	for _, filtro := range []string{
		"usuario_id=", "usuario_id=x", "usuario_id=0", "producto_id=", "producto_id=x", "usuario_id=8&x=1",
	} {
		s.llamar(t, "ana", "GET", "/pedidos?"+filtro, "").problema(t, 403, "PROHIBIDO")
	}
	s.llamar(t, "ana", "GET", "/pedidos?usuario_id=7&x=1", "").problema(t, 422, "VALIDACION")
	s.llamar(t, "lector", "GET", "/pedidos?producto_id=x", "").problema(t, 422, "VALIDACION")
	s.llamar(t, "ana", "GET", "/pedidos?producto_id=1", "").problema(t, 403, "PROHIBIDO")
	suyos, _ := ids("ana", "/pedidos?usuario_id=7&fase=RESERVADO")
	assert.Equal(t, []int64{3, 2, 1}, suyos)
	con, _ := ids("lector", "/pedidos?producto_id=1&usuario_id=7")
	assert.Equal(t, []int64{3, 2, 1}, con)
	sin, _ := ids("lector", "/pedidos?producto_id=2")
	assert.Empty(t, sin)
	s.llamar(t, "lector", "GET", "/pedidos?producto_id=0", "").problema(t, 422, "VALIDACION")
	s.llamar(t, "ana", "GET", "/pedidos?motivo_cancelacion=OTRO", "").problema(t, 422, "VALIDACION")
	agotados, _ := ids("ana", "/pedidos?motivo_cancelacion=SIN_STOCK")
	assert.Empty(t, agotados)
	none, _ := ids("ana", "/pedidos?estado=CANCELADO")
	assert.Empty(t, none)
	past, _ := ids("ana", "/pedidos?hasta=2020-01-01T00:00:00Z")
	assert.Empty(t, past)
	s.llamar(t, "ana", "GET", "/pedidos?estado=OTRO", "").problema(t, 422, "VALIDACION")
	s.llamar(t, "ana", "GET", "/pedidos?desde=ayer", "").problema(t, 422, "VALIDACION")
	page, link := ids("soporte", "/pedidos?limite=3")
	assert.Equal(t, []int64{4, 3, 2}, page)
	page, link = ids("soporte", "/pedidos"+link[1:strings.Index(link, ">")])
	assert.Equal(t, []int64{1}, page)
	assert.Empty(t, link)
}

func TestCambiar(t *testing.T) {
	t.Parallel()
	s := nueva(t)
	patch := func(quien string, id int, body string, headers ...string) respuesta {
		return s.llamar(t, quien, "PATCH", fmt.Sprintf("/pedidos/%d", id), body, headers...)
	}
	for range 4 {
		require.Equal(t, 201, s.pedir(t, "ana", 1).status)
	}
	const cancelar, completar = `{"estado":"CANCELADO","motivo":"ya no"}`, `{"estado":"COMPLETADO"}`

	patch("ana", 1, cancelar, "If-Match", `"1"`).problema(t, 412, "VERSION_DISTINTA")
	got := patch("ana", 1, cancelar, "If-Match", `"2"`)
	require.Equal(t, 200, got.status, got.raw)
	assert.Equal(t, "CANCELADO", got.body["estado"])
	assert.Equal(t, "USUARIO", got.body["motivo_cancelacion"])
	again := patch("ana", 1, cancelar)
	assert.Equal(t, 200, again.status)
	assert.Equal(t, got.raw, again.raw, "the state it already has is a no-op")
	patch("soporte", 1, completar).problema(t, 409, "TRANSICION_ILEGAL")

	patch("ana", 2, completar).problema(t, 403, "PROHIBIDO")
	patch("lector", 2, cancelar).problema(t, 403, "PROHIBIDO")
	patch("lector", 2, `{}`).problema(t, 403, "PROHIBIDO") // it may not cancel, and not complete
	for _, mal := range []string{
		`{"estado":"COMPLETADO","total":1}`, `{"estado":"COMPLETADO","motivo":5}`, `{"estado":"COMPLETADO","motivo":"\u200b"}`,
		`{"motivo":null,"estado":"COMPLETADO"}`,
	} {
		patch("ana", 2, mal).problema(t, 403, "PROHIBIDO")
		patch("lector", 2, mal).problema(t, 403, "PROHIBIDO")
		patch("berta", 2, mal).problema(t, 404, "PEDIDO_NO_EXISTE")
		patch("soporte", 2, mal).problema(t, 422, "VALIDACION")
	}
	patch("ana", 2, completar, "If-Match", "x").problema(t, 403, "PROHIBIDO")
	patch("ana", 2, `{"estado":["COMPLETADO"]}`).problema(t, 422, "VALIDACION")
	patch("ana", 2, `{"Estado":"COMPLETADO"}`).problema(t, 422, "VALIDACION")
	patch("ana", 2, completar+"}").problema(t, 400, "PETICION_ILEGIBLE")
	patch("ana", 2, "").problema(t, 400, "PETICION_ILEGIBLE")
	assert.Equal(t, "COMPLETADO", patch("soporte", 2, completar).body["estado"])
	illegal := patch("ana", 2, cancelar)
	illegal.problema(t, 409, "TRANSICION_ILEGAL")
	assert.Equal(t, []any{"COMPLETADO"}, illegal.body["estados_permitidos"])
	assert.Equal(t, "SOPORTE", patch("soporte", 3, cancelar).body["motivo_cancelacion"])

	patch("berta", 4, cancelar).problema(t, 404, "PEDIDO_NO_EXISTE")
	patch("berta", 4, `{"estado":"OTRO"}`).problema(t, 404, "PEDIDO_NO_EXISTE")
	patch("ana", 4, `{"estado":"OTRO"}`).problema(t, 422, "VALIDACION")
	patch("ana", 4, `{"estado":"PENDIENTE"}`).problema(t, 422, "VALIDACION")
	patch("ana", 4, `{"estado":"CANCELADO","total":1}`).problema(t, 422, "VALIDACION")
	patch("ana", 4, cancelar, "If-Match", "x").problema(t, 422, "VALIDACION")

	s.reservas.Caer(true)
	later := patch("ana", 4, cancelar)
	require.Equal(t, 202, later.status, later.raw)
	assert.Equal(t, "CANCELANDO", later.body["fase"])
	assert.Equal(t, 202, patch("ana", 4, cancelar).status)
	patch("soporte", 4, completar).problema(t, 409, "TRANSICION_ILEGAL")
}
