package httpapi_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/apitest"
	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/dbtest"
	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/httpserver"
	"github.com/tienda-go/tienda/kit/idempotency/keystore"

	"github.com/tienda-go/tienda/inventario/adapters/bunstore"
	"github.com/tienda-go/tienda/inventario/adapters/httpapi"
	"github.com/tienda-go/tienda/inventario/app"
	"github.com/tienda-go/tienda/inventario/ports/portstest"
)

// The tokens that the service accepts, and one token that it cannot verify.
const (
	cliente  = "cliente"
	almacen  = "almacen"
	pedidos  = "pedidos"
	intruso  = "intruso" // a user whose token has the scope of services
	sinLlave = apitest.NoKeys
)

// servicio is the whole service with its HTTP API, over SQLite, with products 1 to 9 in the catalogue.
type servicio struct {
	servidor *httpserver.Server
	app      *app.Servicio
	catalogo *portstest.CatalogoFalso
	db       *database.DB
}

// esquema gives each test a database with the tables.
var esquema = dbtest.NewSchema(bunstore.Migrations())

func nuevo(t *testing.T) *servicio {
	t.Helper()
	db := esquema.Open(t, esquema.SQLite(t), database.Options{})
	catalogo := portstest.NewCatalogoFalso(1, 2, 3, 4, 5, 6, 7, 8, 9)
	libro := bunstore.NewLibro(db)
	auth := apitest.Callers{
		cliente: apitest.User("5", "perfil", "pedidos:propios", "inventario:consultar"),
		almacen: apitest.User("7", "perfil", "inventario:consultar", "inventario:leer", "inventario:escribir"),
		intruso: apitest.User("9", "inventario:reservar"),
		pedidos: {Subject: "servicio:pedidos", Audience: "inventario", Scopes: []string{"inventario:reservar"}},
	}
	casos := app.New(app.Dependencias{
		Existencias: bunstore.NewExistencias(db), Reservas: bunstore.NewReservas(db), Devoluciones: bunstore.NewDevoluciones(db),
		Libro: libro, Verificaciones: libro, Catalogo: catalogo, Reloj: database.Now,
	})
	return &servicio{
		servidor: httpapi.New(httpserver.Options{Auth: auth, Keys: keystore.New(db)}, casos), app: casos,
		catalogo: catalogo, db: db,
	}
}

// respuesta is an answer, read to its end.
type respuesta struct {
	*http.Response
	texto string
}

// pedir sends a request as the holder of a token; token "" and body "" send none.
func (s *servicio) pedir(t *testing.T, token, metodo, ruta, body string, cabeceras ...string) respuesta {
	t.Helper()
	r, texto := apitest.Do(t, s.servidor, metodo, ruta, body, apitest.As(token), apitest.With(cabeceras...))
	return respuesta{r, texto}
}

// exito sends a request that must succeed.
func exito[T any](t *testing.T, s *servicio, status int, token, metodo, ruta, body string) T {
	t.Helper()
	r := s.pedir(t, token, metodo, ruta, body)
	require.Equal(t, status, r.StatusCode, r.texto)
	return leer[T](t, r)
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
	Errores       []fault.Field
	Disponible    *int64
	Reservado     int64
	Referencias   []string
	VersionActual int64 `json:"version_actual"`
	Estado        string
	Lineas        []struct {
		ProductoID int64 `json:"producto_id"`
		Solicitado int64
		Disponible int64
	}
}

// rechazo sends a request that must be refused; campos are "campo CODIGO", in any order.
func rechazo(t *testing.T, s *servicio, status int, codigo, token, metodo, ruta, body string, campos ...string) problema {
	t.Helper()
	r := s.pedir(t, token, metodo, ruta, body)
	return apitest.Refused[problema](t, r.Response, r.texto, status, codigo, campos...)
}

// alta gives a product its first stock.
func (s *servicio) alta(t *testing.T, body string) httpapi.Existencias {
	t.Helper()
	return exito[httpapi.Existencias](t, s, http.StatusCreated, almacen, "POST", "/inventario", body)
}

func (s *servicio) exigir(t *testing.T, productoID string, fisico, reservado int64) {
	t.Helper()
	e := exito[httpapi.Existencias](t, s, http.StatusOK, almacen, "GET", "/inventario/"+productoID, "")
	assert.Equal(t, [3]int64{fisico, reservado, fisico - reservado}, [3]int64{e.Fisico, e.Reservado, e.Cantidad})
}
