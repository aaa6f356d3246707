package httpapi_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/apitest"
	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/dbtest"
	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/httpserver"
	"github.com/tienda-go/tienda/kit/idempotency/keystore"

	"github.com/tienda-go/tienda/productos/adapters/bunstore"
	"github.com/tienda-go/tienda/productos/adapters/httpapi"
	"github.com/tienda-go/tienda/productos/app"
)

// The tokens of callers.
const (
	catalogo = "catalogo"
	cliente  = "cliente"
	pedidos  = "pedidos" // the service
)

// tienda is the whole service with its HTTP API, over SQLite.
type tienda struct {
	servidor    *httpserver.Server
	base        *database.DB
	repositorio *bunstore.Repositorio
}

func nuevaTienda(t *testing.T) *tienda {
	t.Helper()
	return abrirTienda(t, httpserver.Options{})
}

// esquema gives each test a database with the tables.
var esquema = dbtest.NewSchema(bunstore.Migrations())

// abrirTienda is nuevaTienda with other options.
func abrirTienda(t testing.TB, o httpserver.Options) *tienda {
	t.Helper()
	db := esquema.Open(t, esquema.SQLite(t), database.Options{})
	repositorio := bunstore.New(db)
	servicio := app.New(app.Dependencias{Productos: repositorio, Catalogo: repositorio, Reloj: database.Now})
	o.Keys, o.Auth = keystore.New(db), apitest.Callers{
		catalogo: apitest.User("1", "perfil", "productos:escribir"),
		pedidos:  {Subject: "servicio:pedidos", Audience: "productos", Scopes: []string{"productos:leer"}},
		cliente:  apitest.User("2", "perfil", "pedidos:propios"),
	}
	return &tienda{servidor: httpapi.New(o, servicio), base: db, repositorio: repositorio}
}

// The options of a request.
type opcion = apitest.Option

var con, como = apitest.With, apitest.As

// respuesta is an answer, read to its end.
type respuesta struct {
	*http.Response
	texto string
}

// pedir sends a request; body "" sends none.
func (s *tienda) pedir(t *testing.T, metodo, ruta, body string, opciones ...opcion) respuesta {
	t.Helper()
	r, texto := apitest.Do(t, s.servidor, metodo, ruta, body, opciones...)
	return respuesta{r, texto}
}

// crear adds a product and returns the answer.
func (s *tienda) crear(t *testing.T, body string) httpapi.Producto {
	t.Helper()
	r := s.pedir(t, "POST", "/productos", body, como(catalogo))
	require.Equal(t, http.StatusCreated, r.StatusCode, r.texto)
	return leer[httpapi.Producto](t, r)
}

// obtener reads a product as staff, who see every product.
func (s *tienda) obtener(t *testing.T, ruta string) httpapi.Producto {
	t.Helper()
	r := s.pedir(t, "GET", ruta, "", como(catalogo))
	require.Equal(t, http.StatusOK, r.StatusCode, r.texto)
	return leer[httpapi.Producto](t, r)
}

func leer[T any](t *testing.T, r respuesta) T {
	t.Helper()
	return apitest.Read[T](t, r.texto)
}

// problema is the part of a problem that clients switch on.
type problema struct {
	Status        int
	Codigo        string
	Detail        string
	VersionActual int64 `json:"version_actual"`
	ProductoID    int64 `json:"producto_id"`
	Errores       []fault.Field
}

// exigirProblema checks a refusal; campos are "campo CODIGO", in any order.
func exigirProblema(t *testing.T, r respuesta, status int, codigo string, campos ...string) problema {
	t.Helper()
	return apitest.Refused[problema](t, r.Response, r.texto, status, codigo, campos...)
}
