package httpapi_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/auth/adapters/httpapi"
	"github.com/tienda-go/tienda/auth/ports"
)

func TestPerfil(t *testing.T) {
	t.Parallel()
	s := nuevaTienda(t)
	ana := s.registrar(t, "ana")
	par := s.par(t, "ana")
	r := s.pedir(t, "GET", "/me", "", como(par.AccessToken))
	require.Equal(t, http.StatusOK, r.StatusCode, r.texto)
	assert.Equal(t, ana, leer[httpapi.Usuario](t, r))
}

// Every operation of a user, called by other callers.
func TestPerfil_permisos(t *testing.T) {
	t.Parallel()
	s := nuevaTienda(t)
	s.registrar(t, "ana")
	s.registrar(t, "cerrada")
	bueno := s.par(t, "ana").AccessToken
	cerrada := s.par(t, "cerrada").AccessToken
	_, err := s.base.Write().Exec(t.Context(), "UPDATE usuarios SET activo = FALSE WHERE nombre = 'cerrada'")
	require.NoError(t, err)
	perfil := []string{"perfil"}
	for nombre, c := range map[string]struct {
		token  string
		status int
		codigo string
	}{
		"nadie":              {"", 401, "NO_AUTENTICADO"},
		"token_que_no_lo_es": {"x.y.z", 401, "NO_AUTENTICADO"},
		"token_retocado":     {bueno[:len(bueno)-8] + "AAAAAAAA", 401, "NO_AUTENTICADO"},
		"de_usuario_para_pedidos": {s.firmar(t, ports.DatosDeToken{Sujeto: "1", Audiencia: "pedidos", Sesion: "s", Alcances: perfil}),
			401, "NO_AUTENTICADO"},
		"de_usuario_sin_sesion": {s.firmar(t, ports.DatosDeToken{Sujeto: "1", Audiencia: "tienda", Alcances: perfil}), 401,
			"NO_AUTENTICADO"},
		"demasiado_largo": {s.firmar(t, ports.DatosDeToken{Sujeto: "1", Audiencia: "tienda", Sesion: "s", Alcances: perfil,
			Vida: 2 * time.Hour}), 401, "NO_AUTENTICADO"},
		"de_usuario_sin_alcance": {s.firmar(t, ports.DatosDeToken{Sujeto: "1", Audiencia: "tienda", Sesion: "s"}), 403, "PROHIBIDO"},
		"de_servicio": {s.firmar(t,
			ports.DatosDeToken{Sujeto: "servicio:pedidos", Audiencia: "auth", Alcances: []string{"revocaciones:leer"}}), 403, "PROHIBIDO"},
		"de_servicio_con_perfil": {s.firmar(t, ports.DatosDeToken{Sujeto: "servicio:pedidos", Audiencia: "auth", Alcances: perfil}),
			403, "PROHIBIDO"},
		"de_servicio_para_otro": {s.firmar(t,
			ports.DatosDeToken{Sujeto: "servicio:pedidos", Audiencia: "inventario", Alcances: perfil}), 401, "NO_AUTENTICADO"},
		"de_servicio_como_usuario": {s.firmar(t,
			ports.DatosDeToken{Sujeto: "servicio:pedidos", Audiencia: "tienda", Sesion: "s", Alcances: perfil}), 401, "NO_AUTENTICADO"},
		"de_quien_no_existe": {s.firmar(t, ports.DatosDeToken{Sujeto: "99", Audiencia: "tienda", Sesion: "s", Alcances: perfil}),
			401, "NO_AUTENTICADO"},
		"de_una_cuenta_ya_cerrada":  {cerrada, 401, "NO_AUTENTICADO"},
		"un_token_de_refresco_suyo": {s.par(t, "ana").RefreshToken, 401, "NO_AUTENTICADO"},
	} {
		for _, operacion := range [][3]string{
			{"GET", "/me", ""}, {"PATCH", "/me", `{"email":"robada@example.com","actual":"` + contrasena + `"}`},
			{"POST", "/me/password", `{"actual":"` + contrasena + `","nueva":"correcto caballo"}`},
		} {
			opciones := []opcion{}
			if c.token != "" {
				opciones = append(opciones, como(c.token))
			}
			r := s.pedir(t, operacion[0], operacion[1], operacion[2], opciones...)
			p := exigirProblema(t, r, c.status, c.codigo)
			assert.Equal(t, c.status == 401 || strings.HasPrefix(p.Detail, "Su token no tiene"), r.Header.Get("WWW-Authenticate") != "",
				"%s: %s", nombre, p.Detail)
		}
	}
	assert.Equal(t, "ana@example.com", leer[httpapi.Usuario](t, s.pedir(t, "GET", "/me", "", como(bueno))).Email)
	s.par(t, "ana") // the password is the old one

	s.pasan(15*time.Minute + 6*time.Second)
	exigirProblema(t, s.pedir(t, "GET", "/me", "", como(bueno)), 401, "NO_AUTENTICADO")
}

