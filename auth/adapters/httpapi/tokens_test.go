package httpapi_test

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/authn"

	"github.com/tienda-go/tienda/auth/adapters/httpapi"
)

func basic(id, clave string) opcion {
	return con("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(id)+":"+url.QueryEscape(clave))))
}

func TestPedirToken(t *testing.T) {
	t.Parallel()
	s := nuevaTienda(t)
	inventario := authn.NewVerifier(authn.VerifierOptions{Issuer: emisor, Service: "inventario", Keys: s.llavero, Now: s.reloj})
	pedir := map[string]string{"grant_type": "client_credentials", "audience": "inventario"}
	conCliente := map[string]string{"grant_type": "client_credentials", "audience": "inventario", "client_id": "pedidos",
		"client_secret": secreto}
	for nombre, r := range map[string]respuesta{
		"basic": s.formulario(t, pedir, basic("pedidos", secreto)),
		"basic_en_minusculas": s.formulario(t, pedir, func(r *http.Request) {
			basic("pedidos", secreto)(r)
			r.Header.Set("Authorization", "b"+r.Header.Get("Authorization")[1:])
		}),
		"formulario":              s.formulario(t, conCliente),
		"alcance_pedido":          s.formulario(t, con1(conCliente, "scope", "inventario:reservar")),
		"con_juego_de_caracteres": s.formulario(t, conCliente, con("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")),
	} {
		require.Equal(t, http.StatusOK, r.StatusCode, "%s: %s", nombre, r.texto)
		assert.Equal(t, "no-store", r.Header.Get("Cache-Control"))
		concesion := leer[httpapi.TokenDeServicio](t, r)
		assert.Equal(t, "Bearer", concesion.TokenType)
		assert.Equal(t, "inventario:reservar", concesion.Scope)
		assert.Positive(t, concesion.ExpiresIn)
		assert.LessOrEqual(t, concesion.ExpiresIn, int64(300))
		caller, err := inventario.Verify(t.Context(), concesion.AccessToken)
		require.NoError(t, err, nombre)
		servicio, _ := caller.Service()
		assert.Equal(t, "pedidos", servicio)
		assert.Equal(t, []string{"inventario:reservar"}, caller.Scopes)
		exigirProblema(t, s.pedir(t, "GET", "/me", "", como(concesion.AccessToken)), 401, "NO_AUTENTICADO")
	}

	paraAuth := s.formulario(t, con1(conCliente, "audience", "auth"))
	require.Equal(t, http.StatusOK, paraAuth.StatusCode, paraAuth.texto)
	assert.Equal(t, "revocaciones:leer", leer[httpapi.TokenDeServicio](t, paraAuth).Scope)
	exigirProblema(t, s.pedir(t, "GET", "/me", "", como(leer[httpapi.TokenDeServicio](t, paraAuth).AccessToken)), 403, "PROHIBIDO")
}

func TestPedirToken_rechazos(t *testing.T) {
	t.Parallel()
	s := nuevaTienda(t)
	s.registrar(t, "ana")
	bueno := map[string]string{"grant_type": "client_credentials", "audience": "inventario", "client_id": "pedidos",
		"client_secret": secreto}
	sinCliente := con1(con1(bueno, "client_id", ""), "client_secret", "")
	for nombre, c := range map[string]struct {
		r              respuesta
		status         int
		codigo, oauth2 string
		campos         []string
	}{
		"secreto_erroneo": {s.formulario(t, con1(bueno, "client_secret", "CANARIO-otro")), 401, "CLIENTE_INVALIDO",
			"invalid_client", nil},
		"secreto_de_otro": {s.formulario(t, con1(bueno, "client_id", "inventario")), 401, "CLIENTE_INVALIDO",
			"invalid_client", nil},
		"secreto_erroneo_dos": {s.formulario(t, sinCliente, basic("pedidos", "CANARIO-otro")), 401, "CLIENTE_INVALIDO",
			"invalid_client", nil},
		"cliente_desconocido": {s.formulario(t, con1(bueno, "client_id", "nadie")), 401, "CLIENTE_INVALIDO", "invalid_client", nil},
		"sin_cliente":         {s.formulario(t, sinCliente), 401, "CLIENTE_INVALIDO", "invalid_client", nil},
		"un_usuario": {s.formulario(t, con1(con1(bueno, "client_id", "ana"), "client_secret", contrasena)), 401,
			"CLIENTE_INVALIDO", "invalid_client", nil},
		"auth_no_es_cliente": {s.formulario(t, con1(bueno, "client_id", "auth")), 401, "CLIENTE_INVALIDO", "invalid_client", nil},
		"un_bearer": {s.formulario(t, sinCliente, como(s.par(t, "ana").AccessToken)), 401, "CLIENTE_INVALIDO",
			"invalid_client", nil},
		"basic_sin_base64": {s.formulario(t, sinCliente, con("Authorization", "Basic ***")), 401, "CLIENTE_INVALIDO",
			"invalid_client", nil},
		"basic_sin_dos_puntos": {s.formulario(t, sinCliente, con("Authorization", "Basic cGVkaWRvcw==")), 401, "CLIENTE_INVALIDO",
			"invalid_client", nil},
		"de_las_dos_formas": {s.formulario(t, bueno, basic("pedidos", secreto)), 400, "PETICION_DE_TOKEN_INVALIDA",
			"invalid_request", nil},
		"alcance_de_mas": {s.formulario(t, con1(bueno, "scope", "inventario:reservar inventario:escribir")), 400,
			"PETICION_DE_TOKEN_INVALIDA", "invalid_scope", nil},
		"alcance_de_otro": {s.formulario(t, con1(con1(bueno, "audience", "productos"), "scope", "inventario:reservar")), 400,
			"PETICION_DE_TOKEN_INVALIDA", "invalid_scope", nil},
		"audiencia_de_usuario": {s.formulario(t, con1(bueno, "audience", "tienda")), 400, "PETICION_DE_TOKEN_INVALIDA",
			"invalid_target", []string{"audience VALOR"}},
		"sin_audiencia": {s.formulario(t, con1(bueno, "audience", "")), 400, "PETICION_DE_TOKEN_INVALIDA",
			"invalid_request", []string{"audience OBLIGATORIO"}},
		"otra_concesion": {s.formulario(t, con1(bueno, "grant_type", "password")), 400, "PETICION_DE_TOKEN_INVALIDA",
			"unsupported_grant_type", []string{"grant_type VALOR"}},
		"contrasena_de_usuario": {s.crudo(t, "grant_type=password&username=ana&password=CANARIO"), 400,
			"PETICION_DE_TOKEN_INVALIDA", "unsupported_grant_type",
			[]string{"grant_type VALOR", "audience OBLIGATORIO", "username DESCONOCIDO", "password DESCONOCIDO"}},
		"sin_concesion": {s.formulario(t, con1(bueno, "grant_type", "")), 400, "PETICION_DE_TOKEN_INVALIDA",
			"invalid_request", []string{"grant_type OBLIGATORIO"}},
		"concesion_vacia": {s.crudo(t, "grant_type=&audience=auth"), 400, "PETICION_DE_TOKEN_INVALIDA", "invalid_request",
			[]string{"grant_type OBLIGATORIO"}},
		"campo_desconocido": {s.formulario(t, con1(bueno, "resource", "x")), 400, "PETICION_DE_TOKEN_INVALIDA",
			"invalid_request", []string{"resource DESCONOCIDO"}},
		"desconocido_dos_veces": {s.crudo(t, "grant_type=client_credentials&audience=auth&x=1&x=2"), 400,
			"PETICION_DE_TOKEN_INVALIDA", "invalid_request", []string{"x DUPLICADO"}},
		"conocido_dos_veces": {s.crudo(t, "grant_type=client_credentials&audience=auth&audience=auth"), 400,
			"PETICION_DE_TOKEN_INVALIDA", "invalid_request", []string{"audience DUPLICADO"}},
		"NUL": {s.formulario(t, con1(bueno, "client_secret", "\x00")), 400, "PETICION_DE_TOKEN_INVALIDA", "invalid_request",
			[]string{"client_secret FORMATO"}},
		"ilegible":   {s.crudo(t, "grant_type=%zz"), 400, "PETICION_DE_TOKEN_INVALIDA", "invalid_request", nil},
		"sin_cuerpo": {s.crudo(t, ""), 400, "PETICION_DE_TOKEN_INVALIDA", "invalid_request", nil},
		"en_JSON": {s.pedir(t, "POST", "/token", `{"grant_type":"client_credentials","audience":"inventario"}`,
			basic("pedidos", secreto)), 415, "TIPO_NO_ADMITIDO", "invalid_request", nil},
	} {
		p := exigirProblema(t, c.r, c.status, c.codigo, c.campos...)
		assert.Equal(t, c.oauth2, p.Error, "%s: the error of RFC 6749, section 5.2", nombre)
		if c.status == 401 {
			assert.Contains(t, c.r.Header.Get("WWW-Authenticate"), "Basic ", nombre)
		}
	}
}

// con1 is campos with another value for one.
func con1(campos map[string]string, campo, valor string) map[string]string {
	otros := map[string]string{campo: valor}
	for c, v := range campos {
		if c != campo {
			otros[c] = v
		}
	}
	return otros
}

// The other services can read the keys as auth publishes them.
func TestClaves(t *testing.T) {
	t.Parallel()
	s := nuevaTienda(t)
	s.registrar(t, "ana")
	r := s.pedir(t, "GET", "/.well-known/jwks.json", "", como("caducado"))
	require.Equal(t, http.StatusOK, r.StatusCode, r.texto)
	assert.Contains(t, r.Header.Get("Cache-Control"), "max-age")
	juego := leer[struct{ Keys []map[string]string }](t, r)
	require.Len(t, juego.Keys, 1)
	clave := juego.Keys[0]
	assert.Regexp(t, `^[\w-]{43}$`, clave["x"])
	assert.Regexp(t, `^[\w-]{43}$`, clave["kid"])
	delete(clave, "x")
	delete(clave, "kid")
	assert.Equal(t, map[string]string{"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig"}, clave, "no private part")

	servidor := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_,
			_ = w.Write([]byte(r.texto))
	}))
	t.Cleanup(servidor.Close)
	remoto := authn.NewVerifier(authn.VerifierOptions{
		Issuer: emisor, Service: "pedidos", Keys: authn.NewRemoteKeys(authn.RemoteKeysOptions{URL: servidor.URL}), Now: s.reloj,
	})
	caller, err := remoto.Verify(t.Context(), s.par(t, "ana").AccessToken)
	require.NoError(t, err)
	assert.Equal(t, "1", caller.Subject)
}

