package httpapi_test

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/auth/adapters/httpapi"
)

func TestRegistrar(t *testing.T) {
	t.Parallel()
	t.Run("201_con_la_cuenta_y_nada_mas", func(t *testing.T) {
		t.Parallel()
		s := nuevaTienda(t)
		r := s.pedir(t, "POST", "/register", `{"username":" ＡＮＡ ","email":"Ana@Example.com","password":"`+contrasena+`"}`)
		require.Equal(t, http.StatusCreated, r.StatusCode, r.texto)
		var visto map[string]any
		require.NoError(t, json.Unmarshal([]byte(r.texto), &visto))
		assert.Regexp(t, `^\d{4}-\d\d-\d\dT[\d:.]+Z$`, visto["creado_en"])
		delete(visto, "creado_en")
		assert.Equal(t, map[string]any{"id": 1.0, "username": "ana", "email": "ana@example.com", "rol": "cliente"}, visto)
	})
	t.Run("409_nombre_o_correo_que_ya_estan", func(t *testing.T) {
		t.Parallel()
		s := nuevaTienda(t)
		s.registrar(t, "ana")
		for _, body := range []string{
			`{"username":"ANA","email":"otra@example.com","password":"correcto caballo"}`,
			`{"username":"ａｎａ","email":"otra@example.com","password":"correcto caballo"}`,
			`{"username":"otra","email":"ANA@example.COM","password":"correcto caballo"}`,
		} {
			exigirProblema(t, s.pedir(t, "POST", "/register", body), 409, "USUARIO_EXISTE")
		}
		exigirProblema(t, s.entrar(t, "otra", "correcto caballo"), 401, "CREDENCIALES_INVALIDAS")
	})
	for nombre, c := range map[string]struct {
		body   string
		campos []string
	}{
		"vacio": {`{}`, []string{"username OBLIGATORIO", "email OBLIGATORIO", "password OBLIGATORIO"}},
		"todo_mal_a_la_vez": {`{"username":"a","email":"a","password":"a"}`,
			[]string{"username FORMATO", "email FORMATO", "password LONGITUD"}},
		"nombre_reservado": {`{"username":"Adm1n","email":"a@example.com","password":"correcto caballo"}`,
			[]string{"username VALOR"}},
		"nombre_de_servicio": {`{"username":"ｐｅｄｉｄｏｓ","email":"a@example.com","password":"correcto caballo"}`,
			[]string{"username VALOR"}},
		"contrasena_comun": {`{"username":"ana","email":"a@example.com","password":"PASSWORD1"}`, []string{"password VALOR"}},
		"contrasena_de_257": {`{"username":"ana","email":"a@example.com","password":"` + strings.Repeat("ñandú ", 43) + `"}`,
			[]string{"password LONGITUD"}},
		"campo_desconocido": {`{"username":"ana","email":"a@example.com","password":"correcto caballo","edad":3}`,
			[]string{"edad DESCONOCIDO"}},
		"el_rol_no_se_elige": {`{"username":"ana","email":"a@example.com","password":"correcto caballo","rol":"admin"}`,
			[]string{"rol DESCONOCIDO"}},
		"otro_tipo": {`{"username":"ana","email":"a@example.com","password":12345678}`, []string{"password TIPO"}},
		"null":      {`{"username":null,"email":"a@example.com","password":"correcto caballo"}`, []string{"username TIPO"}},
		"NUL": {`{"username":"an\u0000","email":"a@example.com","password":"CANARIO\u0000caballo"}`,
			[]string{"username FORMATO", "password FORMATO"}},
		"otra_caja": {`{"Username":"ana","email":"a@example.com","password":"correcto caballo"}`,
			[]string{"username OBLIGATORIO", "Username DESCONOCIDO"}},
	} {
		t.Run("422_"+nombre, func(t *testing.T) {
			t.Parallel()
			s := nuevaTienda(t)
			exigirProblema(t, s.pedir(t, "POST", "/register", c.body), 422, "VALIDACION", c.campos...)
			assert.EqualValues(t, 1, s.registrar(t, "primera").ID, "nothing was created")
		})
	}
	for nombre, body := range map[string]string{
		"no_es_JSON": `{"username":`,
		"dos_veces":  `{"username":"ana","username":"eva","email":"a@example.com","password":"correcto caballo"}`,
		"no_es_UTF8": "{\"username\":\"an\xff\",\"email\":\"a@example.com\",\"password\":\"correcto caballo\"}",
	} {
		t.Run("400_"+nombre, func(t *testing.T) {
			t.Parallel()
			exigirProblema(t, nuevaTienda(t).pedir(t, "POST", "/register", body), 400, "PETICION_ILEGIBLE")
		})
	}
	t.Run("415_otro_tipo_de_contenido", func(t *testing.T) {
		t.Parallel()
		r := nuevaTienda(t).pedir(t, "POST", "/register", "username=ana", con("Content-Type", "application/x-www-form-urlencoded"))
		exigirProblema(t, r, 415, "TIPO_NO_ADMITIDO")
	})
}