func TestCambiarPerfil(t *testing.T) {
	t.Parallel()
	s := nuevaTienda(t)
	s.registrar(t, "ana")
	s.registrar(t, "berta")
	token := como(s.par(t, "ana").AccessToken)
	r := s.pedir(t, "PATCH", "/me", `{"email":"Nueva@Example.com","actual":"`+contrasena+`"}`, token)
	require.Equal(t, http.StatusOK, r.StatusCode, r.texto)
	assert.Equal(t, "nueva@example.com", leer[httpapi.Usuario](t, r).Email)
	assert.Equal(t, r.texto, s.pedir(t, "GET", "/me", "", token).texto)
	assert.Equal(t, r.texto, s.pedir(t, "PATCH", "/me", `{}`, token).texto, "nothing to change")
	require.Equal(t, http.StatusOK, s.entrar(t, "nueva@example.com", contrasena).StatusCode)
	exigirProblema(t, s.entrar(t, "ana@example.com", contrasena), 401, "CREDENCIALES_INVALIDAS")

	exigirProblema(t, s.pedir(t, "PATCH", "/me", `{"email":"Berta@example.com","actual":"`+contrasena+`"}`, token), 409,
		"USUARIO_EXISTE")
	for body, campo := range map[string]string{
		`{"email":"no","actual":"` + contrasena + `"}`: "email FORMATO", `{"email":"","actual":"` + contrasena + `"}`: "email FORMATO",
		`{"email":7}`: "email TIPO", `{"email":"otra@example.com"}`: "actual OBLIGATORIO",
		`{"username":"otra"}`: "username DESCONOCIDO", `{"email":"a@example.com","rol":"admin"}`: "rol DESCONOCIDO",
		`{"id":2}`: "id DESCONOCIDO",
	} {
		exigirProblema(t, s.pedir(t, "PATCH", "/me", body, token), 422, "VALIDACION", campo)
	}
	require.Equal(t, 422, s.pedir(t, "PATCH", "/me", `{"email":null}`, token).StatusCode, "the address cannot be removed")
	assert.Equal(t, r.texto, s.pedir(t, "GET", "/me", "", token).texto, "a refused request changes nothing")
}

func TestCambiarContrasena(t *testing.T) {
	t.Parallel()
	const nueva = "otro-CANARIO-caballo"
	s := nuevaTienda(t)
	s.registrar(t, "ana")
	esta, otra := s.par(t, "ana"), s.par(t, "ana")
	cambiar := func(body map[string]any) respuesta {
		return s.pedir(t, "POST", "/me/password", cuerpo(t, body), como(esta.AccessToken))
	}
	for _, actual := range []string{"", "c", "otra distinta", strings.Repeat("x", 10_000)} {
		exigirProblema(t, cambiar(map[string]any{"actual": actual, "nueva": nueva}), 403, "CONTRASENA_ACTUAL_INCORRECTA")
	}
	exigirProblema(t, cambiar(map[string]any{"actual": contrasena, "nueva": "corta"}), 422, "VALIDACION", "nueva LONGITUD")
	exigirProblema(t, cambiar(map[string]any{"actual": contrasena, "nueva": "Qwertyuiop"}), 422, "VALIDACION", "nueva VALOR")
	exigirProblema(t, cambiar(map[string]any{"actual": contrasena, "nueva": "ana@example.com"}), 422, "VALIDACION", "nueva VALOR")
	exigirProblema(t, cambiar(map[string]any{"actual": contrasena}), 422, "VALIDACION", "nueva OBLIGATORIO")
	exigirProblema(t, cambiar(map[string]any{"actual": contrasena, "nueva": nueva, "repetida": nueva}), 422, "VALIDACION",
		"repetida DESCONOCIDO")

	r := cambiar(map[string]any{"actual": contrasena, "nueva": nueva})
	require.Equal(t, http.StatusOK, r.StatusCode, r.texto)
	nuevo := leer[httpapi.Tokens](t, r)
	exigirProblema(t, s.refrescar(t, otra.RefreshToken), 401, "SESION_TERMINADA")
	exigirProblema(t, s.refrescar(t, esta.RefreshToken), 401, "SESION_TERMINADA")
	exigirProblema(t, s.pedir(t, "GET", "/me", "", como(esta.AccessToken)), 401, "NO_AUTENTICADO")
	assert.Equal(t, http.StatusOK, s.pedir(t, "GET", "/me", "", como(nuevo.AccessToken)).StatusCode, "the new pair is valid at once")
	assert.Equal(t, http.StatusOK, s.refrescar(t, nuevo.RefreshToken).StatusCode)
	exigirProblema(t, s.entrar(t, "ana", contrasena), 401, "CREDENCIALES_INVALIDAS")
	assert.Equal(t, http.StatusOK, s.entrar(t, "ana", nueva).StatusCode)
}