func TestMetadatos(t *testing.T) {
	t.Parallel()
	r := nuevaTienda(t).pedir(t, "GET", "/.well-known/oauth-authorization-server", "")
	require.Equal(t, http.StatusOK, r.StatusCode, r.texto)
	m := leer[httpapi.MetadatosDelEmisor](t, r)
	assert.Equal(t, emisor, m.Issuer)
	assert.Equal(t, emisor+"/token", m.TokenEndpoint)
	assert.Equal(t, emisor+"/.well-known/jwks.json", m.JWKSURI)
	assert.Equal(t, []string{"client_credentials"}, m.GrantTypesSupported)
	assert.Equal(t, []string{"client_secret_basic", "client_secret_post"}, m.AuthMethodsSupported)
	assert.Contains(t, r.texto, `"response_types_supported":[]`)
	assert.ElementsMatch(t, strings.Fields(`perfil pedidos:propios pedidos:leer pedidos:gestionar inventario:consultar inventario:leer
		inventario:escribir inventario:reservar productos:leer productos:escribir usuarios:leer usuarios:gestionar
		revocaciones:leer`), m.ScopesSupported)
}

// Every secret of this test contains CANARIO, or the test searches for its value.
func TestNingun_secreto_en_respuestas_ni_registros(t *testing.T) {
	t.Parallel()
	s := nuevaTienda(t)
	s.registrar(t, "ana")
	par := s.par(t, "ana")
	renovado := leer[httpapi.Tokens](t, s.refrescar(t, par.RefreshToken))
	s.entrar(t, "ana", "CANARIO-erroneo")
	s.refrescar(t, par.RefreshToken)
	s.pedir(t, "POST", "/login", `{"username":"ana","password":"CANARIO-1","CANARIO":"CANARIO-2"`)
	s.pedir(t, "POST", "/login", `{"username":"ana","password":["CANARIO-3"]}`)
	token := leer[httpapi.TokenDeServicio](t,
		s.formulario(t, map[string]string{"grant_type": "client_credentials", "audience": "auth"}, basic("pedidos", secreto)))
	s.formulario(t, map[string]string{"grant_type": "CANARIO-4", "audience": "CANARIO-5", "client_id": "pedidos",
		"client_secret": secreto})
	s.pedir(t, "POST", "/me/password", cuerpo(t, map[string]any{"actual": contrasena, "nueva": "CANARIO"}),
		como(renovado.AccessToken))
	s.pedir(t, "POST", "/me/password", cuerpo(t, map[string]any{"actual": contrasena, "nueva": "nueva-CANARIO-larga"}),
		como(renovado.AccessToken))
	s.pedir(t, "POST", "/logout", cuerpo(t, map[string]any{"refresh_token": renovado.RefreshToken}))
	require.NoError(t, s.base.Close())
	s.entrar(t, "ana", contrasena)

	log := s.log.texto()
	require.Contains(t, log, "/me/password", "the log is read")
	for _, secreto := range []string{
		"CANARIO", par.AccessToken, par.RefreshToken, renovado.AccessToken, renovado.RefreshToken, token.AccessToken,
		strings.Split(par.AccessToken, ".")[2], "argon2id",
	} {
		assert.NotContains(t, log, secreto)
	}
	yo := s.pedir(t, "GET", "/me", "", como(renovado.AccessToken))
	exigirProblema(t, yo, 503, "SERVICIO_NO_DISPONIBLE")
}
