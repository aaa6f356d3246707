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

// AuditoriaSuite tests a storage of the trail.
func AuditoriaSuite(t *testing.T, nuevo Nuevo) {
	correr(t, nuevo, casos{
		"lo_que_cambia_una_cuenta_deja_rastro":    rastroDeCambios,
		"lo_que_se_rechaza_no_deja_rastro":        rastroDeRechazos,
		"los_fallos_a_la_vez_son_una_fila":        fallosALaVez,
		"las_filas_de_una_ventana_estan_acotadas": fallosAcotados,
		"filtros_y_paginas":                       rastroPorPaginas,
		"lo_viejo_se_olvida":                      rastroViejo,
	})
}

// todo is the whole trail, the oldest first, without ids.
func todo(t *testing.T, a Almacen, f ports.FiltroRastro) (hechos []domain.Hecho) {
	t.Helper()
	f.Limite = 10_000
	leidos, err := a.Rastro(t.Context(), f)
	require.NoError(t, err)
	for _, h := range slices.Backward(leidos) {
		assert.Positive(t, h.ID)
		h.ID = 0
		hechos = append(hechos, h)
	}
	return hechos
}

func rastroDeCambios(t *testing.T, a Almacen) {
	jefa := Jefa(t, a, "jefa")
	jefa.Direccion = "192.0.2.7"
	u := guardado(t, a, "ana")
	momento := func(n int) time.Time { return Ahora.Add(time.Duration(n) * time.Second) }
	cambiar := func(n int, change func(u *domain.Usuario, ahora time.Time) error) {
		t.Helper()
		gestionar(t, a, jefa, u.ID(), func(u *domain.Usuario) error { return change(u, momento(n)) })
	}
	cambiar(1, func(u *domain.Usuario, ahora time.Time) error { return u.CambiarRol(domain.RolAlmacen, ahora) })
	cambiar(2, func(u *domain.Usuario, ahora time.Time) error { u.Activar(false, ahora); return nil })
	cambiar(3, func(u *domain.Usuario, ahora time.Time) error { u.Activar(true, ahora); return nil })
	cambiar(4, func(u *domain.Usuario, ahora time.Time) error { return u.CambiarRol(domain.RolAlmacen, ahora) }) // unchanged

	s := domain.NewSesion("de ana", u.ID(), momento(5), time.Hour)
	_, err := a.Abrir(t.Context(), s, hashDe("primero"), u.Hash())
	require.NoError(t, err)
	ana := domain.Solicitante{UsuarioID: u.ID(), Sesion: s.ID, Emitido: momento(5), Direccion: "192.0.2.8"}
	_, err = a.ActualizarPropio(t.Context(), ana, momento(6),
		func(u *domain.Usuario) error { return u.CambiarEmail("otra@example.com", s.ID, momento(6)) })
	require.NoError(t, err)
	otra := domain.NewSesion("otra", u.ID(), momento(7), time.Hour)
	_, err = a.Renovar(t.Context(), ana, otra, hashDe("otro"),
		func(u *domain.Usuario) error { u.CambiarContrasena("$nueva", momento(7)); return nil })
	require.NoError(t, err)
	require.NoError(t, a.CrearSiFalta(t.Context(), clave(0)))
	require.NoError(t, a.Relevar(t.Context(), &jefa, clave(8), Ahora, Ahora))
	require.NoError(t, a.Relevar(t.Context(), nil, clave(9), Ahora, Ahora))

	de := func(tipo domain.TipoHecho, n int, actor domain.Solicitante) domain.Hecho {
		return domain.Hecho{Tipo: tipo, Cuando: momento(n), ActorID: actor.UsuarioID, UsuarioID: u.ID(),
			Direccion: actor.Direccion, Detalle: map[string]string{}}
	}
	rol := de(domain.RolCambiado, 1, jefa)
	rol.Detalle = map[string]string{"de": "cliente", "a": "almacen"}
	assert.Equal(t, []domain.Hecho{
		rol, de(domain.CuentaSeCierra, 2, jefa), de(domain.CuentaSeAbre, 3, jefa),
		de(domain.EmailCambiado, 6, ana), de(domain.ContrasenaCambia, 7, ana),
	}, todo(t, a, ports.FiltroRastro{UsuarioID: u.ID()}))
	claves := todo(t, a, ports.FiltroRastro{Tipo: domain.ClaveRotada})
	require.Len(t, claves, 2)
	assert.Equal(t, domain.HechoClaveRotada(&jefa, "kid-8", clave(8).CreadaEn), claves[0])
	assert.Equal(t, domain.HechoClaveRotada(nil, "kid-9", clave(9).CreadaEn), claves[1])
}

