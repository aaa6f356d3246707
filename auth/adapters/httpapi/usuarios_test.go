package httpapi_test

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/authn"

	"github.com/tienda-go/tienda/auth/adapters/httpapi"
	"github.com/tienda-go/tienda/auth/domain"
	"github.com/tienda-go/tienda/auth/ports"
)

// admin is the token of an administrator, made at the first call; it is issued now.
func (s *tienda) admin(t *testing.T) opcion {
	t.Helper()
	u, err := s.almacen.Buscar(t.Context(), domain.NormalizarIdentificador("administradora.de.prueba"))
	if errors.Is(err, domain.ErrUsuarioDesconocido) {
		u = domain.NewUsuario("administradora.de.prueba", "administradora.de.prueba@example.com", "$hash", domain.RolAdmin, s.reloj())
		err = s.almacen.Crear(t.Context(), u)
	}
	require.NoError(t, err)
	sesion := domain.NewSesion(uuid.NewString(), u.ID(), s.reloj(), 15*time.Minute)
	_, err = s.almacen.Abrir(t.Context(), sesion, uuid.NewString(), "$hash")
	require.NoError(t, err)
	return como(s.firmar(t, ports.DatosDeToken{
		Sujeto: strconv.FormatInt(u.ID(), 10), Audiencia: authn.UserAudience, Sesion: sesion.ID, Alcances: domain.RolAdmin.Alcances(),
	}))
}

func (s *tienda) servicioPedidos(t *testing.T) opcion {
	t.Helper()
	return como(s.firmar(t, ports.DatosDeToken{
		Sujeto: "servicio:pedidos", Audiencia: "auth", Alcances: []string{domain.AlcanceRevocacionesLeer},
	}))
}

func TestUsuarios(t *testing.T) {
	t.Parallel()
	s := nuevaTienda(t)
	ana := s.registrar(t, "ana")
	ruta := fmt.Sprintf("/usuarios/%d", ana.ID)
	s.registrar(t, "berta")
	par := s.par(t, "ana")

	lista := leer[[]httpapi.Cuenta](t, s.pedir(t, "GET", "/usuarios", "", s.admin(t)))
	require.Len(t, lista, 3)
	assert.Equal(t, []any{"ana", "cliente", true}, []any{lista[0].Username, string(lista[0].Rol), lista[0].Activo})
	primera := s.pedir(t, "GET", "/usuarios?limite=1", "", s.admin(t))
	assert.Contains(t, primera.Header.Get("Link"), `rel="next"`)

	r := s.pedir(t, "PATCH", ruta, `{"rol":"almacen"}`, s.admin(t))
	require.Equal(t, http.StatusOK, r.StatusCode, r.texto)
	assert.EqualValues(t, "almacen", leer[httpapi.Cuenta](t, r).Rol)
	s.pasan(11 * time.Second)
	nuevo := leer[httpapi.Tokens](t, s.refrescar(t, par.RefreshToken))
	assert.Equal(t, http.StatusOK, s.pedir(t, "GET", "/me", "", como(nuevo.AccessToken)).StatusCode, "the session stays")

	r = s.pedir(t, "PATCH", ruta, `{"activo":false}`, s.admin(t))
	require.Equal(t, http.StatusOK, r.StatusCode, r.texto)
	exigirProblema(t, s.refrescar(t, nuevo.RefreshToken), 401, "SESION_TERMINADA")
	exigirProblema(t, s.entrar(t, "ana", contrasena), 401, "CREDENCIALES_INVALIDAS")
	exigirProblema(t, s.pedir(t, "GET", "/me", "", como(nuevo.AccessToken)), 401, "NO_AUTENTICADO")
	r = s.pedir(t, "PATCH", ruta, `{"activo":true}`, s.admin(t))
	require.Equal(t, http.StatusOK, r.StatusCode, r.texto)
	assert.Equal(t, http.StatusOK, s.entrar(t, "ana", contrasena).StatusCode)

	exigirProblema(t, s.pedir(t, "GET", "/usuarios/999", "", s.admin(t)), 404, "USUARIO_NO_EXISTE")
	exigirProblema(t, s.pedir(t, "PATCH", "/usuarios/999", `{"activo":false}`, s.admin(t)), 404, "USUARIO_NO_EXISTE")
	exigirProblema(t, s.pedir(t, "PATCH", ruta, `{"rol":"dios"}`, s.admin(t)), 422, "VALIDACION", "rol VALOR")
	exigirProblema(t, s.pedir(t, "PATCH", ruta, `{"email":"x@example.com"}`, s.admin(t)), 422, "VALIDACION", "email DESCONOCIDO")
	exigirProblema(t, s.pedir(t, "GET", "/usuarios", "", como(s.par(t, "berta").AccessToken)), 403, "PROHIBIDO")
	exigirProblema(t, s.pedir(t, "GET", "/usuarios", ""), 401, "NO_AUTENTICADO")
}

