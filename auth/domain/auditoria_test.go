package domain_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/auth/domain"
)

func TestUsuario_Hechos(t *testing.T) {
	t.Parallel()
	ahora := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	u := domain.NewUsuario("ana", "ana@example.com", "$h", domain.RolCliente, ahora)
	u.AsignarID(7)
	require.NoError(t, u.CambiarRol(domain.RolCliente, ahora))
	require.NoError(t, u.CambiarEmail("ana@example.com", "", ahora))
	u.Activar(true, ahora)
	u.CambiarHash("$mas fuerte", ahora)
	assert.Empty(t, u.Hechos(), "changes that are not recorded leave no event")
	u.Atribuir(domain.Solicitante{UsuarioID: 1, Direccion: "192.0.2.1"})
	require.NoError(t, u.CambiarRol(domain.RolAdmin, ahora))
	require.Error(t, u.CambiarRol("jefe", ahora))
	assert.Equal(t, []domain.Hecho{{
		Tipo: domain.RolCambiado, Cuando: ahora, ActorID: 1, UsuarioID: 7, Direccion: "192.0.2.1",
		Detalle: map[string]string{"de": "cliente", "a": "admin"},
	}}, u.Hechos())
}

func TestHecho_Acotar(t *testing.T) {
	t.Parallel()
	h := domain.Hecho{Tipo: domain.Bloqueo, UsuarioID: 7, Direccion: "192.0.2.1"}
	sin := func(usuario int64, direccion string) domain.Hecho {
		return domain.Hecho{Tipo: domain.Bloqueo, UsuarioID: usuario, Direccion: direccion}
	}
	for nombre, c := range map[string]struct {
		filas  domain.Filas
		espera domain.Hecho
	}{
		"pocas": {domain.Filas{DeLaCuenta: domain.MaxRedesPorCuenta - 1, DeLaRed: domain.MaxCuentasPorRed - 1,
			Todas: domain.MaxHechosVentana - 1}, h},
		"de_la_cuenta":        {domain.Filas{DeLaCuenta: domain.MaxRedesPorCuenta}, sin(7, "")},
		"de_la_red":           {domain.Filas{DeLaRed: domain.MaxCuentasPorRed}, sin(0, "192.0.2.1")},
		"de_las_dos":          {domain.Filas{DeLaCuenta: domain.MaxRedesPorCuenta, DeLaRed: domain.MaxCuentasPorRed}, sin(7, "")},
		"todas":               {domain.Filas{Todas: domain.MaxHechosVentana}, sin(0, "")},
		"todas_y_de_la_suya":  {domain.Filas{DeLaCuenta: 99, DeLaRed: 99, Todas: domain.MaxHechosVentana + 1}, sin(0, "")},
		"la_ultima_que_entra": {domain.Filas{Todas: domain.MaxHechosVentana - 1}, h},
	} {
		assert.Equal(t, c.espera, h.Acotar(c.filas), nombre)
	}
}