func rastroDeRechazos(t *testing.T, a Almacen) {
	jefa, u := Jefa(t, a, "jefa"), guardado(t, a, "ana")
	rechazo := errors.New("no")
	_, err := a.Gestionar(t.Context(), jefa, Ahora, u.ID(), func(u *domain.Usuario) error {
		u.Activar(false, Ahora)
		return rechazo
	})
	require.ErrorIs(t, err, rechazo)
	_, err = a.Gestionar(t.Context(), jefa, Ahora, jefa.UsuarioID, cerrar)
	require.ErrorIs(t, err, domain.ErrUltimoAdmin)
	cliente := actorDe(t, a, u)
	_, err = a.Gestionar(t.Context(), cliente, Ahora, jefa.UsuarioID, cerrar)
	require.Error(t, err)
	_, err = a.ActualizarPropio(t.Context(), cliente, Ahora, conEmail("jefa@example.com", ""))
	require.ErrorIs(t, err, domain.ErrUsuarioExiste)
	require.NoError(t, a.CrearSiFalta(t.Context(), clave(0)))
	require.Error(t, a.Relevar(t.Context(), &cliente, clave(1), Ahora, Ahora))
	assert.Empty(t, todo(t, a, ports.FiltroRastro{}))
}

func fallo(usuario int64, red string, cuando time.Time) domain.Hecho {
	return domain.Hecho{Tipo: domain.AccesoFallido, Cuando: cuando, UsuarioID: usuario, Direccion: red}
}

func fallosALaVez(t *testing.T, a Almacen) {
	const n = 40
	for usuario := int64(1); usuario <= 8; usuario++ { // the first rounds still open connections, one after the other
		nuevas := make([]bool, n)
		require.NoError(t, errors.Join(aLaVez(n, func(i int) (err error) {
			nuevas[i], err = a.AnotarFallo(t.Context(), fallo(usuario, "192.0.2.1", Ahora.Add(time.Duration(i)*time.Second)))
			return err
		})...))
		assert.Len(t, slices.DeleteFunc(nuevas, func(nueva bool) bool { return !nueva }), 1)
		hechos := todo(t, a, ports.FiltroRastro{UsuarioID: usuario})
		require.Len(t, hechos, 1)
		assert.EqualValues(t, n, hechos[0].Veces)
		assert.Equal(t, Ahora.Add((n-1)*time.Second), hechos[0].Ultimo)
	}
	for _, otro := range []domain.Hecho{
		fallo(7, "192.0.2.2", Ahora), fallo(9, "192.0.2.1", Ahora), fallo(0, "192.0.2.1", Ahora),
		fallo(7, "192.0.2.1", Ahora.Add(domain.VentanaHecho)),
		{Tipo: domain.Bloqueo, Cuando: Ahora, UsuarioID: 7, Direccion: "192.0.2.1"},
	} {
		nueva, err := a.AnotarFallo(t.Context(), otro)
		require.NoError(t, err)
		assert.True(t, nueva)
		nueva, err = a.AnotarFallo(t.Context(), otro)
		require.NoError(t, err)
		assert.False(t, nueva)
	}
	assert.Len(t, todo(t, a, ports.FiltroRastro{}), 8+5)
}

