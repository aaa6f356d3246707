package httpapi_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/inventario/adapters/bunstore"
	"github.com/tienda-go/tienda/inventario/adapters/httpapi"
	"github.com/tienda-go/tienda/inventario/app"
	"github.com/tienda-go/tienda/inventario/ports/portstest"
	"github.com/tienda-go/tienda/kit/authn"
	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/dbtest"
	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/httpserver"
	"github.com/tienda-go/tienda/kit/idempotency/keystore"
)

// The tokens that portero knows, and one for which it has no keys.
const (
	cliente  = "cliente"
	almacen  = "almacen"
	pedidos  = "pedidos"
	intruso  = "intruso" // a person who came by the scope of services
	sinLlave = "sin-llave"
)

type portero map[string]authn.Caller

func (p portero) Verify(_ context.Context, token string) (authn.Caller, error) {
	if quien, ok := p[token]; ok {
		return quien, nil
	}
	if token == sinLlave {
		return authn.Caller{}, fault.ErrUnavailable.New("No se pueden comprobar los tokens.")
	}
	return authn.Caller{}, fault.ErrUnauthenticated.New("El token no es válido.")
}

func persona(sub string, scopes ...string) authn.Caller {
	return authn.Caller{Subject: sub, Audience: authn.UserAudience, Scopes: scopes}
}

// servicio is the whole service behind its HTTP side, over SQLite, with products 1 to 9 in the catalogue.
type servicio struct {
	servidor *httpserver.Server
	app      *app.Servicio
	catalogo *portstest.CatalogoFalso
	db       *database.DB
}

func nuevo(t *testing.T) *servicio {
	t.Helper()
	db, err := database.Open(t.Context(), dbtest.SQLite(t), database.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	require.NoError(t, db.Migrate(t.Context(), bunstore.Migrations()))
	catalogo := portstest.NuevoCatalogoFalso(1, 2, 3, 4, 5, 6, 7, 8, 9)
	libro := bunstore.NewLibro(db)
	auth := portero{
		cliente: persona("5", "perfil", "pedidos:propios", "inventario:consultar"),
		almacen: persona("7", "perfil", "inventario:consultar", "inventario:leer", "inventario:escribir"),
		intruso: persona("9", "inventario:reservar"),
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
	peticion := httptest.NewRequest(metodo, ruta, nil)
	if body != "" {
		peticion = httptest.NewRequest(metodo, ruta, strings.NewReader(body))
		peticion.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(cabeceras); i += 2 {
		peticion.Header.Set(cabeceras[i], cabeceras[i+1])
	}
	if token != "" {
		peticion.Header.Set("Authorization", "Bearer "+token)
	}
	r, err := s.servidor.App().Test(peticion, -1)
	require.NoError(t, err)
	defer r.Body.Close()
	raw, err := io.ReadAll(r.Body)
	require.NoError(t, err)
	return respuesta{Response: r, texto: string(raw)}
}

// exito asks for something that must go well.
func exito[T any](t *testing.T, s *servicio, status int, token, metodo, ruta, body string) T {
	t.Helper()
	r := s.pedir(t, token, metodo, ruta, body)
	require.Equal(t, status, r.StatusCode, r.texto)
	return leer[T](t, r)
}

func leer[T any](t *testing.T, r respuesta) T {
	t.Helper()
	var v T
	require.NoError(t, json.Unmarshal([]byte(r.texto), &v), r.texto)
	return v
}

// problema is what a client switches on.
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

// rechazo asks for something that must be refused; campos are "campo CODIGO", in any order.
func rechazo(t *testing.T, s *servicio, status int, codigo, token, metodo, ruta, body string, campos ...string) problema {
	t.Helper()
	r := s.pedir(t, token, metodo, ruta, body)
	require.Equal(t, status, r.StatusCode, r.texto)
	assert.Equal(t, "application/problem+json", r.Header.Get("Content-Type"))
	p := leer[problema](t, r)
	assert.Equal(t, status, p.Status)
	assert.Equal(t, codigo, p.Codigo, r.texto)
	assert.NotEmpty(t, p.Detail)
	vistos := []string{}
	for _, campo := range p.Errores {
		vistos = append(vistos, campo.Campo+" "+campo.Codigo)
	}
	assert.ElementsMatch(t, campos, vistos, r.texto)
	return p
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
