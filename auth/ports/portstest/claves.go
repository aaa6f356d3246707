package portstest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/auth/domain"
	"github.com/tienda-go/tienda/auth/ports"
)

// ClavesSuite tests a storage of signing keys.
func ClavesSuite(t *testing.T, nuevo Nuevo) {
	correr(t, nuevo, casos{
		"crear_y_leer_dan_lo_mismo":                    claveIdaYVuelta,
		"de_varios_procesos_a_la_vez_queda_una_activa": claveALaVez,
		"relevar_retira_la_que_firmaba":                claveRelevar,
		"reponer_deja_una_sola_y_ninguna_sesion":       claveReponer,
	})
}

func clave(i int) ports.Clave {
	return ports.Clave{
		Kid: fmt.Sprintf("kid-%d", i), Publica: []byte{0, 0xff, byte(i)}, Cifrada: []byte{0xfe, 0, byte(i)},
		CreadaEn: Ahora.Add(time.Duration(i) * time.Second),
	}
}

// guardadas are the keys in storage, the newest first.
func guardadas(t *testing.T, a Almacen) []ports.Clave {
	t.Helper()
	todas, err := a.Todas(t.Context())
	require.NoError(t, err)
	return todas
}

func claveIdaYVuelta(t *testing.T, a Almacen) {
	assert.Empty(t, guardadas(t, a))

	vieja := clave(1)
	vieja.RetiradaEn = Ahora.Add(time.Hour)
	require.NoError(t, a.CrearSiFalta(t.Context(), vieja))
	require.NoError(t, a.CrearSiFalta(t.Context(), clave(2)))
	require.NoError(t, a.CrearSiFalta(t.Context(), clave(3)), "an active key exists: nothing changes")
	assert.Equal(t, []ports.Clave{clave(2), vieja}, guardadas(t, a), "the newest first")
}

func claveALaVez(t *testing.T, a Almacen) {
	require.NoError(t, errors.Join(aLaVez(8, func(i int) error { return a.CrearSiFalta(t.Context(), clave(i)) })...))
	todas := guardadas(t, a)
	require.Len(t, todas, 1)
	assert.True(t, todas[0].Activa())
}

func claveRelevar(t *testing.T, a Almacen) {
	require.NoError(t, a.CrearSiFalta(t.Context(), clave(0)))
	require.NoError(t, errors.Join(aLaVez(8, func(i int) error {
		return a.Relevar(t.Context(), nil, clave(i+1), clave(i+1).CreadaEn, Ahora.Add(-time.Hour))
	})...))
	todas := guardadas(t, a)
	require.Len(t, todas, 9, "a retired key still verifies its tokens")
	assert.Len(t, slices.DeleteFunc(todas, func(c ports.Clave) bool { return !c.Activa() }), 1)

	require.NoError(t, a.Relevar(t.Context(), nil, clave(20), clave(20).CreadaEn, Ahora.Add(19*time.Second)))
	todas = guardadas(t, a)
	assert.Equal(t, "kid-20", todas[0].Kid)
	require.Len(t, todas, 2, "a key that was retired long ago is removed, a newly retired one is not")
}

func claveReponer(t *testing.T, a Almacen) {
	u := guardado(t, a, "ana")
	_, refresco := abierta(t, a, u)
	require.NoError(t, a.CrearSiFalta(t.Context(), clave(0)))
	require.NoError(t, a.Relevar(t.Context(), nil, clave(1), clave(1).CreadaEn.Add(time.Hour), Ahora.Add(-time.Hour)))
	for i := range 2 {
		require.NoError(t, a.Reponer(t.Context(), clave(2+i)))
		assert.Equal(t, []ports.Clave{clave(2 + i)}, guardadas(t, a))
	}
	terminada(t, a, refresco, Ahora.Add(time.Minute))
	assert.Len(t, todo(t, a, ports.FiltroRastro{Tipo: domain.ClaveRotada}), 3)
}