func TestEntrar(t *testing.T) {
	t.Parallel()
	t.Run("200_por_nombre_o_por_correo", func(t *testing.T) {
		t.Parallel()
		s := nuevaTienda(t)
		s.registrar(t, "ana")
		for _, usuario := range []string{"ana", "ANA", "ana@example.com", "Ana@EXAMPLE.com"} {
			r := s.entrar(t, usuario, contrasena)
			require.Equal(t, http.StatusOK, r.StatusCode, r.texto)
			assert.Equal(t, "no-store", r.Header.Get("Cache-Control"))
			var visto map[string]any
			require.NoError(t, json.Unmarshal([]byte(r.texto), &visto))
			assert.Equal(t, "bearer", visto["token_type"])
			assert.EqualValues(t, 900, visto["expires_in"])
			assert.Regexp(t, `^[\w-]{43}$`, visto["refresh_token"])
			assert.Len(t, visto, 4)
			acceso, _ := visto["access_token"].(string)
			assert.Equal(t, http.StatusOK, s.pedir(t, "GET", "/me", "", como(acceso)).StatusCode)
		}
	})
	t.Run("401_el_mismo_para_todo", func(t *testing.T) {
		t.Parallel()
		s := nuevaTienda(t)
		s.registrar(t, "ana")
		peticion := regexp.MustCompile(`"request_id":"[^"]*"`)
		igual := ""
		for nombre, c := range map[string][2]string{
			"desconocido":            {"nadie", contrasena},
			"erronea":                {"ana", "otra distinta"},
			"otra_caja":              {"ana", strings.ToUpper(contrasena)},
			"vacia":                  {"ana", ""},
			"corta":                  {"ana", "c"},
			"de_257":                 {"ana", strings.Repeat("ñ", 257)},
			"de_10000":               {"ana", strings.Repeat("x", 10_000)},
			"sin_nombre":             {"", contrasena},
			"nombre_de_10000":        {strings.Repeat("x", 10_000), contrasena},
			"un_nombre_imposible":    {"<script>", contrasena},
			"correo_desconocido":     {"nadie@example.com", contrasena},
			"todo_vacio":             {"", ""},
			"como_en_una_inyeccion":  {"' OR 1=1 --", contrasena},
			"con_espacio_al_final":   {"ana", contrasena + " "},
			"un_servicio":            {"pedidos", secreto},
			"un_correo_sin_terminar": {"ana@", contrasena},
		} {
			r := s.entrar(t, c[0], c[1])
			exigirProblema(t, r, 401, "CREDENCIALES_INVALIDAS")
			assert.NotEmpty(t, r.Header.Get("WWW-Authenticate"))
			texto := peticion.ReplaceAllString(r.texto, "")
			if igual == "" {
				igual = texto
			}
			assert.Equal(t, igual, texto, nombre)
		}
	})
	t.Run("422", func(t *testing.T) {
		t.Parallel()
		s := nuevaTienda(t)
		exigirProblema(t, s.pedir(t, "POST", "/login", `{"username":"ana"}`), 422, "VALIDACION", "password OBLIGATORIO")
		exigirProblema(t, s.pedir(t, "POST", "/login", `{"username":"ana","password":"CANARIO-1","otp":1}`), 422, "VALIDACION",
			"otp DESCONOCIDO")
		exigirProblema(t, s.pedir(t, "POST", "/login", `{"username":["ana"],"password":{}}`), 422, "VALIDACION", "username TIPO",
			"password TIPO")
	})
	t.Run("una_cabecera_Authorization_no_importa", func(t *testing.T) {
		t.Parallel()
		s := nuevaTienda(t)
		s.registrar(t, "ana")
		r := s.pedir(t, "POST", "/login", cuerpo(t, map[string]any{"username": "ana", "password": contrasena}), como("caducado"))
		assert.Equal(t, http.StatusOK, r.StatusCode, "a login ignores an old token in its header")
	})
	t.Run("503_sin_base_nunca_401", func(t *testing.T) {
		t.Parallel()
		s := nuevaTienda(t)
		s.registrar(t, "ana")
		require.NoError(t, s.base.Close())
		r := s.entrar(t, "ana", contrasena)
		exigirProblema(t, r, 503, "SERVICIO_NO_DISPONIBLE")
		assert.NotEmpty(t, r.Header.Get("Retry-After"))
		exigirProblema(t, s.refrescar(t, "x"), 503, "SERVICIO_NO_DISPONIBLE")
	})
}

