package main

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/config"
	"github.com/tienda-go/tienda/kit/dbtest"
	"github.com/tienda-go/tienda/kit/service"
)

// limpio is a working directory without .env and an environment without the variables of the tests.
func limpio(t *testing.T) {
	t.Helper()
	t.Chdir(t.TempDir())
	for _, variable := range []string{
		"APP_ENV", "HOST", "DATA_DIR", "LOG_LEVEL", "AUTH_PORT", "AUTH_DB_URL", "AUTH_SERVICE_URL", "AUTH_ISSUER", "SECRET_KEY",
		"PRODUCTOS_CLIENT_SECRET", "INVENTARIO_CLIENT_SECRET", "PEDIDOS_CLIENT_SECRET", "ACCESS_TOKEN_EXPIRE_MINUTES",
		"ADMIN_USERNAME", "ADMIN_EMAIL", "ADMIN_PASSWORD", "REGISTROS_DIA_POR_DIRECCION",
	} {
		t.Setenv(variable, "")
	}
}

func TestConfiguracion_produccion_nombra_cada_secreto_que_falta(t *testing.T) {
	limpio(t)
	t.Setenv("APP_ENV", "production")
	t.Setenv("PRODUCTOS_CLIENT_SECRET", "corto-CANARIO")
	t.Setenv("INVENTARIO_CLIENT_SECRET", "change-me-change-me-change-me-change-me")
	err := service.Command(orden(), nil, io.Discard)
	require.Error(t, err)
	for variable, motivo := range map[string]string{
		"SECRET_KEY": "is not set", "PEDIDOS_CLIENT_SECRET": "is not set", "PRODUCTOS_CLIENT_SECRET": "is too short",
		"INVENTARIO_CLIENT_SECRET": "is a sample",
	} {
		assert.ErrorContains(t, err, variable+" "+motivo)
	}
	assert.NotContains(t, err.Error(), "CANARIO")
	assert.NotContains(t, err.Error(), "ADMIN_PASSWORD", "these variables are optional")
}

func TestConfiguracion_desarrollo_genera_y_conserva_los_secretos(t *testing.T) {
	limpio(t)
	cfg, err := config.Load[configuracion]()
	require.NoError(t, err)
	primeros, err := nuevosSecretos(cfg)
	require.NoError(t, err)
	segundos, err := nuevosSecretos(cfg)
	require.NoError(t, err)
	assert.Equal(t, primeros.clave.Reveal(), segundos.clave.Reveal())
	assert.GreaterOrEqual(t, len(primeros.clave.Reveal()), config.MinSecretBytes)
	assert.Len(t, primeros.clientes, 3)
	for nombre, s := range primeros.clientes {
		assert.GreaterOrEqual(t, len(s.Reveal()), config.MinSecretBytes, nombre)
		assert.Equal(t, s.Reveal(), segundos.clientes[nombre].Reveal())
		assert.NotEqual(t, s.Reveal(), primeros.clave.Reveal())
	}
}

func TestConfiguracion_registros_por_direccion(t *testing.T) {
	for _, c := range []struct {
		entorno, valor string
		maximo         int
	}{{"development", "", 0}, {"production", "", 50}, {"production", "0", 0}, {"production", "7", 7}, {"development", "7", 7}} {
		limpio(t)
		t.Setenv("APP_ENV", c.entorno)
		for _, secreto := range []string{"SECRET_KEY", "PRODUCTOS_CLIENT_SECRET", "INVENTARIO_CLIENT_SECRET", "PEDIDOS_CLIENT_SECRET"} {
			t.Setenv(secreto, "q3Jc0m2ZVt8rWnLk5yHhBdXs1uEfGa7PoIvTzNx4KwM")
		}
		t.Setenv("REGISTROS_DIA_POR_DIRECCION", c.valor)
		cfg, err := config.Load[configuracion]()
		require.NoError(t, err)
		assert.Equal(t, c.maximo, cfg.maxRegistros(), c)
	}
	t.Setenv("REGISTROS_DIA_POR_DIRECCION", "-1")
	_, err := config.Load[configuracion]()
	require.ErrorContains(t, err, "REGISTROS_DIA_POR_DIRECCION")
}