// An attacker chooses how many addresses and accounts take part, and not how many rows are stored.
func fallosAcotados(t *testing.T, a Almacen) {
	anotar := func(tipo domain.TipoHecho, usuario int64, red string) {
		t.Helper()
		h := fallo(usuario, red, Ahora)
		h.Tipo = tipo
		_, err := a.AnotarFallo(t.Context(), h)
		require.NoError(t, err)
	}
	for i := range 2 * domain.MaxRedesPorCuenta {
		anotar(domain.AccesoFallido, 7, fmt.Sprintf("192.0.2.%d", i))
	}
	hechos := todo(t, a, ports.FiltroRastro{UsuarioID: 7})
	require.Len(t, hechos, domain.MaxRedesPorCuenta+1)
	ultima := hechos[domain.MaxRedesPorCuenta]
	assert.Empty(t, ultima.Direccion)
	assert.EqualValues(t, domain.MaxRedesPorCuenta, ultima.Veces, "the guesses from all further addresses")

	for i := range 2 * domain.MaxCuentasPorRed {
		anotar(domain.AccesoFallido, int64(100+i), "198.51.100.1")
	}
	de := func(tipo domain.TipoHecho, red string) (n int, veces int64) {
		for _, h := range todo(t, a, ports.FiltroRastro{Tipo: tipo}) {
			if h.Direccion == red {
				n, veces = n+1, veces+h.Veces
			}
		}
		return n, veces
	}
	n, veces := de(domain.AccesoFallido, "198.51.100.1")
	assert.Equal(t, domain.MaxCuentasPorRed+1, n)
	assert.EqualValues(t, 2*domain.MaxCuentasPorRed, veces, "every guess is counted")

	for i := range domain.MaxHechosVentana + 20 {
		anotar(domain.Bloqueo, 0, fmt.Sprintf("203.0.%d.%d", i/250, i%250))
	}
	require.Len(t, todo(t, a, ports.FiltroRastro{Tipo: domain.Bloqueo}), domain.MaxHechosVentana+1)
	n, _ = de(domain.Bloqueo, "")
	assert.Equal(t, 1, n)
}

func rastroPorPaginas(t *testing.T, a Almacen) {
	for i := range 7 {
		for _, h := range []domain.Hecho{fallo(7, "192.0.2.1", Ahora), fallo(8, "192.0.2.1", Ahora),
			{Tipo: domain.Bloqueo, UsuarioID: 7, Direccion: "192.0.2.1"}} {
			h.Cuando = Ahora.Add(time.Duration(i) * time.Hour)
			_, err := a.AnotarFallo(t.Context(), h)
			require.NoError(t, err)
		}
	}
	var vistos []time.Time
	f := ports.FiltroRastro{UsuarioID: 7, Tipo: domain.AccesoFallido,
		Desde: new(Ahora.Add(1)), Hasta: new(Ahora.Add(5*time.Hour + 1)), Limite: 2} // finer than what is stored
	for {
		pagina, err := a.Rastro(t.Context(), f)
		require.NoError(t, err)
		if len(pagina) == 0 {
			break
		}
		for _, h := range pagina {
			assert.Equal(t, domain.AccesoFallido, h.Tipo)
			assert.EqualValues(t, 7, h.UsuarioID)
			vistos = append(vistos, h.Cuando)
			f.AntesDe = h.ID
		}
	}
	assert.Equal(t, []time.Time{
		Ahora.Add(5 * time.Hour), Ahora.Add(4 * time.Hour), Ahora.Add(3 * time.Hour), Ahora.Add(2 * time.Hour), Ahora.Add(time.Hour),
	}, vistos, "the newest first; desde counts, hasta does not")
}

func rastroViejo(t *testing.T, a Almacen) {
	ahora := time.Now()
	for i, edad := range []time.Duration{domain.RetencionRastro + 48*time.Hour, domain.RetencionRastro + 24*time.Hour,
		domain.RetencionRastro - time.Hour, 0} {
		_, err := a.AnotarFallo(t.Context(), fallo(int64(i+1), "192.0.2.1", ahora.Add(-edad)))
		require.NoError(t, err)
	}
	require.NoError(t, a.OlvidarRastro(t.Context(), ahora))
	assert.Len(t, todo(t, a, ports.FiltroRastro{}), 2)
}
