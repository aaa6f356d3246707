package portstest

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/fault"

	"github.com/tienda-go/tienda/auth/domain"
	"github.com/tienda-go/tienda/auth/ports"
)

// GestionSuite tests the changes that administrators make, and what these revoke.
func GestionSuite(t *testing.T, nuevo Nuevo) {
	correr(t, nuevo, casos{
		"el_ultimo_administrador_se_queda":    ultimoAdmin,
		"cerrar_termina_sesiones_y_tokens":    cerrarCuenta,
		"otro_rol_revoca_los_tokens_de_antes": otroRol,
		"listar_por_paginas":                  listarUsuarios,
	})
}

func ultimoAdmin(t *testing.T, a Almacen) {
	const n = 6
	actores := make([]domain.Solicitante, n)
	for i := range actores {
		actores[i] = Jefa(t, a, fmt.Sprintf("jefa%d", i))
	}
	quitar := []func(*domain.Usuario) error{conRol(domain.RolCliente), cerrar}
	quitados := lograron(t, aLaVez(n, func(i int) error {
		_, err := a.Gestionar(t.Context(), actores[i], Ahora, actores[i].UsuarioID, quitar[i%2])
		return err
	}), domain.ErrUltimoAdmin)
	assert.Equal(t, n-1, quitados, "one administrator stays")
	quien := Jefa(t, a, "otra")
	_, err := a.Gestionar(t.Context(), quien, Ahora, 9999, nada)
	assert.ErrorIs(t, err, domain.ErrUsuarioDesconocido)
	_, err = a.Gestionar(t.Context(), quien, Ahora, actores[0].UsuarioID,
		func(*domain.Usuario) error { return fault.ErrForbidden.New("") })
	assert.ErrorIs(t, err, fault.ErrForbidden)
}

func cerrarCuenta(t *testing.T, a Almacen) {
	u := guardado(t, a, "ana")
	s, hash := abierta(t, a, u)
	otra, _ := abierta(t, a, guardado(t, a, "berta"))
	cuando := Ahora.Add(time.Hour)
	quien := Jefa(t, a, "jefa")
	got := gestionar(t, a, quien, u.ID(), func(u *domain.Usuario) error { u.Activar(false, cuando); return nil })
	assert.False(t, got.Activo())
	assert.Equal(t, got.Registro(), leida(t, a, u.ID()).Registro())
	terminada(t, a, hash, cuando)

	r, err := a.Revocadas(t.Context(), cuando.Add(-time.Minute), Ahora, "")
	require.NoError(t, err)
	assert.NotContains(t, r.Sesiones, s.ID, "the entry of the user revokes all its tokens")
	assert.NotContains(t, r.Sesiones, otra.ID)
	assert.Equal(t, map[int64]time.Time{u.ID(): cuando.Truncate(time.Second).Add(time.Second)}, r.Usuarios)
	assert.Empty(t, r.Sigue)
	r, err = a.Revocadas(t.Context(), cuando.Add(time.Minute), Ahora, "")
	require.NoError(t, err)
	assert.Empty(t, r.Sesiones)
	assert.Empty(t, r.Usuarios)
}

func otroRol(t *testing.T, a Almacen) {
	u := guardado(t, a, "ana")
	_, hash := abierta(t, a, u)
	quien := Jefa(t, a, "jefa")
	got := gestionar(t, a, quien, u.ID(), conRol(domain.RolAlmacen))
	assert.True(t, got.EmitirDesde().After(Ahora), "a token issued within this second is revoked, a later one is not")
	viva(t, a, hash, Ahora) // the session stays, and gets the new scopes
	igual := gestionar(t, a, quien, u.ID(), conRol(domain.RolAlmacen))
	assert.Equal(t, got.Version(), igual.Version(), "setting the role that the user has changes nothing")
}

func listarUsuarios(t *testing.T, a Almacen) {
	for i := range 5 {
		guardado(t, a, fmt.Sprintf("cliente%d", i))
	}
	var nombres []string
	for despues := int64(0); ; {
		pagina, err := a.Listar(t.Context(), ports.Filtro{DespuesDe: despues, Limite: 2})
		require.NoError(t, err)
		if len(pagina) == 0 {
			break
		}
		for _, u := range pagina {
			nombres = append(nombres, u.Nombre())
			despues = u.ID()
		}
	}
	assert.Equal(t, []string{"cliente0", "cliente1", "cliente2", "cliente3", "cliente4"}, nombres)
	tres, cuatro := domain.NormalizarIdentificador("cliente3@example.com"), domain.NormalizarIdentificador("cliente4@example.com")
	for _, f := range []ports.Filtro{{Nombre: "cliente3"}, {Email: tres}, {Nombre: "cliente3", Email: tres}} {
		f.Limite = 10
		una, err := a.Listar(t.Context(), f)
		require.NoError(t, err)
		require.Len(t, una, 1)
		assert.Equal(t, "cliente3", una[0].Nombre())
	}
	ninguna, err := a.Listar(t.Context(), ports.Filtro{Nombre: "cliente3", Email: cuatro, Limite: 10})
	require.NoError(t, err)
	assert.Empty(t, ninguna)
}