func TestConfiguracion_lo_que_ninguna_variable_dice_sola(t *testing.T) {
	for nombre, c := range map[string]struct {
		variables map[string]string
		error     string
	}{
		"por_omision":           {nil, ""},
		"un_minuto":             {map[string]string{"ACCESS_TOKEN_EXPIRE_MINUTES": "1"}, ""},
		"una_hora":              {map[string]string{"ACCESS_TOKEN_EXPIRE_MINUTES": "60"}, ""},
		"mas_de_una_hora":       {map[string]string{"ACCESS_TOKEN_EXPIRE_MINUTES": "61"}, "ACCESS_TOKEN_EXPIRE_MINUTES"},
		"ningun_minuto":         {map[string]string{"ACCESS_TOKEN_EXPIRE_MINUTES": "0"}, "ACCESS_TOKEN_EXPIRE_MINUTES"},
		"minutos_que_no_lo_son": {map[string]string{"ACCESS_TOKEN_EXPIRE_MINUTES": "15m"}, "ACCESS_TOKEN_EXPIRE_MINUTES"},
		"admin_a_medias":        {map[string]string{"ADMIN_USERNAME": "jefa", "ADMIN_EMAIL": "jefa@example.com"}, "ADMIN_PASSWORD"},
		"admin_sin_nombre":      {map[string]string{"ADMIN_PASSWORD": "correcto caballo"}, "ADMIN_USERNAME"},
		"admin_demasiado_comun": {map[string]string{"ADMIN_USERNAME": "jefa", "ADMIN_EMAIL": "jefa@example.com",
			"ADMIN_PASSWORD": "12345678"}, "ADMIN_PASSWORD cannot be"},
		"admin_como_un_servicio": {map[string]string{"ADMIN_USERNAME": "pedidos", "ADMIN_EMAIL": "jefa@example.com",
			"ADMIN_PASSWORD": "correcto caballo"}, "ADMIN_USERNAME cannot be"},
		"admin_de_muestra": {map[string]string{"APP_ENV": "production", "ADMIN_USERNAME": "jefa",
			"ADMIN_EMAIL": "jefa@example.com", "ADMIN_PASSWORD": "cambiame-por-favor"}, "ADMIN_PASSWORD is a sample"},
		"puerto": {map[string]string{"AUTH_PORT": "0"}, "AUTH_PORT"},
		"carpeta_de_secretos": {map[string]string{"AUTH_DB_URL": "sqlite:///tmp/no-se-abre.db", "DATA_DIR": "/proc/nada"},
			"DATA_DIR cannot be written"},
		"secreto_corto": {map[string]string{"SECRET_KEY": "corto"}, "SECRET_KEY"},
	} {
		t.Run(nombre, func(t *testing.T) {
			limpio(t)
			for variable, valor := range c.variables {
				t.Setenv(variable, valor)
			}
			cfg, err := config.Load[configuracion]()
			if err == nil {
				_, err = nuevosSecretos(cfg)
			}
			if c.error == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, c.error)
		})
	}
}

// A program is made from a configuration and serves requests, twice with the same data.
func TestInicializar(t *testing.T) {
	t.Parallel()
	cfg := configuracion{
		Config: enDirectorio(t), MinutosToken: 15,
		AdminNombre: "admin", AdminEmail: "admin@example.com", AdminContrasena: "correcto caballo",
	}
	var id any
	for range 2 {
		p := iniciar(t, cfg)
		require.NoError(t, primerAdmin(t.Context(), cfg, p.servicio, slog.New(slog.DiscardHandler)), "the second time it exists")
		par := pedir(t, p, "POST", "/login", "", `{"username":"admin","password":"correcto caballo"}`)
		yo := pedir(t, p, "GET", "/me", par["access_token"].(string), "")
		assert.Equal(t, "admin", yo["rol"])
		assert.EqualValues(t, (15 * time.Minute).Seconds(), par["expires_in"])
		if id != nil {
			assert.Equal(t, id, yo["id"])
		}
		id = yo["id"]
		assert.Equal(t, "ok", pedir(t, p, "GET", "/health/ready", "", "")["estado"])
	}

	cfg.AdminNombre, cfg.AdminContrasena = "otra", "12345678"
	require.NoError(t, primerAdmin(t.Context(), cfg, iniciar(t, cfg).servicio, slog.New(slog.DiscardHandler)),
		"nothing to do, so nothing to refuse")
}

