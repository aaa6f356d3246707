package portstest

import (
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/fault"

	"github.com/tienda-go/tienda/auth/domain"
)

// SesionesSuite tests a storage of sessions.
func SesionesSuite(t *testing.T, nuevo Nuevo) {
	correr(t, nuevo, casos{
		"rotar_da_la_sesion_y_encadena":                            rotar,
		"un_token_desconocido":                                     rotarDesconocido,
		"rotar_a_la_vez_deja_una_cadena_viva":                      rotarALaVez,
		"reutilizar_en_10_s_no_termina_la_familia":                 reutilizarPronto,
		"reutilizar_mas_tarde_termina_la_familia":                  reutilizarTarde,
		"caduca_aunque_se_refresque":                               caduca,
		"quedan_los_dos_ultimos_tokens_de_refresco":                dosUltimos,
		"sesenta_refrescos_por_minuto":                             sesentaPorMinuto,
		"cincuenta_sesiones_por_usuario":                           cincuentaSesiones,
		"olvidar_sesiones_quita_las_que_no_importan":               olvidarSesiones,
		"terminar_acaba_con_la_familia":                            terminar,
		"otra_contrasena_termina_todas_y_otro_correo_las_demas":    otraContrasena,
		"otra_contrasena_y_rotar_a_la_vez_no_dejan_ninguna_sesion": otraContrasenaALaVez,
		"otra_contrasena_y_abrir_a_la_vez_no_dejan_ninguna_sesion": abrirALaVez,
		"abrir_solo_con_la_contrasena_de_ahora":                    abrirConOtra,
	})
}

func rotar(t *testing.T, a Almacen) {
	u := guardado(t, a, "ana")
	s, hash := abierta(t, a, u)
	for range 3 {
		siguiente := hashDe("siguiente")
		rotada, cuenta, err := a.Rotar(t.Context(), hash, siguiente, Ahora, TokensHasta)
		require.NoError(t, err)
		assert.Equal(t, s, rotada)
		assert.Equal(t, u.Registro(), cuenta.Registro())
		hash = siguiente
	}
}

func rotarDesconocido(t *testing.T, a Almacen) {
	_, hash := abierta(t, a, guardado(t, a, "ana"))
	for _, otro := range []string{"", "nada", hash + " ", hash[:8] + "%"} {
		terminada(t, a, otro, Ahora)
	}
	viva(t, a, hash, Ahora)
}

func rotarALaVez(t *testing.T, a Almacen) {
	_, hash := abierta(t, a, guardado(t, a, "ana"))
	sucesor := hashDe("sucesor")
	require.NoError(t, errors.Join(aLaVez(50, func(int) error {
		_, _, err := a.Rotar(t.Context(), hash, sucesor, Ahora.Add(time.Second), TokensHasta)
		return err
	})...), "all get the same successor")
	viva(t, a, sucesor, Ahora.Add(time.Second))
}

func reutilizarPronto(t *testing.T, a Almacen) {
	_, hash := abierta(t, a, guardado(t, a, "ana"))
	sucesor := viva(t, a, hash, Ahora)
	siguiente := viva(t, a, sucesor, Ahora) // another tab refreshed
	for _, despues := range []time.Duration{0, time.Second, domain.GraciaRefresco} {
		_, _, err := a.Rotar(t.Context(), hash, sucesor, Ahora.Add(despues), TokensHasta)
		require.NoError(t, err, despues)
		_, _, err = a.Rotar(t.Context(), hash, hashDe("robado"), Ahora.Add(despues), TokensHasta)
		assert.ErrorIs(t, err, domain.ErrSesionTerminada, "only the stored successor is accepted")
	}
	viva(t, a, siguiente, Ahora.Add(domain.GraciaRefresco))
}

func reutilizarTarde(t *testing.T, a Almacen) {
	u := guardado(t, a, "ana")
	_, hash := abierta(t, a, u)
	_, otra := abierta(t, a, u)
	nuevo := viva(t, a, hash, Ahora)
	tarde := Ahora.Add(domain.GraciaRefresco + time.Millisecond)
	terminada(t, a, hash, tarde)
	terminada(t, a, nuevo, tarde)
	viva(t, a, otra, tarde) // the user's other session
}

func caduca(t *testing.T, a Almacen) {
	_, hash := abierta(t, a, guardado(t, a, "ana"))
	nuevo := viva(t, a, hash, Ahora.Add(domain.VidaSesion-time.Second))
	terminada(t, a, nuevo, Ahora.Add(domain.VidaSesion))
}

func terminar(t *testing.T, a Almacen) {
	u := guardado(t, a, "ana")
	_, hash := abierta(t, a, u)
	_, otra := abierta(t, a, u)
	nuevo := viva(t, a, hash, Ahora)
	require.NoError(t, a.Terminar(t.Context(), "desconocido", Ahora))
	require.NoError(t, a.Terminar(t.Context(), hash, Ahora), "an old token of the family ends it too")
	require.NoError(t, a.Terminar(t.Context(), nuevo, Ahora), "a session that has ended can be ended again")
	terminada(t, a, nuevo, Ahora)
	terminada(t, a, hash, Ahora)
	viva(t, a, otra, Ahora)
}

