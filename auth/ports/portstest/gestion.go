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
	t.Helper()
	correr(t, nuevo, []caso{
		{"el_ultimo_administrador_se_queda", ultimoAdmin},
		{"cerrar_termina_sesiones_y_tokens", cerrarCuenta},
		{"otro_rol_mata_los_tokens_de_antes", otroRol},
		{"listar_por_paginas", listarUsuarios},
	})
}

func ultimoAdmin(t *testing.T, a Almacen) {
	const n = 6
	actores := make([]domain.Solicitante, n)
	for i := range actores {
		actores[i] = Jefa(t, a, fmt.Sprintf("jefa%d", i))
	}
	quitados := 0
	for i, err := range aLaVez(n, func(i int) error {
		_, err := a.Gestionar(t.Context(), actores[i], Ahora, actores[i].UsuarioID, func(u *domain.Usuario) error {
			if i%2 == 0 {
				return u.CambiarRol(domain.RolCliente, Ahora)
			}
			u.Activar(false, Ahora)
			return nil
		})
		return err
	}) {
		if err == nil {
			quitados++
			continue
		}
		assert.ErrorIs(t, err, domain.ErrUltimoAdmin, i)
	}
	assert.Equal(t, n-1, quitados, "all at once, one stays")
	quien := Jefa(t, a, "otra")
	_, err := a.Gestionar(t.Context(), quien, Ahora, 9999, func(*domain.Usuario) error { return nil })
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
	got, err := a.Gestionar(t.Context(), quien, Ahora, u.ID(),
		func(u *domain.Usuario) error { u.Activar(false, cuando); return nil })
	require.NoError(t, err)
	assert.False(t, got.Activo())
	leida, err := a.Obtener(t.Context(), u.ID())
	require.NoError(t, err)
	assert.Equal(t, got.Registro(), leida.Registro())
	_, _, err = a.Rotar(t.Context(), hash, hashDe("otro"), cuando, TokensHasta)
	require.ErrorIs(t, err, domain.ErrSesionTerminada)

	r, err := a.Revocadas(t.Context(), cuando.Add(-time.Minute), Ahora, "")
	require.NoError(t, err)
	assert.NotContains(t, r.Sesiones, s.ID, "the user's entry says it of all of them")
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
	got, err := a.Gestionar(t.Context(), quien, Ahora, u.ID(),
		func(u *domain.Usuario) error { return u.CambiarRol(domain.RolAlmacen, Ahora) })
	require.NoError(t, err)
	assert.True(t, got.EmitirDesde().After(Ahora), "a token of this very second is dead, the next one is not")
	_, _, err = a.Rotar(t.Context(), hash, hashDe("otro"), Ahora, TokensHasta)
	require.NoError(t, err, "the session goes on, with new scopes")
	igual, err := a.Gestionar(t.Context(), quien, Ahora, u.ID(), func(u *domain.Usuario) error {
		return u.CambiarRol(domain.RolAlmacen, Ahora.Add(time.Hour))
	})
	require.NoError(t, err)
	assert.Equal(t, got.Version(), igual.Version(), "the role that it has changes nothing")
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
	for _, f := range []ports.Filtro{{Nombre: "cliente3"}, {Email: domain.NormalizarIdentificador("cliente3@example.com")},
		{Nombre: "cliente3", Email: domain.NormalizarIdentificador("cliente3@example.com")}} {
		f.Limite = 10
		una, err := a.Listar(t.Context(), f)
		require.NoError(t, err)
		require.Len(t, una, 1)
		assert.Equal(t, "cliente3", una[0].Nombre())
	}
	ninguna, err := a.Listar(t.Context(),
		ports.Filtro{Nombre: "cliente3", Email: domain.NormalizarIdentificador("cliente4@example.com"), Limite: 10})
	require.NoError(t, err)
	assert.Empty(t, ninguna)
}
