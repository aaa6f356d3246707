// Package portstest holds the suites that every implementation of an interface of ports passes.
package portstest

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/auth/domain"
	"github.com/tienda-go/tienda/auth/ports"
)

// Almacen is the storage under test.
type Almacen interface {
	ports.Usuarios
	ports.Actores
	ports.Administradores
	ports.Sesiones
	ports.Revocaciones
	ports.Intentos
	ports.Registros
	ports.Auditoria
	ports.Claves
}

// Nuevo returns an empty storage.
type Nuevo func(t *testing.T) Almacen

// Ahora is when the accounts and sessions of these suites begin.
var Ahora = time.Date(2026, 1, 31, 12, 0, 0, 123456000, time.UTC)

// TokensHasta is when the access tokens of refreshed sessions expire.
var TokensHasta = Ahora.Add(time.Hour)

type casos map[string]func(t *testing.T, a Almacen)

func correr(t *testing.T, nuevo Nuevo, c casos) {
	for nombre, probar := range c {
		t.Run(nombre, func(t *testing.T) {
			t.Parallel()
			probar(t, nuevo(t))
		})
	}
}

// NuevoUsuario is an account that is not stored yet.
func NuevoUsuario(nombre string, rol domain.Rol) *domain.Usuario {
	return domain.NewUsuario(nombre, nombre+"@example.com", "$hash de "+nombre, rol, Ahora)
}

func guardado(t *testing.T, a Almacen, nombre string) *domain.Usuario {
	t.Helper()
	u := NuevoUsuario(nombre, domain.RolCliente)
	require.NoError(t, a.Crear(t.Context(), u))
	return u
}

// leida is the account as storage has it.
func leida(t *testing.T, a Almacen, id int64) *domain.Usuario {
	t.Helper()
	u, err := a.Obtener(t.Context(), id)
	require.NoError(t, err)
	return u
}

// Changes of an account.
func nada(*domain.Usuario) error     { return nil }
func cerrar(u *domain.Usuario) error { u.Activar(false, Ahora); return nil }

func conRol(rol domain.Rol) func(*domain.Usuario) error {
	return func(u *domain.Usuario) error { return u.CambiarRol(rol, Ahora) }
}

func conHash(hash string) func(*domain.Usuario) error {
	return func(u *domain.Usuario) error { u.CambiarHash(hash, Ahora); return nil }
}

func conContrasena(hash string) func(*domain.Usuario) error {
	return func(u *domain.Usuario) error { u.CambiarContrasena(hash, Ahora); return nil }
}

func conEmail(email, salvo string) func(*domain.Usuario) error {
	return func(u *domain.Usuario) error { return u.CambiarEmail(email, salvo, Ahora) }
}

// gestionar is a change by an administrator that must succeed.
func gestionar(t *testing.T, a Almacen, quien domain.Solicitante, id int64, change func(*domain.Usuario) error) *domain.Usuario {
	t.Helper()
	u, err := a.Gestionar(t.Context(), quien, Ahora, id, change)
	require.NoError(t, err)
	return u
}

// abierta is a session of u and the hash of its first refresh token.
func abierta(t *testing.T, a Almacen, u *domain.Usuario) (domain.Sesion, string) {
	t.Helper()
	s, hash := domain.NewSesion(uuid.NewString(), u.ID(), Ahora, time.Hour), hashDe("primero")
	cuenta, err := a.Abrir(t.Context(), s, hash, u.Hash())
	require.NoError(t, err)
	require.Equal(t, u.ID(), cuenta.ID())
	return s, hash
}

// abrir opens a session of u at an instant.
func abrir(t *testing.T, a Almacen, u *domain.Usuario, hash string, cuando time.Time) error {
	_, err := a.Abrir(t.Context(), domain.NewSesion(uuid.NewString(), u.ID(), cuando, time.Hour), hash, u.Hash())
	return err
}

// cerrada is the id of a session of u that ended.
func cerrada(t *testing.T, a Almacen, u *domain.Usuario, cuando time.Time) string {
	t.Helper()
	s, hash := abierta(t, a, u)
	require.NoError(t, a.Terminar(t.Context(), hash, cuando))
	return s.ID
}

// actorDe opens a session of u and returns the actor of its access token.
func actorDe(t *testing.T, a Almacen, u *domain.Usuario) domain.Solicitante {
	t.Helper()
	s, _ := abierta(t, a, u)
	return domain.Solicitante{UsuarioID: u.ID(), Sesion: s.ID, Emitido: Ahora.Truncate(time.Second)}
}

// Jefa is an administrator with a session.
func Jefa(t *testing.T, a Almacen, nombre string) domain.Solicitante {
	t.Helper()
	u := NuevoUsuario(nombre, domain.RolAdmin)
	require.NoError(t, a.Crear(t.Context(), u))
	return actorDe(t, a, u)
}

// hashDe is a hash that no other token has.
func hashDe(token string) string { return fmt.Sprintf("%s-%s", token, uuid.NewString()) }

// aLaVez runs f n times at the same time and returns all results.
func aLaVez(n int, f func(i int) error) []error {
	errs := make([]error, n)
	var wg sync.WaitGroup
	salida := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-salida
			errs[i] = f(i)
		})
	}
	close(salida)
	wg.Wait()
	return errs
}

// lograron counts the calls that succeeded; the others must have been refused with rechazo.
func lograron(t *testing.T, errs []error, rechazo error) (n int) {
	t.Helper()
	for i, err := range errs {
		if err == nil {
			n++
			continue
		}
		assert.ErrorIs(t, err, rechazo, i)
	}
	return n
}
