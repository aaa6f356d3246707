package portstest

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/fault"

	"github.com/tienda-go/tienda/auth/domain"
)

// RegistrosSuite tests how a storage counts the accounts that clients open. dos returns two instances on one empty database.
func RegistrosSuite(t *testing.T, nuevo Nuevo, dos func(t *testing.T) [2]Almacen) {
	correr(t, nuevo, casos{
		"cuenta_por_red_y_durante_un_dia":       registrosDeUnDia,
		"solo_cuentan_las_cuentas_que_se_abren": registrosQueNoSon,
		"sin_limite_no_se_cuenta":               registrosSinLimite,
	})
	t.Run("de_cuarenta_a_la_vez_se_abren_las_que_tocan", func(t *testing.T) {
		t.Parallel()
		registrosALaVez(t, dos(t))
	})
}

func registrado(t *testing.T, a Almacen, nombre string, c domain.Cupo, cuando time.Time) {
	t.Helper()
	require.NoError(t, a.PermitirRegistro(t.Context(), c, cuando))
	u := NuevoUsuario(nombre, domain.RolCliente)
	require.NoError(t, a.Registrar(t.Context(), u, c, cuando))
	require.NotZero(t, u.ID())
}

// registroRechazado returns how long the client must wait.
func registroRechazado(t *testing.T, a Almacen, nombre string, c domain.Cupo, cuando time.Time) time.Duration {
	t.Helper()
	_, err := a.Buscar(t.Context(), domain.NormalizarIdentificador(nombre))
	require.ErrorIs(t, err, domain.ErrUsuarioDesconocido)
	require.ErrorIs(t, a.PermitirRegistro(t.Context(), c, cuando), domain.ErrRegistros)
	err = a.Registrar(t.Context(), NuevoUsuario(nombre, domain.RolCliente), c, cuando)
	require.ErrorIs(t, err, domain.ErrRegistros)
	return fault.From(err).RetryAfter
}

func registrosDeUnDia(t *testing.T, a Almacen) {
	c := domain.Cupo{Red: "192.0.2.1", Maximo: 3}
	for i := range c.Maximo {
		registrado(t, a, fmt.Sprint("cliente-", i), c, Ahora.Add(time.Duration(i)*time.Hour))
	}
	luego := Ahora.Add(10 * time.Hour)
	assert.Equal(t, 14*time.Hour, registroRechazado(t, a, "tarde", c, luego), "when the oldest no longer counts")
	registrado(t, a, "de-otra-red", domain.Cupo{Red: "192.0.2.2", Maximo: 3}, luego)

	registroRechazado(t, a, "tarde", c, Ahora.Add(domain.VentanaRegistros-time.Second))
	registrado(t, a, "tarde", c, Ahora.Add(domain.VentanaRegistros)) // Retry-After was right
	registroRechazado(t, a, "otra-mas", c, Ahora.Add(domain.VentanaRegistros))
	require.NoError(t, a.OlvidarRegistros(t.Context(), Ahora.Add(domain.VentanaRegistros)))
	registroRechazado(t, a, "otra-mas", c, Ahora.Add(domain.VentanaRegistros)) // accounts that still count were not removed
	require.NoError(t, a.OlvidarRegistros(t.Context(), Ahora.Add(2*domain.VentanaRegistros)))
	registrado(t, a, "otra-mas", c, Ahora.Add(domain.VentanaRegistros)) // no older account is counted
}

func registrosQueNoSon(t *testing.T, a Almacen) {
	c := domain.Cupo{Red: "192.0.2.1", Maximo: 2}
	registrado(t, a, "ana", c, Ahora)
	for range 3 {
		err := a.Registrar(t.Context(), NuevoUsuario("ana", domain.RolCliente), c, Ahora)
		require.ErrorIs(t, err, domain.ErrUsuarioExiste)
	}
	registrado(t, a, "berta", c, Ahora)
	registroRechazado(t, a, "carla", c, Ahora)
}

func registrosSinLimite(t *testing.T, a Almacen) {
	for i := range 5 {
		registrado(t, a, fmt.Sprint("cliente-", i), domain.Cupo{Red: "192.0.2.1"}, Ahora)
	}
	c := domain.Cupo{Red: "192.0.2.1", Maximo: 1}
	registrado(t, a, "ana", c, Ahora)
	registroRechazado(t, a, "berta", c, Ahora)
}

func registrosALaVez(t *testing.T, instancias [2]Almacen) {
	c := domain.Cupo{Red: "192.0.2.1", Maximo: 7}
	errs := aLaVez(40, func(i int) error {
		return instancias[i%2].Registrar(t.Context(), NuevoUsuario(fmt.Sprint("cliente-", i), domain.RolCliente), c, Ahora)
	})
	assert.Equal(t, c.Maximo, lograron(t, errs, domain.ErrRegistros))
	for _, a := range instancias {
		registroRechazado(t, a, "una-mas", c, Ahora)
	}
}