func TestPrimerAdmin_rechazado_nombra_las_variables(t *testing.T) {
	t.Parallel()
	cfg := configuracion{
		Config: enDirectorio(t), MinutosToken: 15,
		AdminNombre: "admin", AdminEmail: "admin@example.com", AdminContrasena: "12345678",
	}
	p := iniciar(t, cfg)
	err := primerAdmin(t.Context(), cfg, p.servicio, slog.New(slog.DiscardHandler))
	require.ErrorContains(t, err, "ADMIN_PASSWORD")
	assert.NotContains(t, err.Error(), "12345678")

	cfg.AdminNombre, cfg.AdminContrasena = "ana", "correcto caballo"
	pedir(t, p, "POST", "/register", "", `{"username":"ana","email":"ana@example.com","password":"correcto caballo"}`)
	require.ErrorContains(t, primerAdmin(t.Context(), cfg, p.servicio, slog.New(slog.DiscardHandler)), "ADMIN_USERNAME")
}

func TestInicializar_errores(t *testing.T) {
	t.Parallel()
	t.Run("una_base_mal_escrita_se_nombra", func(t *testing.T) {
		t.Parallel()
		cfg := configuracion{Config: enDirectorio(t), BaseURL: "mysql://CANARIO@localhost"}
		_, _, err := inicializar(t.Context(), cfg, slog.New(slog.DiscardHandler))
		require.ErrorContains(t, err, "AUTH_DB_URL")
		assert.NotContains(t, err.Error(), "CANARIO")
	})
	t.Run("otro_SECRET_KEY_se_nombra", func(t *testing.T) {
		t.Parallel()
		cfg := configuracion{Config: enDirectorio(t), BaseURL: dbtest.SQLite(t), SecretKey: config.Secret(strings.Repeat("uno", 11))}
		log := slog.New(slog.DiscardHandler)
		_, cerrar, err := inicializar(t.Context(), cfg, log)
		require.NoError(t, err)
		cerrar()
		cfg.SecretKey = config.Secret(strings.Repeat("otro", 8))
		_, _, err = inicializar(t.Context(), cfg, log)
		require.ErrorContains(t, err, "SECRET_KEY")
	})
}

func TestEjecutar_argumentos_desconocidos(t *testing.T) {
	t.Parallel()
	err := service.Command(orden(), []string{"admin"}, io.Discard)
	require.ErrorIs(t, err, service.ErrUsage)
	require.ErrorContains(t, err, "auth password reset NAME")
}

// enDirectorio keeps everything in a directory of the test.
func enDirectorio(t *testing.T) service.Config {
	t.Helper()
	return service.Config{Common: config.Common{DataDir: t.TempDir()}, AuthURL: "http://localhost:8000"}
}

func iniciar(t *testing.T, cfg configuracion) *programa {
	t.Helper()
	p, cerrar, err := inicializar(t.Context(), cfg, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(cerrar)
	return p
}

func pedir(t *testing.T, p *programa, metodo, ruta, token, body string) map[string]any {
	t.Helper()
	peticion := httptest.NewRequest(metodo, ruta, strings.NewReader(body))
	peticion.Header.Set("Content-Type", "application/json")
	if token != "" {
		peticion.Header.Set("Authorization", "Bearer "+token)
	}
	r, err := p.Server.App().Test(peticion, -1)
	require.NoError(t, err)
	defer r.Body.Close()
	raw, err := io.ReadAll(r.Body)
	require.NoError(t, err)
	require.Less(t, r.StatusCode, 300, string(raw))
	var m map[string]any
	require.NoError(t, json.Unmarshal(raw, &m))
	return m
}
