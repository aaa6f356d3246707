package main

import (
	"bufio"
	"bytes"
	"io"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/config"

	"github.com/tienda-go/tienda/auth/app"
	"github.com/tienda-go/tienda/auth/domain"
)

// TestCrearAdmin types what an operator types.
func TestCrearAdmin(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("DATA_DIR", dir)
	escribir := func(lines ...string) (string, error) {
		var out bytes.Buffer
		err := crearAdmin(t.Context(), consola{entrada: bufio.NewReader(strings.NewReader(strings.Join(lines, "\n"))), salida: &out})
		return out.String(), err
	}
	const password = "gran hermana del almacén"
	out, err := escribir("Jefa", "jefa@example.com", password, password)
	require.NoError(t, err)
	assert.Contains(t, out, "administrator jefa created, user 1")
	assert.NotContains(t, out, password)

	_, err = escribir("otra", "otra@example.com", password, password+"!")
	require.ErrorContains(t, err, "differ")
	_, err = escribir("otra", "otra@example.com", password)
	require.ErrorContains(t, err, "input ended")
	_, err = escribir("x", "nada", "12345678", "12345678")
	require.ErrorContains(t, err, "username:")
	require.ErrorContains(t, err, "email:")
	require.ErrorContains(t, err, "password:")
	_, err = escribir("pedidos", "otra@example.com", password, password)
	require.ErrorContains(t, err, "username: It is the name of a service")
	_, err = escribir("otra", "jefa@example.com", password, password)
	require.ErrorContains(t, err, "another user has this name or address")
	out, err = escribir("JEFA")
	require.NoError(t, err)
	assert.Contains(t, out, "jefa is an administrator already")

	cfg, err := config.Load[configuracion]()
	require.NoError(t, err)
	programa, cerrar, err := inicializar(t.Context(), cfg, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	defer cerrar()
	_, err = programa.servicio.Registrar(t.Context(),
		domain.Alta{Nombre: "luis", Email: "luis@example.com", Contrasena: "tres palabras juntas"}, "192.0.2.1")
	require.NoError(t, err)
	err = reponerContrasena(t.Context(), io.Discard, "nadie")
	require.EqualError(t, err, "there is no user with this name or address")
	_, err = escribir("luis", "no")
	require.ErrorContains(t, err, "nothing was changed")
	out, err = escribir("luis", "yes")
	require.NoError(t, err)
	assert.Contains(t, out, "luis is an administrator now, user 2")
	luis, err := programa.servicio.Buscar(t.Context(), "luis@example.com")
	require.NoError(t, err)
	assert.True(t, luis.AdminActivo())

	tokens, err := programa.servicio.Entrar(t.Context(), app.Credenciales{NombreOEmail: "jefa", Contrasena: password})
	require.NoError(t, err)
	caller, err := programa.Auth.Verify(t.Context(), tokens.Acceso)
	require.NoError(t, err)
	assert.True(t, caller.Can(domain.AlcanceUsuariosGestionar))
}
