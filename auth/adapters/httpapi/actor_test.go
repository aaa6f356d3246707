package httpapi_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/authn"

	"github.com/tienda-go/tienda/auth/domain"
	"github.com/tienda-go/tienda/auth/ports"
)

func rutaDe(id int64) string { return fmt.Sprintf("/usuarios/%d", id) }

func (s *tienda) buscar(t *testing.T, nombre string) int64 {
	t.Helper()
	u, err := s.almacen.Buscar(t.Context(), domain.NormalizarIdentificador(nombre))
	require.NoError(t, err)
	return u.ID()
}

// Every operation for which auth checks its own rows, called with a token of good dates and signature that is in no list of
// revocations, but whose account, role or session has changed.
func TestActor_se_decide_por_las_filas(t *testing.T) {
	t.Parallel()
	s := nuevaTienda(t)
	victima := s.registrar(t, "victima").ID
	operaciones := [][3]string{
		{"GET", "/usuarios", ""}, {"GET", rutaDe(victima), ""}, {"PATCH", rutaDe(victima), `{"rol":"admin"}`},
		{"PATCH", rutaDe(victima), `{"activo":false}`}, {"POST", "/claves/rotar", ""}, {"GET", "/auditoria", ""},
	}
	propias := [][3]string{
		{"GET", "/me", ""}, {"PATCH", "/me", `{"email":"robada@example.com","actual":"` + contrasena + `"}`},
		{"POST", "/me/password", `{"actual":"` + contrasena + `","nueva":"robada entera ya"}`},
	}
	for nombre, c := range map[string]struct {
		pasa   string // what happens to the administrator after the token was issued
		status int
	}{
		"degradada":           {`{"rol":"cliente"}`, 401},
		"cerrada":             {`{"activo":false}`, 401},
		"cerrada_y_reabierta": {`{"activo":false}+{"activo":true}`, 401},
		"sesion_terminada":    {"logout", 401},
	} {
		jefa := s.registrar(t, "jefa."+nombre)
		require.Equal(t, http.StatusOK, s.pedir(t, "PATCH", rutaDe(jefa.ID), `{"rol":"admin"}`, s.admin(t)).StatusCode)
		par := s.par(t, "jefa."+nombre)
		token := como(par.AccessToken)
		require.Equal(t, http.StatusOK, s.pedir(t, "GET", "/usuarios", "", token).StatusCode, nombre)
		switch c.pasa {
		case "logout":
			require.Equal(t, http.StatusNoContent,
				s.pedir(t, "POST", "/logout", cuerpo(t, map[string]any{"refresh_token": par.RefreshToken})).StatusCode)
		case `{"activo":false}+{"activo":true}`:
			require.Equal(t, http.StatusOK, s.pedir(t, "PATCH", rutaDe(jefa.ID), `{"activo":false}`, s.admin(t)).StatusCode)
			require.Equal(t, http.StatusOK, s.pedir(t, "PATCH", rutaDe(jefa.ID), `{"activo":true}`, s.admin(t)).StatusCode)
		default:
			require.Equal(t, http.StatusOK, s.pedir(t, "PATCH", rutaDe(jefa.ID), c.pasa, s.admin(t)).StatusCode)
		}
		for _, op := range append(operaciones, propias...) {
			for _, mal := range []string{"", "?que=1"} { // also before what is wrong with the request
				r := s.pedir(t, op[0], op[1]+mal, op[2], token)
				assert.Equal(t, c.status, r.StatusCode, "%s: %s %s: %s", nombre, op[0], op[1]+mal, r.texto)
			}
		}
		// The administrator cannot undo that change.
		for _, body := range []string{`{"activo":true}`, `{"rol":"admin"}`} {
			assert.Equal(t, c.status, s.pedir(t, "PATCH", rutaDe(jefa.ID), body, token).StatusCode, nombre)
		}
	}
	u, err := s.almacen.Obtener(t.Context(), victima)
	require.NoError(t, err)
	assert.True(t, u.Activo())
	assert.Equal(t, domain.RolCliente, u.Rol(), "nothing was changed")
}

// A token with more scopes than the role has now: the role decides.
func TestActor_el_rol_de_ahora_decide(t *testing.T) {
	t.Parallel()
	s := nuevaTienda(t)
	ana := s.registrar(t, "ana")
	s.par(t, "ana")
	var sesion string
	require.NoError(t, s.base.Read().QueryRow(t.Context(), "SELECT id FROM sesiones WHERE usuario_id = $1", ana.ID).Scan(&sesion))
	token := como(s.firmar(t, ports.DatosDeToken{
		Sujeto: fmt.Sprint(ana.ID), Audiencia: authn.UserAudience, Sesion: sesion, Alcances: domain.RolAdmin.Alcances(),
	}))
	for _, op := range [][3]string{
		{"GET", "/usuarios", ""}, {"GET", rutaDe(ana.ID), ""}, {"PATCH", rutaDe(ana.ID), `{"rol":"admin"}`},
		{"POST", "/claves/rotar", ""}, {"GET", "/auditoria", ""},
		{"GET", "/usuarios?limite=0", ""}, {"GET", "/usuarios/x", ""}, {"PATCH", "/usuarios/0", `{}`},
		{"PATCH", rutaDe(ana.ID), `{"rol":"reina"}`}, {"PATCH", rutaDe(ana.ID), `{"activo":"no"}`}, {"PATCH", rutaDe(ana.ID), `{`},
		{"POST", "/claves/rotar?que=1", ""}, {"GET", "/auditoria?tipo=OTRO", ""}, {"GET", "/auditoria?usuario_id=", ""},
	} {
		exigirProblema(t, s.pedir(t, op[0], op[1], op[2], token), 403, "PROHIBIDO")
	}
}

// soporte may read accounts, but not change them.
func TestUsuarios_soporte_lee(t *testing.T) {
	t.Parallel()
	s := nuevaTienda(t)
	ana := s.registrar(t, "ana")
	s.registrar(t, "eva")
	require.Equal(t, http.StatusOK, s.pedir(t, "PATCH", rutaDe(s.buscar(t, "eva")), `{"rol":"soporte"}`, s.admin(t)).StatusCode)
	s.pasan(2e9)
	token := como(s.par(t, "eva").AccessToken)
	for _, ruta := range []string{"/usuarios?username=Ana", "/usuarios?email=ANA@example.com", rutaDe(ana.ID)} {
		r := s.pedir(t, "GET", ruta, "", token)
		require.Equal(t, http.StatusOK, r.StatusCode, r.texto)
		assert.Contains(t, r.texto, `"username":"ana"`)
		assert.NotContains(t, r.texto, `"eva"`)
	}
	assert.JSONEq(t, `[]`, s.pedir(t, "GET", "/usuarios?username=nadie", "", token).texto)
	exigirProblema(t, s.pedir(t, "PATCH", rutaDe(ana.ID), `{"rol":"admin"}`, token), 403, "PROHIBIDO")
}
