package httpapi_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/authn"

	"github.com/tienda-go/tienda/auth/adapters/httpapi"
	"github.com/tienda-go/tienda/auth/domain"
	"github.com/tienda-go/tienda/auth/ports"
)

// rastro is what an administrator reads.
func (s *tienda) rastro(t *testing.T, consulta string) []httpapi.HechoDeAuditoria {
	t.Helper()
	r := s.pedir(t, "GET", "/auditoria"+consulta, "", s.admin(t))
	require.Equal(t, http.StatusOK, r.StatusCode, r.texto)
	return leer[[]httpapi.HechoDeAuditoria](t, r)
}

func tipos(hechos []httpapi.HechoDeAuditoria) (nombres []string) {
	for _, h := range hechos {
		nombres = append(nombres, string(h.Tipo))
	}
	return nombres
}

// Everything that happens to an account, as an administrator reads it and as the log has it.
func TestAuditoria(t *testing.T) {
	t.Parallel()
	s := nuevaTienda(t)
	ana := s.registrar(t, "ana")
	assert.Equal(t, "[]", strings.TrimSpace(s.pedir(t, "GET", "/auditoria", "", s.admin(t)).texto))
	jefa := s.buscar(t, "administradora.de.prueba")
	for _, body := range []string{`{"rol":"almacen"}`, `{"rol":"almacen"}`, `{"activo":false}`, `{"activo":true}`} {
		require.Equal(t, http.StatusOK, s.pedir(t, "PATCH", rutaDe(ana.ID), body, s.admin(t)).StatusCode)
		s.pasan(time.Second)
	}
	token := como(s.par(t, "ana").AccessToken)
	exigirProblema(t, s.pedir(t, "PATCH", "/me", `{"email":"otra@example.com","actual":"mal-CANARIO"}`, token), 403,
		"CONTRASENA_ACTUAL_INCORRECTA")
	s.pasan(time.Second)
	require.Equal(t, http.StatusOK,
		s.pedir(t, "PATCH", "/me", `{"email":"otra@example.com","actual":"`+contrasena+`"}`, token).StatusCode)
	s.pasan(time.Second)
	require.Equal(t, http.StatusOK,
		s.pedir(t, "POST", "/me/password", `{"actual":"`+contrasena+`","nueva":"otro-CANARIO-caballo"}`, token).StatusCode)
	s.pasan(time.Second)
	require.Equal(t, http.StatusOK, s.pedir(t, "POST", "/claves/rotar", "", s.admin(t)).StatusCode)

	hechos := s.rastro(t, "")
	require.Equal(t, []string{
		"CLAVE_ROTADA", "CONTRASENA_CAMBIADA", "EMAIL_CAMBIADO", "ACCESO_FALLIDO", "CUENTA_ABIERTA", "CUENTA_CERRADA", "ROL_CAMBIADO",
	}, tipos(hechos))
	rol := hechos[6]
	assert.Equal(t, httpapi.DetalleDeAuditoria{De: "cliente", A: "almacen"}, rol.Detalle)
	assert.Equal(t, []int64{jefa, ana.ID}, []int64{*rol.ActorID, *rol.UsuarioID})
	assert.NotEmpty(t, *rol.Direccion)
	assert.Equal(t, ana.ID, *hechos[1].ActorID, "who did it")
	assert.Nil(t, hechos[3].ActorID, "the trail does not know who guesses")
	assert.EqualValues(t, 1, hechos[3].Detalle.Veces)
	assert.Nil(t, hechos[0].UsuarioID)
	assert.NotEmpty(t, hechos[0].Detalle.Kid)

	assert.Len(t, s.rastro(t, fmt.Sprintf("?usuario_id=%d", ana.ID)), 6)
	assert.Equal(t, []string{"ROL_CAMBIADO"}, tipos(s.rastro(t, "?tipo=ROL_CAMBIADO")))
	corte := hechos[2].Cuando.Format(time.RFC3339Nano)
	assert.Len(t, s.rastro(t, "?desde="+corte), 3)
	assert.Len(t, s.rastro(t, "?hasta="+corte), 4)
	var paginas []string
	for ruta := "?limite=3"; ruta != ""; {
		r := s.pedir(t, "GET", "/auditoria"+ruta, "", s.admin(t))
		paginas = append(paginas, tipos(leer[[]httpapi.HechoDeAuditoria](t, r))...)
		ruta, _, _ = strings.Cut(strings.TrimPrefix(r.Header.Get("Link"), "<"), ">")
	}
	assert.Equal(t, tipos(hechos), paginas)

	log := s.log.texto()
	assert.NotContains(t, log, "CANARIO")
	for _, tipo := range tipos(hechos) {
		assert.Contains(t, log, `"tipo":"`+tipo+`"`)
	}
	assert.Contains(t, log, `"de":"cliente","a":"almacen"`)
}