func TestUsuarios_el_ultimo_administrador(t *testing.T) {
	t.Parallel()
	s := nuevaTienda(t)
	id := s.registrar(t, "jefa").ID
	ruta := fmt.Sprintf("/usuarios/%d", id)
	require.Equal(t, http.StatusOK, s.pedir(t, "PATCH", ruta, `{"rol":"admin"}`, s.admin(t)).StatusCode)
	par := como(s.par(t, "jefa").AccessToken)
	require.Equal(t, http.StatusOK,
		s.pedir(t, "PATCH", rutaDe(s.buscar(t, "administradora.de.prueba")), `{"rol":"cliente"}`, par).StatusCode)
	exigirProblema(t, s.pedir(t, "PATCH", ruta, `{"rol":"cliente"}`, par), 409, "ULTIMO_ADMIN")
	exigirProblema(t, s.pedir(t, "PATCH", ruta, `{"activo":false}`, par), 409, "ULTIMO_ADMIN")
}

func TestRevocaciones(t *testing.T) {
	t.Parallel()
	s := nuevaTienda(t)
	ana := s.registrar(t, "ana")
	par := s.par(t, "ana")
	vacia := s.pedir(t, "GET", "/revocaciones", "", s.servicioPedidos(t))
	assert.JSONEq(t, `{"sesiones":[],"usuarios":[]}`, vacia.texto)

	require.Equal(t, http.StatusNoContent,
		s.pedir(t, "POST", "/logout", cuerpo(t, map[string]any{"refresh_token": par.RefreshToken})).StatusCode)
	require.Equal(t, http.StatusOK,
		s.pedir(t, "PATCH", fmt.Sprintf("/usuarios/%d", ana.ID), `{"rol":"soporte"}`, s.admin(t)).StatusCode)
	r := leer[httpapi.Revocaciones](t, s.pedir(t, "GET", "/revocaciones", "", s.servicioPedidos(t)))
	assert.Len(t, r.Sesiones, 1)
	require.Len(t, r.Usuarios, 1)
	assert.Equal(t, ana.ID, r.Usuarios[0].ID)
	assert.True(t, r.Usuarios[0].Desde.After(s.reloj()), "a token issued within this second is revoked too")

	s.pasan(authn.MaxUserLife + 2*time.Minute) // every such token has expired
	r = leer[httpapi.Revocaciones](t, s.pedir(t, "GET", "/revocaciones", "", s.servicioPedidos(t)))
	assert.Empty(t, r.Sesiones)
	assert.Empty(t, r.Usuarios)

	exigirProblema(t, s.pedir(t, "GET", "/revocaciones", "", s.admin(t)), 403, "PROHIBIDO")
	persona := como(s.firmar(t, ports.DatosDeToken{Sujeto: "7", Audiencia: authn.UserAudience, Sesion: "s",
		Alcances: []string{domain.AlcanceRevocacionesLeer}}))
	exigirProblema(t, s.pedir(t, "GET", "/revocaciones", "", persona), 403, "PROHIBIDO")
}

func TestRotarClave(t *testing.T) {
	t.Parallel()
	s := nuevaTienda(t)
	s.registrar(t, "ana")
	antes := s.par(t, "ana").AccessToken
	r := s.pedir(t, "POST", "/claves/rotar", "", s.admin(t))
	require.Equal(t, http.StatusOK, r.StatusCode, r.texto)
	kid := leer[struct{ Kid string }](t, r).Kid
	despues := s.par(t, "ana").AccessToken
	assert.Contains(t, s.pedir(t, "GET", "/.well-known/jwks.json", "").texto, kid)
	for _, token := range []string{antes, despues} {
		assert.Equal(t, http.StatusOK, s.pedir(t, "GET", "/me", "", como(token)).StatusCode)
	}
	exigirProblema(t, s.pedir(t, "POST", "/claves/rotar", "", como(despues)), 403, "PROHIBIDO")
}

func TestEntrar_adivinar_se_frena(t *testing.T) {
	t.Parallel()
	s := nuevaTienda(t)
	s.registrar(t, "ana")
	for _, quien := range []string{"ana", "nadie"} {
		for i := range domain.MaxIntentos {
			nombre := quien
			if quien == "ana" && i%2 == 0 {
				nombre = "ana@example.com" // the same account by its other name
			}
			exigirProblema(t, s.entrar(t, nombre, "no es esta"), 401, "CREDENCIALES_INVALIDAS")
		}
		frenado := s.entrar(t, quien, contrasena)
		exigirProblema(t, frenado, 429, "DEMASIADOS_INTENTOS")
		assert.NotEmpty(t, frenado.Header.Get("Retry-After"))
	}
	s.pasan(domain.VentanaIntentos)
	for range 3 * domain.MaxIntentos { // right passwords do not count
		require.Equal(t, http.StatusOK, s.entrar(t, "ana", contrasena).StatusCode)
	}
}
