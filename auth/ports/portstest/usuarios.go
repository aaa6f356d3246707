package portstest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/auth/domain"
)

// UsuariosSuite tests a storage of accounts.
func UsuariosSuite(t *testing.T, nuevo Nuevo) {
	correr(t, nuevo, casos{
		"crear_y_leer_dan_lo_mismo":               crearYLeer,
		"lo_que_no_existe":                        desconocido,
		"nombre_y_correo_son_unicos":              unicos,
		"crear_a_la_vez_el_mismo_nombre_gana_uno": crearALaVez,
		"actualizar_guarda_todo_o_nada":           actualizarTodoONada,
		"actualizar_no_quita_el_correo_a_otro":    actualizarCorreoAjeno,
		"actualizar_a_la_vez_no_pierde_cambios":   actualizarALaVez,
	})
}

func crearYLeer(t *testing.T, a Almacen) {
	guardado(t, a, "otra")
	for _, rol := range domain.Roles {
		u := NuevoUsuario("ñandú '"+string(rol)+"'", rol)
		require.NoError(t, a.Crear(t.Context(), u))
		require.Positive(t, u.ID())
		porID := leida(t, a, u.ID())
		assert.Equal(t, u.Registro(), porID.Registro())
		assert.False(t, porID.Cambiado())
		for _, buscado := range []string{u.Nombre(), u.Email()} {
			encontrado, err := a.Buscar(t.Context(), domain.NormalizarIdentificador(buscado))
			require.NoError(t, err)
			assert.Equal(t, u.Registro(), encontrado.Registro())
		}
	}
}

func desconocido(t *testing.T, a Almacen) {
	guardado(t, a, "ana")
	for _, buscado := range []string{"", "an", "ana@example.co", "%", "' OR ''='", fmt.Sprintf("%010000d", 0)} {
		_, err := a.Buscar(t.Context(), domain.NormalizarIdentificador(buscado))
		assert.ErrorIs(t, err, domain.ErrUsuarioDesconocido)
	}
	for _, id := range []int64{-1, 0, 1 << 62} {
		_, err := a.Obtener(t.Context(), id)
		assert.ErrorIs(t, err, domain.ErrUsuarioDesconocido)
		_, err = a.Actualizar(t.Context(), id, func(*domain.Usuario) error { panic("there is no account to change") })
		assert.ErrorIs(t, err, domain.ErrUsuarioDesconocido)
	}
}

func unicos(t *testing.T, a Almacen) {
	guardado(t, a, "ana")
	mismoNombre := domain.NewUsuario("ana", "otra@example.com", "h", domain.RolCliente, Ahora)
	require.ErrorIs(t, a.Crear(t.Context(), mismoNombre), domain.ErrUsuarioExiste)
	mismoCorreo := domain.NewUsuario("otra", "ana@example.com", "h", domain.RolCliente, Ahora)
	require.ErrorIs(t, a.Crear(t.Context(), mismoCorreo), domain.ErrUsuarioExiste)
	require.NoError(t, a.Crear(t.Context(), domain.NewUsuario("calle", "straße@example.com", "h", domain.RolCliente, Ahora)))
	mismaClave := domain.NewUsuario("strasse", "strasse@example.com", "h", domain.RolCliente, Ahora)
	require.ErrorIs(t, a.Crear(t.Context(), mismaClave), domain.ErrUsuarioExiste, "the same address, typed in another way")
	for _, escrito := range []string{"STRASSE@example.com", "Straße@example.com"} {
		u, err := a.Buscar(t.Context(), domain.NormalizarIdentificador(escrito))
		require.NoError(t, err, escrito)
		assert.Equal(t, "straße@example.com", u.Email())
	}
	assert.Zero(t, mismoNombre.ID()+mismoCorreo.ID())
	_, err := a.Buscar(t.Context(), domain.NormalizarIdentificador("otra"))
	assert.ErrorIs(t, err, domain.ErrUsuarioDesconocido)
}

func crearALaVez(t *testing.T, a Almacen) {
	errs := aLaVez(8, func(int) error { return a.Crear(t.Context(), NuevoUsuario("ana", domain.RolCliente)) })
	assert.Equal(t, 1, lograron(t, errs, domain.ErrUsuarioExiste))
}

