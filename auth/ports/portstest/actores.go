package portstest

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/fault"

	"github.com/tienda-go/tienda/auth/domain"
)

// ActoresSuite tests how a storage checks the actor of a change.
func ActoresSuite(t *testing.T, nuevo Nuevo) {
	correr(t, nuevo, casos{
		"de_dos_que_se_cierran_a_la_vez_uno_lo_hace": seCierran,
		"quien_es_degradada_no_cambia_nada_mas":      degradada,
		"rotar_la_clave_pide_un_actor_bueno":         rotarConActor,
		"un_servicio_no_tiene_cuenta":                servicioSinCuenta,
	})
}

// Two administrators close each other at the same time: one succeeds, and the other changes nothing.
func seCierran(t *testing.T, a Almacen) {
	Jefa(t, a, "testigo")
	for ronda := range 10 {
		par := []domain.Solicitante{Jefa(t, a, fmt.Sprintf("una%d", ronda)), Jefa(t, a, fmt.Sprintf("otra%d", ronda))}
		errs := aLaVez(2, func(i int) error {
			_, err := a.Gestionar(t.Context(), par[i], Ahora, par[1-i].UsuarioID, cerrar)
			return err
		})
		for i, err := range errs {
			assert.Equal(t, err == nil, !leida(t, a, par[1-i].UsuarioID).Activo(), "a refused change must change nothing")
		}
		assert.Equal(t, 1, lograron(t, errs, fault.ErrUnauthenticated))
	}
}

// An administrator is demoted while it promotes other users: it promotes none after its demotion.
func degradada(t *testing.T, a Almacen) {
	testigo, mala := Jefa(t, a, "testigo"), Jefa(t, a, "mala")
	const n = 20
	otros := make([]int64, n)
	for i := range otros {
		otros[i] = guardado(t, a, fmt.Sprintf("cliente%d", i)).ID()
	}
	errs := aLaVez(n+1, func(i int) error {
		if i == n {
			_, err := a.Gestionar(t.Context(), testigo, Ahora, mala.UsuarioID, conRol(domain.RolCliente))
			return err
		}
		_, err := a.Gestionar(t.Context(), mala, Ahora, otros[i], conRol(domain.RolAdmin))
		return err
	})
	require.NoError(t, errs[n])
	lograron(t, errs, fault.ErrUnauthenticated)
	for i, id := range otros {
		assert.Equal(t, errs[i] == nil, leida(t, a, id).Rol() == domain.RolAdmin)
	}
	_, err := a.Gestionar(t.Context(), mala, Ahora, mala.UsuarioID, conRol(domain.RolAdmin))
	require.ErrorIs(t, err, fault.ErrUnauthenticated)
	_, err = a.Comprobar(t.Context(), mala, domain.AlcanceUsuariosLeer, Ahora)
	require.ErrorIs(t, err, fault.ErrUnauthenticated)
	_, err = a.ActualizarPropio(t.Context(), mala, Ahora, nada)
	require.ErrorIs(t, err, fault.ErrUnauthenticated)
}

func rotarConActor(t *testing.T, a Almacen) {
	require.NoError(t, a.CrearSiFalta(t.Context(), clave(0)))
	quien := Jefa(t, a, "jefa")
	require.NoError(t, a.Relevar(t.Context(), &quien, clave(1), clave(1).CreadaEn, Ahora))
	cliente := actorDe(t, a, guardado(t, a, "ana"))
	require.ErrorIs(t, a.Relevar(t.Context(), &cliente, clave(2), clave(2).CreadaEn, Ahora), fault.ErrForbidden)
	quien.Sesion = "otra"
	require.ErrorIs(t, a.Relevar(t.Context(), &quien, clave(2), clave(2).CreadaEn, Ahora), fault.ErrUnauthenticated)
	todas := guardadas(t, a)
	assert.Len(t, todas, 2)
	assert.Equal(t, "kid-1", todas[0].Kid)
}

func servicioSinCuenta(t *testing.T, a Almacen) {
	servicio := domain.Solicitante{Servicio: "pedidos", Emitido: Ahora}
	_, err := a.Comprobar(t.Context(), servicio, "", Ahora)
	require.ErrorIs(t, err, fault.ErrForbidden)
	_, err = a.ActualizarPropio(t.Context(), servicio, Ahora, nada)
	require.ErrorIs(t, err, fault.ErrForbidden)
	_, err = a.Gestionar(t.Context(), servicio, Ahora, guardado(t, a, "ana").ID(), nada)
	require.ErrorIs(t, err, fault.ErrForbidden)
	require.ErrorIs(t, a.Relevar(t.Context(), &servicio, clave(0), Ahora, Ahora), fault.ErrForbidden)
}
