package domain_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/fault"

	"github.com/tienda-go/tienda/auth/domain"
)

var ahora = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)

func TestAlta_Normalizada(t *testing.T) {
	t.Parallel()
	alta, err := domain.Alta{Nombre: "Ana", Email: "Ana@Example.com", Contrasena: "ｋＲ3+vbzq"}.Normalizada()
	require.NoError(t, err)
	assert.Equal(t, domain.Alta{Nombre: "ana", Email: "ana@example.com", Contrasena: "kR3+vbzq"}, alta)

	_, err = domain.Alta{Nombre: "a", Email: "a", Contrasena: "a"}.Normalizada()
	require.ErrorIs(t, err, fault.ErrInvalid)
	assert.Len(t, fault.From(err).Fields, 3, "all at once")

	_, err = domain.Alta{Nombre: "ＡＮＡ.ＧＡＲＣＩＡ", Email: "ana@example.com", Contrasena: "ana.garcia"}.Normalizada()
	require.ErrorIs(t, err, fault.ErrInvalid)
	assert.Equal(t, "password", fault.From(err).Fields[0].Campo, "the name as it will be stored")
}

func TestUsuario(t *testing.T) {
	t.Parallel()
	t.Run("cambiar_el_correo", func(t *testing.T) {
		t.Parallel()
		u := domain.NewUsuario("ana", "ana@example.com", "h", domain.RolCliente, ahora)
		require.NoError(t, u.CambiarEmail("ANA@example.com", "s1", ahora.Add(time.Hour)))
		assert.False(t, u.Cambiado(), "the address is the same")
		require.ErrorIs(t, u.CambiarEmail("no", "s1", ahora.Add(time.Hour)), fault.ErrInvalid)
		assert.False(t, u.Cambiado())
		require.NoError(t, u.CambiarEmail("Otra@example.com", "s1", ahora.Add(time.Hour)))
		salvo, termina := u.TerminaSesiones()
		assert.True(t, termina, "an address is a way to log in")
		assert.Equal(t, "s1", salvo)
		assert.True(t, u.Cambiado())
		i := u.Registro()
		assert.Equal(t, "otra@example.com", i.Email)
		assert.EqualValues(t, 2, i.Version)
		assert.Equal(t, ahora, i.CreadoEn)
		assert.Equal(t, ahora.Add(time.Hour), i.ActualizadoEn)
	})
	t.Run("otra_contrasena_termina_sesiones_y_un_hash_mejor_no", func(t *testing.T) {
		t.Parallel()
		u := domain.NewUsuario("ana", "ana@example.com", "h", domain.RolCliente, ahora)
		u.CambiarHash("h2", ahora)
		_, termina := u.TerminaSesiones()
		assert.False(t, termina)
		u.CambiarContrasena("h3", ahora)
		salvo, termina := u.TerminaSesiones()
		assert.True(t, termina)
		assert.Empty(t, salvo)
		assert.True(t, u.EmitirDesde().After(ahora), "all earlier tokens are revoked")
		assert.Equal(t, "h3", u.Hash())
		assert.EqualValues(t, 3, u.Version())
	})
	t.Run("dos_cambios_en_un_segundo_revocan_los_tokens_de_en_medio", func(t *testing.T) {
		t.Parallel()
		u := domain.NewUsuario("ana", "ana@example.com", "h", domain.RolCliente, ahora)
		require.NoError(t, u.CambiarRol(domain.RolAdmin, ahora))
		enMedio := u.EmitirDesde() // the date of a token that is issued now
		require.NoError(t, u.CambiarRol(domain.RolCliente, ahora))
		assert.True(t, enMedio.Before(u.EmitirDesde()))
	})
	t.Run("ida_y_vuelta", func(t *testing.T) {
		t.Parallel()
		i := domain.RegistroUsuario{
			ID: 7, Nombre: "ana", Email: "ana@example.com", EmailClave: "otra", Hash: "h", Rol: domain.RolSoporte, Version: 3,
			CreadoEn: ahora, ActualizadoEn: ahora.Add(1),
		}
		u, err := domain.RehidratarUsuario(i)
		require.NoError(t, err)
		assert.Equal(t, i, u.Registro())
		assert.False(t, u.Cambiado())
		assert.Panics(t, func() { u.AsignarID(8) })
	})
	t.Run("una_fila_imposible_no_es_un_usuario", func(t *testing.T) {
		t.Parallel()
		for nombre, estropear := range map[string]func(*domain.RegistroUsuario){
			"sin_id":      func(i *domain.RegistroUsuario) { i.ID = 0 },
			"sin_nombre":  func(i *domain.RegistroUsuario) { i.Nombre = "" },
			"sin_correo":  func(i *domain.RegistroUsuario) { i.Email = "" },
			"sin_clave":   func(i *domain.RegistroUsuario) { i.EmailClave = "" },
			"sin_hash":    func(i *domain.RegistroUsuario) { i.Hash = "" },
			"otro_rol":    func(i *domain.RegistroUsuario) { i.Rol = "jefe" },
			"sin_version": func(i *domain.RegistroUsuario) { i.Version = 0 },
		} {
			i := domain.RegistroUsuario{ID: 7, Nombre: "ana", Email: "ana@example.com", EmailClave: "ana@example.com", Hash: "h",
				Rol: domain.RolAdmin, Activo: true, Version: 1}
			estropear(&i)
			_, err := domain.RehidratarUsuario(i)
			assert.Error(t, err, nombre)
		}
	})
}

func TestRobado(t *testing.T) {
	t.Parallel()
	for despues, robado := range map[time.Duration]bool{
		0: false, domain.GraciaRefresco: false, domain.GraciaRefresco + 1: true, -time.Second: false, // another instance's clock
	} {
		assert.Equal(t, robado, domain.Robado(ahora, ahora.Add(despues)), despues)
	}
}

func TestSesion_Viva(t *testing.T) {
	t.Parallel()
	s := domain.NewSesion("s", 1, ahora, time.Hour)
	assert.True(t, s.Viva(ahora))
	assert.True(t, s.Viva(ahora.Add(domain.VidaSesion-1)))
	assert.False(t, s.Viva(ahora.Add(domain.VidaSesion)))
	s.Terminada = true
	assert.False(t, s.Viva(ahora))
}