func otraContrasena(t *testing.T, a Almacen) {
	ana, berta := guardado(t, a, "ana"), guardado(t, a, "berta")
	esta, hash := abierta(t, a, ana)
	_, otra := abierta(t, a, ana)
	_, ajena := abierta(t, a, berta)
	actor := domain.Solicitante{UsuarioID: ana.ID(), Sesion: esta.ID, Emitido: Ahora}
	rechazo := errors.New("no")
	_, err := a.ActualizarPropio(t.Context(), actor, Ahora, func(u *domain.Usuario) error {
		u.CambiarContrasena("$perdida", Ahora)
		return rechazo
	})
	require.ErrorIs(t, err, rechazo)
	otra = viva(t, a, otra, Ahora) // a refusal ends no session
	_, err = a.Actualizar(t.Context(), ana.ID(), conHash("$mas fuerte"))
	require.NoError(t, err)
	otra = viva(t, a, otra, Ahora) // a stronger hash ends no session

	_, err = a.ActualizarPropio(t.Context(), actor, Ahora, conEmail("nueva@example.com", actor.Sesion))
	require.NoError(t, err)
	terminada(t, a, otra, Ahora) // a new address ends the other sessions
	hash = viva(t, a, hash, Ahora)

	nueva, primero := domain.NewSesion(uuid.NewString(), ana.ID(), Ahora, time.Hour), hashDe("primero")
	u, err := a.Renovar(t.Context(), actor, nueva, primero, conContrasena("$nueva"))
	require.NoError(t, err)
	assert.Equal(t, "$nueva", u.Hash())
	terminada(t, a, hash, Ahora) // a new password ends all sessions, and opens one
	viva(t, a, primero, Ahora)
	viva(t, a, ajena, Ahora)
	_, err = a.Renovar(t.Context(), actor, nueva, primero, nada)
	require.ErrorIs(t, err, fault.ErrUnauthenticated, "the earlier token is revoked")
}

func otraContrasenaALaVez(t *testing.T, a Almacen) {
	u := guardado(t, a, "ana")
	_, hash := abierta(t, a, u)
	nuevo := hashDe("nuevo")
	errs := aLaVez(2, func(i int) error {
		if i == 0 {
			_, err := a.Actualizar(t.Context(), u.ID(), conContrasena("$nueva"))
			return err
		}
		_, _, err := a.Rotar(t.Context(), hash, nuevo, Ahora, TokensHasta)
		return err
	})
	require.NoError(t, errs[0])
	lograron(t, errs, domain.ErrSesionTerminada) // the refresh succeeds when it comes first
	terminada(t, a, nuevo, Ahora)
}

// Logins with the old password run together with its change: in every order, no session of the old password stays.
func abrirALaVez(t *testing.T, a Almacen) {
	u := guardado(t, a, "ana")
	const entradas = 20
	hashes := make([]string, entradas)
	for i := range hashes {
		hashes[i] = hashDe("primero")
	}
	errs := aLaVez(entradas+1, func(i int) error {
		if i == entradas {
			_, err := a.Actualizar(t.Context(), u.ID(), conContrasena("$nueva"))
			return err
		}
		return abrir(t, a, u, hashes[i], Ahora)
	})
	require.NoError(t, errs[entradas])
	lograron(t, errs, domain.ErrCuentaCambiada)
	for _, hash := range hashes {
		terminada(t, a, hash, Ahora)
	}
}

func abrirConOtra(t *testing.T, a Almacen) {
	u := guardado(t, a, "ana")
	for nombre, c := range map[string]struct {
		id      int64
		probada string
	}{"otra": {u.ID(), "$otra"}, "ninguna": {u.ID(), ""}, "de_nadie": {u.ID() + 1, u.Hash()},
		"nadie_con_ninguna": {u.ID() + 1, ""}} {
		hash := hashDe("primero")
		_, err := a.Abrir(t.Context(), domain.NewSesion(uuid.NewString(), c.id, Ahora, time.Hour), hash, c.probada)
		require.ErrorIs(t, err, domain.ErrCuentaCambiada, nombre)
		terminada(t, a, hash, Ahora)
	}
}

// viva rotates a token that must be good, and returns the next.
func viva(t *testing.T, a Almacen, hash string, cuando time.Time) string {
	t.Helper()
	nuevo := hashDe("vivo")
	_, _, err := a.Rotar(t.Context(), hash, nuevo, cuando, TokensHasta)
	require.NoError(t, err)
	return nuevo
}

func terminada(t *testing.T, a Almacen, hash string, cuando time.Time) {
	t.Helper()
	_, _, err := a.Rotar(t.Context(), hash, hashDe("nuevo"), cuando, TokensHasta)
	require.ErrorIs(t, err, domain.ErrSesionTerminada)
}
