package portstest

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/auth/domain"
)

// SesionesSuite is what every storage of sessions does.
func SesionesSuite(t *testing.T, nuevo Nuevo) {
	t.Helper()
	correr(t, nuevo, []caso{
		{"rotar_da_la_sesion_y_encadena", rotar},
		{"un_token_desconocido", rotarDesconocido},
		{"rotar_a_la_vez_deja_una_cadena_viva", rotarALaVez},
		{"reutilizar_en_10_s_no_termina_la_familia", reutilizarPronto},
		{"reutilizar_mas_tarde_termina_la_familia", reutilizarTarde},
		{"caduca_aunque_se_refresque", caduca},
		{"terminar_acaba_con_la_familia", terminar},
		{"terminar_de_un_usuario_salvo_una", terminarDe},
		{"terminar_y_rotar_a_la_vez_no_dejan_nada_vivo", terminarALaVez},
	})
}

func rotar(t *testing.T, a Almacen) {
	u := guardado(t, a, "ana")
	s, hash := abierta(t, a, u)
	for range 3 {
		siguiente := hashDe("siguiente")
		rotada, err := a.Rotar(t.Context(), hash, siguiente, Ahora)
		require.NoError(t, err)
		assert.Equal(t, s, rotada)
		hash = siguiente
	}
}

func rotarDesconocido(t *testing.T, a Almacen) {
	_, hash := abierta(t, a, guardado(t, a, "ana"))
	for _, otro := range []string{"", "nada", hash + " ", hash[:8] + "%"} {
		_, err := a.Rotar(t.Context(), otro, hashDe("nuevo"), Ahora)
		assert.ErrorIs(t, err, domain.ErrSesionTerminada)
	}
	viva(t, a, hash, Ahora)
}

func rotarALaVez(t *testing.T, a Almacen) {
	_, hash := abierta(t, a, guardado(t, a, "ana"))
	nuevos := make([]string, 50)
	for i := range nuevos {
		nuevos[i] = hashDe("nuevo")
	}
	ganador := -1
	for i, err := range aLaVez(len(nuevos), func(i int) error {
		_, err := a.Rotar(t.Context(), hash, nuevos[i], Ahora.Add(time.Second))
		return err
	}) {
		if err == nil {
			assert.Negative(t, ganador, "two winners")
			ganador = i
			continue
		}
		assert.ErrorIs(t, err, domain.ErrRefrescoEnCurso)
	}
	require.GreaterOrEqual(t, ganador, 0)
	for i, nuevo := range nuevos {
		if i != ganador {
			_, err := a.Rotar(t.Context(), nuevo, hashDe("nuevo"), Ahora.Add(time.Second))
			assert.ErrorIs(t, err, domain.ErrSesionTerminada, "a loser's token was never stored")
		}
	}
	viva(t, a, nuevos[ganador], Ahora.Add(time.Second))
}

func reutilizarPronto(t *testing.T, a Almacen) {
	_, hash := abierta(t, a, guardado(t, a, "ana"))
	nuevo := hashDe("nuevo")
	_, err := a.Rotar(t.Context(), hash, nuevo, Ahora)
	require.NoError(t, err)
	for _, despues := range []time.Duration{0, time.Second, domain.GraciaRefresco} {
		_, err = a.Rotar(t.Context(), hash, hashDe("robado"), Ahora.Add(despues))
		assert.ErrorIs(t, err, domain.ErrRefrescoEnCurso, despues)
	}
	viva(t, a, nuevo, Ahora.Add(domain.GraciaRefresco))
}

func reutilizarTarde(t *testing.T, a Almacen) {
	u := guardado(t, a, "ana")
	_, hash := abierta(t, a, u)
	_, otra := abierta(t, a, u)
	nuevo := hashDe("nuevo")
	_, err := a.Rotar(t.Context(), hash, nuevo, Ahora)
	require.NoError(t, err)
	tarde := Ahora.Add(domain.GraciaRefresco + time.Millisecond)
	_, err = a.Rotar(t.Context(), hash, hashDe("robado"), tarde)
	require.ErrorIs(t, err, domain.ErrSesionTerminada)
	terminada(t, a, nuevo, tarde)
	terminada(t, a, hash, tarde)
	viva(t, a, otra, tarde) // the user's other session
}

func caduca(t *testing.T, a Almacen) {
	_, hash := abierta(t, a, guardado(t, a, "ana"))
	nuevo := hashDe("nuevo")
	_, err := a.Rotar(t.Context(), hash, nuevo, Ahora.Add(domain.VidaSesion-time.Second))
	require.NoError(t, err)
	terminada(t, a, nuevo, Ahora.Add(domain.VidaSesion))
}

func terminar(t *testing.T, a Almacen) {
	u := guardado(t, a, "ana")
	_, hash := abierta(t, a, u)
	_, otra := abierta(t, a, u)
	nuevo := hashDe("nuevo")
	_, err := a.Rotar(t.Context(), hash, nuevo, Ahora)
	require.NoError(t, err)
	require.NoError(t, a.Terminar(t.Context(), "desconocido", Ahora))
	require.NoError(t, a.Terminar(t.Context(), hash, Ahora), "an old token of the family ends it too")
	require.NoError(t, a.Terminar(t.Context(), nuevo, Ahora), "twice is once")
	terminada(t, a, nuevo, Ahora)
	terminada(t, a, hash, Ahora)
	viva(t, a, otra, Ahora)
}

func terminarDe(t *testing.T, a Almacen) {
	ana, berta := guardado(t, a, "ana"), guardado(t, a, "berta")
	esta, hash := abierta(t, a, ana)
	_, otra := abierta(t, a, ana)
	_, tercera := abierta(t, a, ana)
	_, ajena := abierta(t, a, berta)
	require.NoError(t, a.TerminarDe(t.Context(), ana.ID(), esta.ID, Ahora))
	terminada(t, a, otra, Ahora)
	terminada(t, a, tercera, Ahora)
	hash = viva(t, a, hash, Ahora)
	require.NoError(t, a.TerminarDe(t.Context(), ana.ID(), "", Ahora))
	terminada(t, a, hash, Ahora)
	viva(t, a, ajena, Ahora)
}

func terminarALaVez(t *testing.T, a Almacen) {
	u := guardado(t, a, "ana")
	_, hash := abierta(t, a, u)
	nuevo := hashDe("nuevo")
	errs := aLaVez(2, func(i int) error {
		if i == 0 {
			return a.TerminarDe(t.Context(), u.ID(), "", Ahora)
		}
		_, err := a.Rotar(t.Context(), hash, nuevo, Ahora)
		return err
	})
	require.NoError(t, errs[0])
	if !errors.Is(errs[1], domain.ErrSesionTerminada) {
		require.NoError(t, errs[1], "it came first")
	}
	terminada(t, a, nuevo, Ahora)
}

// viva rotates a token that must be good, and gives the next.
func viva(t *testing.T, a Almacen, hash string, cuando time.Time) string {
	t.Helper()
	nuevo := hashDe("vivo")
	_, err := a.Rotar(t.Context(), hash, nuevo, cuando)
	require.NoError(t, err)
	return nuevo
}

func terminada(t *testing.T, a Almacen, hash string, cuando time.Time) {
	t.Helper()
	_, err := a.Rotar(t.Context(), hash, hashDe("nuevo"), cuando)
	require.ErrorIs(t, err, domain.ErrSesionTerminada)
}