func TestRefrescar(t *testing.T) {
	t.Parallel()
	t.Run("200_un_par_nuevo_cada_vez", func(t *testing.T) {
		t.Parallel()
		s := nuevaTienda(t)
		s.registrar(t, "ana")
		par := s.par(t, "ana")
		for range 3 {
			r := s.refrescar(t, par.RefreshToken)
			require.Equal(t, http.StatusOK, r.StatusCode, r.texto)
			assert.Equal(t, "no-store", r.Header.Get("Cache-Control"))
			nuevo := leer[httpapi.Tokens](t, r)
			assert.NotEqual(t, par.RefreshToken, nuevo.RefreshToken)
			assert.NotEqual(t, par.AccessToken, nuevo.AccessToken)
			assert.Equal(t, http.StatusOK, s.pedir(t, "GET", "/me", "", como(nuevo.AccessToken)).StatusCode)
			par = nuevo
		}
	})
	t.Run("en_10_s_el_mismo_sucesor_401_despues_y_termina", func(t *testing.T) {
		t.Parallel()
		s := nuevaTienda(t)
		s.registrar(t, "ana")
		viejo := s.par(t, "ana").RefreshToken
		nuevo := leer[httpapi.Tokens](t, s.refrescar(t, viejo)).RefreshToken
		s.pasan(10 * time.Second)
		otra := leer[httpapi.Tokens](t, s.refrescar(t, viejo))
		assert.Equal(t, nuevo, otra.RefreshToken, "two tabs, or a lost answer: both clients get the same successor")
		assert.Equal(t, http.StatusOK, s.pedir(t, "GET", "/me", "", como(otra.AccessToken)).StatusCode)
		otro := s.refrescar(t, nuevo)
		require.Equal(t, http.StatusOK, otro.StatusCode)

		s.pasan(time.Second)
		exigirProblema(t, s.refrescar(t, viejo), 401, "SESION_TERMINADA")
		exigirProblema(t, s.refrescar(t, leer[httpapi.Tokens](t, otro).RefreshToken), 401, "SESION_TERMINADA")
		s.par(t, "ana") // the account has not changed
	})
	t.Run("de_veinte_a_la_vez_todas_el_mismo", func(t *testing.T) {
		t.Parallel()
		s := nuevaTienda(t)
		s.registrar(t, "ana")
		token := s.par(t, "ana").RefreshToken
		respuestas := make([]respuesta, 20)
		var wg sync.WaitGroup
		for i := range respuestas {
			wg.Go(func() { respuestas[i] = s.refrescar(t, token) })
		}
		wg.Wait()
		bueno := leer[httpapi.Tokens](t, respuestas[0]).RefreshToken
		for _, r := range respuestas {
			require.Equal(t, http.StatusOK, r.StatusCode, r.texto)
			assert.Equal(t, bueno, leer[httpapi.Tokens](t, r).RefreshToken)
		}
		assert.Equal(t, http.StatusOK, s.refrescar(t, bueno).StatusCode)
	})
	t.Run("401_y_422", func(t *testing.T) {
		t.Parallel()
		s := nuevaTienda(t)
		s.registrar(t, "ana")
		par := s.par(t, "ana")
		for _, malo := range []string{"", "x", par.AccessToken, par.RefreshToken + "x", strings.Repeat("x", 10_000)} {
			exigirProblema(t, s.refrescar(t, malo), 401, "SESION_TERMINADA")
		}
		exigirProblema(t, s.pedir(t, "POST", "/refresh", `{}`), 422, "VALIDACION", "refresh_token OBLIGATORIO")
		exigirProblema(t, s.pedir(t, "POST", "/refresh", `{"refresh_token":"CANARIO","x":1}`), 422, "VALIDACION", "x DESCONOCIDO")
	})
	t.Run("401_al_cabo_de_30_dias", func(t *testing.T) {
		t.Parallel()
		s := nuevaTienda(t)
		s.registrar(t, "ana")
		token := s.par(t, "ana").RefreshToken
		s.pasan(30 * 24 * time.Hour)
		exigirProblema(t, s.refrescar(t, token), 401, "SESION_TERMINADA")
	})
}

func TestSalir(t *testing.T) {
	t.Parallel()
	s := nuevaTienda(t)
	s.registrar(t, "ana")
	primera, segunda := s.par(t, "ana"), s.par(t, "ana")
	salir := func(token string) respuesta {
		return s.pedir(t, "POST", "/logout", cuerpo(t, map[string]any{"refresh_token": token}))
	}
	for range 2 {
		r := salir(primera.RefreshToken)
		require.Equal(t, http.StatusNoContent, r.StatusCode, r.texto)
		assert.Empty(t, r.texto)
	}
	exigirProblema(t, s.refrescar(t, primera.RefreshToken), 401, "SESION_TERMINADA")
	require.Equal(t, http.StatusOK, s.refrescar(t, segunda.RefreshToken).StatusCode, "the other session stays")

	assert.Equal(t, http.StatusNoContent, salir("desconocido").StatusCode, "an unknown token gets the same answer")
	exigirProblema(t, s.pedir(t, "POST", "/logout", `{}`), 422, "VALIDACION", "refresh_token OBLIGATORIO")
	exigirProblema(t, s.pedir(t, "POST", "/logout", `{"refresh_token":"CANARIO","todas":true}`), 422, "VALIDACION",
		"todas DESCONOCIDO")
}
