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

	"github.com/tienda-go/tienda/kit/authn"
	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/dbtest"
	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/httpserver"
	"github.com/tienda-go/tienda/kit/idempotency/keystore"

	"github.com/tienda-go/tienda/productos/adapters/bunstore"
	"github.com/tienda-go/tienda/productos/adapters/httpapi"
	"github.com/tienda-go/tienda/productos/app"
)

// portero is an Authenticator with these tokens; it refuses all others.
type portero map[string]authn.Caller

func (p portero) Verify(_ context.Context, token string) (authn.Caller, error) {
	if caller, ok := p[token]; ok {
		return caller, nil
	}
	if token == "sin-claves" {
		return authn.Caller{}, fault.ErrUnavailable.New("No se pueden comprobar los tokens.")
	}
	return authn.Caller{}, fault.ErrUnauthenticated.New("El token no es válido.")
}

// The tokens of portero.
const (
	catalogo = "catalogo"
	cliente  = "cliente"
	pedidos  = "pedidos" // the service
)

// tienda is the whole service behind its HTTP side, over SQLite.
type tienda struct {
	servidor    *httpserver.Server
	base        *database.DB
	repositorio *bunstore.Repositorio
}

func nuevaTienda(t *testing.T) *tienda {
	t.Helper()
	return abrirTienda(t, httpserver.Options{})
}

// abrirTienda is nuevaTienda with other options.
func abrirTienda(t testing.TB, o httpserver.Options) *tienda {
	t.Helper()
	db, err := database.Open(t.Context(), dbtest.SQLite(t), database.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	require.NoError(t, db.Migrate(t.Context(), bunstore.Migrations()))
	repositorio := bunstore.New(db)
	servicio := app.New(app.Dependencias{Productos: repositorio, Catalogo: repositorio, Reloj: database.Now})
	auth := portero{
		catalogo: {Subject: "1", Audience: authn.UserAudience, Scopes: []string{"perfil", "productos:escribir"}},
		pedidos:  {Subject: "servicio:pedidos", Audience: "productos", Scopes: []string{"productos:leer"}},
		cliente:  {Subject: "2", Audience: authn.UserAudience, Scopes: []string{"perfil", "pedidos:propios"}},
	}
	o.Auth, o.Keys = auth, keystore.New(db)
	return &tienda{servidor: httpapi.New(o, servicio), base: db, repositorio: repositorio}
}

// opcion changes a request before it is sent.
type opcion func(*http.Request)

func con(cabecera, valor string) opcion {
	return func(r *http.Request) { r.Header.Set(cabecera, valor) }
}

func como(token string) opcion { return con("Authorization", "Bearer "+token) }

// respuesta is an answer, read to its end.
type respuesta struct {
	*http.Response
	texto string
}

// pedir sends a request; body "" sends none.
func (s *tienda) pedir(t *testing.T, metodo, ruta, body string, opciones ...opcion) respuesta {
	t.Helper()
	var cuerpo io.Reader
	if body != "" {
		cuerpo = strings.NewReader(body)
	}
	peticion := httptest.NewRequest(metodo, ruta, cuerpo)
	if body != "" {
		peticion.Header.Set("Content-Type", "application/json")
	}
	for _, aplicar := range opciones {
		aplicar(peticion)
	}
	r, err := s.servidor.App().Test(peticion, -1)
	require.NoError(t, err)
	defer r.Body.Close()
	raw, err := io.ReadAll(r.Body)
	require.NoError(t, err)
	return respuesta{Response: r, texto: string(raw)}
}

// crear adds a product and returns the answer.
func (s *tienda) crear(t *testing.T, body string) httpapi.Producto {
	t.Helper()
	r := s.pedir(t, "POST", "/productos", body, como(catalogo))
	require.Equal(t, http.StatusCreated, r.StatusCode, r.texto)
	return leer[httpapi.Producto](t, r)
}

// obtener reads a product as the staff does, which sees all.
func (s *tienda) obtener(t *testing.T, ruta string) httpapi.Producto {
	t.Helper()
	r := s.pedir(t, "GET", ruta, "", como(catalogo))
	require.Equal(t, http.StatusOK, r.StatusCode, r.texto)
	return leer[httpapi.Producto](t, r)
}

func leer[T any](t *testing.T, r respuesta) T {
	t.Helper()
	var v T
	require.NoError(t, json.Unmarshal([]byte(r.texto), &v), r.texto)
	return v
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
	require.Equal(t, status, r.StatusCode, r.texto)
	assert.Equal(t, "application/problem+json", r.Header.Get("Content-Type"))
	p := leer[problema](t, r)
	assert.Equal(t, status, p.Status)
	assert.Equal(t, codigo, p.Codigo)
	assert.NotEmpty(t, p.Detail)
	vistos := []string{}
	for _, campo := range p.Errores {
		vistos = append(vistos, campo.Campo+" "+campo.Codigo)
	}
	assert.ElementsMatch(t, campos, vistos, r.texto)
	return p
}