func actualizarTodoONada(t *testing.T, a Almacen) {
	u, otra := guardado(t, a, "ana"), guardado(t, a, "berta")
	cambiado, err := a.Actualizar(t.Context(), u.ID(), func(u *domain.Usuario) error {
		u.CambiarHash("$otro", Ahora.Add(time.Hour))
		return u.CambiarEmail("nueva@example.com", "", Ahora.Add(time.Hour))
	})
	require.NoError(t, err)
	leido := leida(t, a, u.ID())
	assert.Equal(t, cambiado.Registro(), leido.Registro())
	assert.Equal(t, "$otro", leido.Hash())
	assert.Equal(t, "nueva@example.com", leido.Email())
	assert.Equal(t, Ahora, leido.CreadoEn())

	rechazo := errors.New("no")
	_, err = a.Actualizar(t.Context(), u.ID(), func(u *domain.Usuario) error {
		u.CambiarHash("$perdido", Ahora)
		return rechazo
	})
	require.ErrorIs(t, err, rechazo)
	_, err = a.Actualizar(t.Context(), u.ID(), nada)
	require.NoError(t, err)
	assert.Equal(t, leido.Registro(), leida(t, a, u.ID()).Registro(), "a refused change and an empty one store nothing")
	assert.Equal(t, otra.Registro(), leida(t, a, otra.ID()).Registro())
}

func actualizarCorreoAjeno(t *testing.T, a Almacen) {
	ana, berta := guardado(t, a, "ana"), guardado(t, a, "berta")
	_, err := a.Actualizar(t.Context(), berta.ID(), conEmail(ana.Email(), ""))
	require.ErrorIs(t, err, domain.ErrUsuarioExiste)
	assert.Equal(t, berta.Registro(), leida(t, a, berta.ID()).Registro())
}

func actualizarALaVez(t *testing.T, a Almacen) {
	const cambios = 20
	u := guardado(t, a, "ana")
	require.NoError(t, errors.Join(aLaVez(cambios, func(int) error {
		_, err := a.Actualizar(t.Context(), u.ID(), func(u *domain.Usuario) error { return conHash(u.Hash() + "+")(u) })
		return err
	})...))
	leido := leida(t, a, u.ID())
	assert.Len(t, leido.Hash(), len(u.Hash())+cambios)
	assert.EqualValues(t, 1+cambios, leido.Version())
}

// AdministradoresSuite tests a storage of administrators.
func AdministradoresSuite(t *testing.T, nuevo Nuevo) {
	correr(t, nuevo, casos{
		"el_primero_y_ninguno_mas":        primerAdmin,
		"un_nombre_ocupado":               primerAdminOcupado,
		"de_varios_procesos_a_la_vez_uno": primerAdminALaVez,
	})
}

func primerAdmin(t *testing.T, a Almacen) {
	guardado(t, a, "ana")
	hay, err := a.HayAdmin(t.Context())
	require.NoError(t, err)
	assert.False(t, hay, "a customer is no administrator")

	u := NuevoUsuario("jefa", domain.RolAdmin)
	hecho, err := a.CrearPrimero(t.Context(), u)
	require.NoError(t, err)
	assert.True(t, hecho)
	assert.Equal(t, u.Registro(), leida(t, a, u.ID()).Registro())
	hay, err = a.HayAdmin(t.Context())
	require.NoError(t, err)
	assert.True(t, hay)

	hecho, err = a.CrearPrimero(t.Context(), NuevoUsuario("jefe", domain.RolAdmin))
	require.NoError(t, err)
	assert.False(t, hecho)
	_, err = a.Buscar(t.Context(), domain.NormalizarIdentificador("jefe"))
	assert.ErrorIs(t, err, domain.ErrUsuarioDesconocido)
}

func primerAdminOcupado(t *testing.T, a Almacen) {
	guardado(t, a, "ana")
	_, err := a.CrearPrimero(t.Context(), NuevoUsuario("ana", domain.RolAdmin))
	require.ErrorIs(t, err, domain.ErrUsuarioExiste)
	ana, err := a.Buscar(t.Context(), domain.NormalizarIdentificador("ana"))
	require.NoError(t, err)
	assert.Equal(t, domain.RolCliente, ana.Rol(), "the name alone must not make a customer an administrator")
}

func primerAdminALaVez(t *testing.T, a Almacen) {
	hechos := make([]bool, 8)
	require.NoError(t, errors.Join(aLaVez(len(hechos), func(i int) (err error) {
		hechos[i], err = a.CrearPrimero(t.Context(), NuevoUsuario(fmt.Sprintf("jefe%d", i), domain.RolAdmin))
		return err
	})...))
	admins := 0
	for i, hecho := range hechos {
		u, err := a.Buscar(t.Context(), domain.NormalizarIdentificador(fmt.Sprintf("jefe%d", i)))
		if !hecho {
			assert.ErrorIs(t, err, domain.ErrUsuarioDesconocido)
			continue
		}
		require.NoError(t, err)
		assert.Equal(t, domain.RolAdmin, u.Rol())
		admins++
	}
	assert.Equal(t, 1, admins)
}
