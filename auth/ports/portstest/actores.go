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
	t.Helper()
	correr(t, nuevo, []caso{
		{"de_dos_que_se_cierran_a_la_vez_uno_lo_hace", seCierran},
		{"quien_es_degradada_no_cambia_nada_mas", degradada},
		{"rotar_la_clave_pide_un_actor_bueno", rotarConActor},
		{"un_servicio_no_tiene_cuenta", servicioSinCuenta},
	})
}

// Two administrators close each other at the same time: one succeeds, and the other changes nothing.
func seCierran(t *testing.T, a Almacen) {
	Jefa(t, a, "testigo")
	for ronda := range 10 {
		par := []domain.Solicitante{Jefa(t, a, fmt.Sprintf("una%d", ronda)), Jefa(t, a, fmt.Sprintf("otra%d", ronda))}
		errs := aLaVez(2, func(i int) error {
			_, err := a.Gestionar(t.Context(), par[i], Ahora, par[1-i].UsuarioID,
				func(u *domain.Usuario) error { u.Activar(false, Ahora); return nil })
			return err
		})
		cerradas := 0
		for i, err := range errs {
			u, leer := a.Obtener(t.Context(), par[1-i].UsuarioID)
			require.NoError(t, leer)
			assert.Equal(t, err == nil, !u.Activo(), "what was acknowledged holds, what was refused did nothing")
			if err == nil {
				cerradas++
				continue
			}
			assert.ErrorIs(t, err, fault.ErrUnauthenticated)
		}
		assert.Equal(t, 1, cerradas)
	}
}

// An administrator is demoted while it promotes other users: none of its changes comes after.
func degradada(t *testing.T, a Almacen) {
	testigo, mala := Jefa(t, a, "testigo"), Jefa(t, a, "mala")
	const n = 20
	otros := make([]int64, n)
	for i := range otros {
		otros[i] = guardado(t, a, fmt.Sprintf("cliente%d", i)).ID()
	}
	for i, err := range aLaVez(n+1, func(i int) error {
		if i == n {
			_, err := a.Gestionar(t.Context(), testigo, Ahora, mala.UsuarioID,
				func(u *domain.Usuario) error { return u.CambiarRol(domain.RolCliente, Ahora) })
			return err
		}
		_, err := a.Gestionar(t.Context(), mala, Ahora, otros[i],
			func(u *domain.Usuario) error { return u.CambiarRol(domain.RolAdmin, Ahora) })
		return err
	}) {
		if i == n {
			require.NoError(t, err)
			continue
		}
		u, leer := a.Obtener(t.Context(), otros[i])
		require.NoError(t, leer)
		assert.Equal(t, err == nil, u.Rol() == domain.RolAdmin)
		if err != nil {
			assert.ErrorIs(t, err, fault.ErrUnauthenticated)
		}
	}
	_, err := a.Gestionar(t.Context(), mala, Ahora, mala.UsuarioID,
		func(u *domain.Usuario) error { return u.CambiarRol(domain.RolAdmin, Ahora) })
	require.ErrorIs(t, err, fault.ErrUnauthenticated)
	_, err = a.Comprobar(t.Context(), mala, domain.AlcanceUsuariosLeer, Ahora)
	require.ErrorIs(t, err, fault.ErrUnauthenticated)
	_, err = a.ActualizarPropio(t.Context(), mala, Ahora, func(*domain.Usuario) error { return nil })
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
	todas, err := a.Todas(t.Context())
	require.NoError(t, err)
	assert.Len(t, todas, 2)
	assert.Equal(t, "kid-1", todas[0].Kid)
}

func servicioSinCuenta(t *testing.T, a Almacen) {
	servicio := domain.Solicitante{Servicio: "pedidos", Emitido: Ahora}
	_, err := a.Comprobar(t.Context(), servicio, "", Ahora)
	require.ErrorIs(t, err, fault.ErrForbidden)
	_, err = a.ActualizarPropio(t.Context(), servicio, Ahora, func(*domain.Usuario) error { return nil })
	require.ErrorIs(t, err, fault.ErrForbidden)
	_, err = a.Gestionar(t.Context(), servicio, Ahora, guardado(t, a, "ana").ID(), func(*domain.Usuario) error { return nil })
	require.ErrorIs(t, err, fault.ErrForbidden)
	require.ErrorIs(t, a.Relevar(t.Context(), &servicio, clave(0), Ahora, Ahora), fault.ErrForbidden)
}
