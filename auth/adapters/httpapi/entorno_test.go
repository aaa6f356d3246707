package httpapi_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/apitest"
	"github.com/tienda-go/tienda/kit/authn"
	"github.com/tienda-go/tienda/kit/config"
	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/dbtest"
	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/httpserver"
	"github.com/tienda-go/tienda/kit/logging"

	"github.com/tienda-go/tienda/auth/adapters/argon"
	"github.com/tienda-go/tienda/auth/adapters/bunstore"
	"github.com/tienda-go/tienda/auth/adapters/firma"
	"github.com/tienda-go/tienda/auth/adapters/httpapi"
	"github.com/tienda-go/tienda/auth/app"
	"github.com/tienda-go/tienda/auth/ports"
)

const (
	emisor     = "http://auth.test:8000"
	contrasena = "correcto-CANARIO-caballo"
	secreto    = "CANARIO+Jc0m2ZVt8rWnLk5yHh/BdXs1uEfGa7%PoIv:zNx4KwM="
)

// registro is a log that may be read while it is written.
type registro struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (r *registro) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.buf.Write(p)
}

func (r *registro) texto() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.buf.String()
}

// sucesor derives refresh tokens as the service does.
var sucesor = func() func(string) string {
	f, err := app.NuevoSucesor("una clave que solo vale aquí")
	if err != nil {
		panic(err)
	}
	return f
}()

// tienda is the whole service behind its HTTP side, over SQLite, with a clock of its own.
type tienda struct {
	almacen  *bunstore.Almacen
	servidor *httpserver.Server
	base     *database.DB
	llavero  *firma.Llavero
	log      *registro
	mu       sync.Mutex
	ahora    time.Time
}

func (s *tienda) reloj() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ahora
}

func (s *tienda) pasan(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ahora = s.ahora.Add(d)
}

// esquema gives each test a database with the tables.
var esquema = dbtest.NewSchema(bunstore.Migrations())

func nuevaTienda(t *testing.T) *tienda {
	t.Helper()
	db := esquema.Open(t, esquema.SQLite(t), database.Options{})
	almacen := bunstore.New(db)
	s := &tienda{almacen: almacen, base: db, log: &registro{}, ahora: time.Now().UTC().Truncate(time.Second)}
	llavero, err := firma.Abrir(t.Context(), almacen, "una clave que solo vale aquí", emisor, s.reloj)
	require.NoError(t, err)
	s.llavero = llavero
	servicio := app.New(app.Dependencias{
		Usuarios: almacen, Actores: almacen, Administradores: almacen, Sesiones: almacen, Revocaciones: almacen, Intentos: almacen,
		Registros: almacen, Auditoria: almacen, Firmador: s.llavero, Reloj: s.reloj, NuevoID: uuid.NewString,
		Log:         logging.New(s.log, "auth", slog.LevelDebug, []string{"actual", "nueva"}),
		Contrasenas: argon.New(argon.Parametros{Memoria: 64, Tiempo: 1, Hilos: 1}),
		VidaToken:   15 * time.Minute, Sucesor: sucesor,
		Secretos: map[string]config.Secret{"pedidos": secreto, "inventario": secreto + "2", "productos": secreto + "3"},
	})
	s.servidor = httpapi.New(httpserver.Options{
		Log:  logging.New(s.log, "auth", slog.LevelDebug, []string{"actual", "nueva"}),
		Auth: authn.NewVerifier(authn.VerifierOptions{Issuer: emisor, Service: "auth", Keys: s.llavero, Now: s.reloj}),
	}, servicio, s.llavero, emisor)
	return s
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

// formulario sends POST /token; an empty value is left out.
func (s *tienda) formulario(t *testing.T, campos map[string]string, opciones ...opcion) respuesta {
	t.Helper()
	valores := url.Values{}
	for campo, valor := range campos {
		if valor != "" {
			valores.Set(campo, valor)
		}
	}
	return s.crudo(t, valores.Encode(), opciones...)
}

// crudo sends a form as it is.
func (s *tienda) crudo(t *testing.T, cuerpo string, opciones ...opcion) respuesta {
	t.Helper()
	return s.pedir(t, "POST", "/token", cuerpo,
		append([]opcion{con("Content-Type", "application/x-www-form-urlencoded")}, opciones...)...)
}

// registrar opens the account of nombre, with contrasena.
func (s *tienda) registrar(t *testing.T, nombre string) httpapi.Usuario {
	t.Helper()
	r := s.pedir(t, "POST", "/register",
		cuerpo(t, map[string]any{"username": nombre, "email": nombre + "@example.com", "password": contrasena}))
	require.Equal(t, http.StatusCreated, r.StatusCode, r.texto)
	return leer[httpapi.Usuario](t, r)
}

func (s *tienda) entrar(t *testing.T, usuario, clave string) respuesta {
	t.Helper()
	return s.pedir(t, "POST", "/login", cuerpo(t, map[string]any{"username": usuario, "password": clave}))
}

// par logs nombre in with contrasena.
func (s *tienda) par(t *testing.T, nombre string) httpapi.Tokens {
	t.Helper()
	r := s.entrar(t, nombre, contrasena)
	require.Equal(t, http.StatusOK, r.StatusCode, r.texto)
	return leer[httpapi.Tokens](t, r)
}

func (s *tienda) refrescar(t *testing.T, token string) respuesta {
	t.Helper()
	return s.pedir(t, "POST", "/refresh", cuerpo(t, map[string]any{"refresh_token": token}))
}

// firmar signs a token that the service itself would not issue.
func (s *tienda) firmar(t *testing.T, que ports.DatosDeToken) string {
	t.Helper()
	if que.Vida == 0 {
		que.Vida = time.Minute
	}
	token, err := s.llavero.Firmar(t.Context(), que)
	require.NoError(t, err)
	return token
}

func cuerpo(t *testing.T, v map[string]any) string {
	t.Helper()
	raw, err := json.Marshal(v)
	require.NoError(t, err)
	return string(raw)
}

func leer[T any](t *testing.T, r respuesta) T {
	t.Helper()
	return apitest.Read[T](t, r.texto)
}

// problema is the part of a problem that clients switch on.
type problema struct {
	Status  int
	Codigo  string
	Detail  string
	Error   string
	Errores []fault.Field
}

// exigirProblema checks a refusal; campos are "campo CODIGO", in any order.
func exigirProblema(t *testing.T, r respuesta, status int, codigo string, campos ...string) problema {
	t.Helper()
	assert.NotContains(t, r.texto, "CANARIO")
	return apitest.Refused[problema](t, r.Response, r.texto, status, codigo, campos...)
}
