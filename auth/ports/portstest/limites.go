package portstest

import (
	"errors"
	"maps"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/fault"

	"github.com/tienda-go/tienda/auth/domain"
)

// LimitesSuite tests that users cannot make the storage, or the list of revocations, grow without bound.
func LimitesSuite(t *testing.T, nuevo Nuevo) {
	correr(t, nuevo, casos{
		"las_terminadas_se_dicen_una_a_una_y_en_paginas":  revocadasEnPaginas,
		"solo_las_que_tienen_tokens_que_aun_valen":        revocadasVivas,
		"muchas_terminadas_de_un_usuario_son_una_entrada": terminadasEnBloque,
		"un_cursor_ajeno": cursorAjeno,
	})
}

func dosUltimos(t *testing.T, a Almacen) {
	_, hash := abierta(t, a, guardado(t, a, "ana"))
	viejo, cuando := hash, Ahora
	for range 5 {
		cuando = cuando.Add(time.Minute)
		hash = viva(t, a, hash, cuando)
	}
	terminada(t, a, viejo, cuando) // this token was removed: it is refused, and ends no session
	hash = viva(t, a, hash, cuando.Add(time.Minute))
	anterior, cuando := hash, cuando.Add(2*time.Minute)
	hash = viva(t, a, hash, cuando)
	terminada(t, a, anterior, cuando.Add(time.Minute)) // the previous token is stored: its reuse is a theft
	terminada(t, a, hash, cuando.Add(time.Minute))
}

func sesentaPorMinuto(t *testing.T, a Almacen) {
	_, hash := abierta(t, a, guardado(t, a, "ana"))
	for range domain.MaxRefrescosPorMinuto {
		hash = viva(t, a, hash, Ahora)
	}
	_, _, err := a.Rotar(t.Context(), hash, hashDe("otro"), Ahora.Add(59*time.Second), TokensHasta)
	require.ErrorIs(t, err, domain.ErrRefrescos)
	assert.Equal(t, time.Second, fault.From(err).RetryAfter)
	viva(t, a, hash, Ahora.Add(time.Minute)) // the refused token is still good
}

func cincuentaSesiones(t *testing.T, a Almacen) {
	u := guardado(t, a, "ana")
	hashes := make([]string, domain.MaxSesiones+3)
	for i := range hashes {
		hashes[i] = hashDe("primero")
		require.NoError(t, abrir(t, a, u, hashes[i], Ahora.Add(time.Duration(i)*time.Second)))
	}
	luego := Ahora.Add(time.Minute)
	for i, hash := range hashes {
		if i < 3 {
			terminada(t, a, hash, luego)
			continue
		}
		viva(t, a, hash, luego)
	}
	for range 3 {
		require.NoError(t, errors.Join(aLaVez(10, func(int) error { return abrir(t, a, u, hashDe("primero"), luego) })...))
	}
	terminada(t, a, hashes[32], luego) // 30 more logins came at the same time, and each ended one session
}

func olvidarSesiones(t *testing.T, a Almacen) {
	u := guardado(t, a, "ana")
	_, acabada := abierta(t, a, u)
	_, sigue := abierta(t, a, u)
	require.NoError(t, a.Terminar(t.Context(), acabada, Ahora))
	n, err := a.OlvidarSesiones(t.Context(), Ahora)
	require.NoError(t, err)
	assert.Zero(t, n, "the session ended at this instant, and not before")
	n, err = a.OlvidarSesiones(t.Context(), Ahora.Add(time.Second))
	require.NoError(t, err)
	assert.EqualValues(t, 1, n)
	sigue = viva(t, a, sigue, Ahora)
	n, err = a.OlvidarSesiones(t.Context(), Ahora.Add(domain.VidaSesion+time.Second))
	require.NoError(t, err)
	assert.EqualValues(t, 1, n, "the session has expired")
	terminada(t, a, sigue, Ahora)
}

// todasLasRevocadas reads every page.
func todasLasRevocadas(t *testing.T, a Almacen, ahora time.Time) (sesiones []string, usuarios map[int64]time.Time) {
	t.Helper()
	usuarios = map[int64]time.Time{}
	for cursor, primera := "", true; primera || cursor != ""; primera = false {
		r, err := a.Revocadas(t.Context(), ahora.Add(-domain.VidaRevocacion), ahora, cursor)
		require.NoError(t, err)
		sesiones = append(sesiones, r.Sesiones...)
		maps.Copy(usuarios, r.Usuarios)
		cursor = r.Sigue
	}
	return sesiones, usuarios
}

func revocadasEnPaginas(t *testing.T, a Almacen) {
	u := guardado(t, a, "ana")
	var esperadas []string
	for range 7 {
		esperadas = append(esperadas, cerrada(t, a, u, Ahora))
	}
	sesiones, usuarios := todasLasRevocadas(t, a, Ahora)
	assert.ElementsMatch(t, esperadas, sesiones)
	assert.Empty(t, usuarios)
}

func revocadasVivas(t *testing.T, a Almacen) {
	u := guardado(t, a, "ana")
	cerrada(t, a, u, Ahora.Add(30*time.Minute))
	sesiones, _ := todasLasRevocadas(t, a, Ahora.Add(59*time.Minute))
	assert.Len(t, sesiones, 1)
	sesiones, _ = todasLasRevocadas(t, a, Ahora.Add(61*time.Minute))
	assert.Empty(t, sesiones, "its last access token has expired")
}

func terminadasEnBloque(t *testing.T, a Almacen) {
	u := guardado(t, a, "ana")
	_, viva1 := abierta(t, a, u)
	for range domain.MaxTerminadas + 1 {
		cerrada(t, a, u, Ahora)
	}
	sesiones, usuarios := todasLasRevocadas(t, a, Ahora)
	assert.Len(t, sesiones, domain.MaxTerminadas+1)
	assert.Empty(t, usuarios)
	ultima := cerrada(t, a, u, Ahora)
	sesiones, usuarios = todasLasRevocadas(t, a, Ahora)
	assert.Equal(t, []string{ultima}, sesiones, "the session that ended after them")
	assert.True(t, usuarios[u.ID()].After(Ahora), "all earlier tokens are revoked")
	viva(t, a, viva1, Ahora) // sessions stay
}

func cursorAjeno(t *testing.T, a Almacen) {
	for _, cursor := range []string{"x", "????", "dSB4", "cyAx"} {
		_, err := a.Revocadas(t.Context(), Ahora, Ahora, cursor)
		assert.ErrorIs(t, err, fault.ErrInvalid, cursor)
	}
}