// Failed logins: one row with a count; for names without an account, the typed text is not stored.
func TestAuditoria_accesos_fallidos(t *testing.T) {
	t.Parallel()
	s := nuevaTienda(t)
	ana := s.registrar(t, "ana")
	for range domain.MaxIntentos {
		exigirProblema(t, s.entrar(t, "ana", "no es esta"), 401, "CREDENCIALES_INVALIDAS")
	}
	for range 5 {
		exigirProblema(t, s.entrar(t, "ana@example.com", contrasena), 429, "DEMASIADOS_INTENTOS")
	}
	for i := range 5 {
		exigirProblema(t, s.entrar(t, fmt.Sprintf("CANARIO-nadie-%d", i), "no es esta"), 401, "CREDENCIALES_INVALIDAS")
	}
	hechos := s.rastro(t, "")
	require.Len(t, hechos, 3)
	veces := map[string]int64{}
	for _, h := range hechos {
		clave := h.Tipo
		if h.UsuarioID != nil {
			assert.Equal(t, ana.ID, *h.UsuarioID)
			clave += " de ana"
		}
		veces[string(clave)] = h.Detalle.Veces
		assert.NotEmpty(t, *h.Direccion)
	}
	assert.Equal(t, map[string]int64{"ACCESO_FALLIDO de ana": domain.MaxIntentos, "BLOQUEO de ana": 0, "ACCESO_FALLIDO": 5}, veces)
	r := s.pedir(t, "GET", "/auditoria", "", s.admin(t))
	assert.NotContains(t, r.texto, "anario")
	assert.NotContains(t, s.log.texto(), "anario-nadie")
	var filas int
	require.NoError(t, s.base.Read().QueryRow(t.Context(),
		"SELECT count(*) FROM auditoria WHERE lower(direccion || detalle) LIKE '%anario%'").Scan(&filas))
	assert.Zero(t, filas)
	assert.Equal(t, 1, strings.Count(s.log.texto(), `"tipo":"BLOQUEO"`), "refused guesses must not fill the log")
	assert.Equal(t, domain.MaxIntentos+5, strings.Count(s.log.texto(), `"tipo":"ACCESO_FALLIDO"`))
}

func TestAuditoria_quien_y_que(t *testing.T) {
	t.Parallel()
	s := nuevaTienda(t)
	s.registrar(t, "ana")
	ana := como(s.par(t, "ana").AccessToken)
	exigirProblema(t, s.pedir(t, "GET", "/auditoria", ""), 401, "NO_AUTENTICADO")
	exigirProblema(t, s.pedir(t, "GET", "/auditoria", "", ana), 403, "PROHIBIDO")
	exigirProblema(t, s.pedir(t, "GET", "/auditoria", "", s.servicioPedidos(t)), 403, "PROHIBIDO")
	muerta := como(s.firmar(t, ports.DatosDeToken{
		Sujeto: "1", Audiencia: authn.UserAudience, Sesion: "terminada", Alcances: domain.RolAdmin.Alcances(),
	}))
	exigirProblema(t, s.pedir(t, "GET", "/auditoria", "", muerta), 401, "NO_AUTENTICADO")
	for consulta, campo := range map[string]string{
		"?tipo=OTRO": "tipo VALOR", "?usuario_id=0": "usuario_id FUERA_DE_RANGO", "?desde=ayer": "desde FORMATO",
		"?cursor=x": "cursor FORMATO", "?limite=201": "limite FUERA_DE_RANGO",
	} {
		exigirProblema(t, s.pedir(t, "GET", "/auditoria"+consulta, "", s.admin(t)), 422, "VALIDACION", campo)
	}
}

// A wrong secret of a service is logged with the address; the name of an unknown client is not logged.
func TestPedirToken_rechazado_en_el_log(t *testing.T) {
	t.Parallel()
	s := nuevaTienda(t)
	for _, cliente := range []string{"pedidos", "CANARIO-nadie"} {
		exigirProblema(t, s.formulario(t, map[string]string{
			"grant_type": "client_credentials", "audience": "auth", "client_id": cliente, "client_secret": "CANARIO-no-es",
		}), 401, "CLIENTE_INVALIDO")
	}
	log := s.log.texto()
	assert.Equal(t, 2, strings.Count(log, `"service refused"`))
	assert.Equal(t, 1, strings.Count(log, `"cliente":"pedidos","direccion":"0.0.0.0"`))
	assert.NotContains(t, log, "CANARIO")
}
