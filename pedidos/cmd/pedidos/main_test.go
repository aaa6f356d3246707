package main

import (
	"io"
	"log/slog"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/apitest"
	"github.com/tienda-go/tienda/kit/config"
	"github.com/tienda-go/tienda/kit/dbtest"
	"github.com/tienda-go/tienda/kit/service"

	"github.com/tienda-go/tienda/pedidos/domain"
)

// The process starts without auth and without its peers: it answers, and it is not ready.
func TestInicializar_sin_vecinos(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, url string) {
		cfg := configuracion{
			Config:  service.Config{Common: config.Common{DataDir: t.TempDir()}, AuthURL: "http://127.0.0.1:1"},
			BaseURL: url, ProductosURL: "http://127.0.0.1:1", InventarioURL: "http://127.0.0.1:1",
		}
		proceso, cerrar, err := inicializar(t.Context(), cfg, slog.New(slog.DiscardHandler))
		require.NoError(t, err)
		t.Cleanup(cerrar)
		for ruta, status := range map[string]int{
			"/health/live": http.StatusOK, "/health/ready": http.StatusServiceUnavailable, "/docs": http.StatusOK,
			"/pedidos": http.StatusUnauthorized, // the request has no token
		} {
			r, _ := apitest.Do(t, proceso.Server, http.MethodGet, ruta, "")
			assert.Equal(t, status, r.StatusCode, ruta)
		}
	})
}

func TestInicializar_una_base_mal_escrita_se_nombra(t *testing.T) {
	t.Parallel()
	cfg := configuracion{Config: service.Config{Common: config.Common{DataDir: t.TempDir()}}, BaseURL: "mysql://secreto@localhost"}
	_, _, err := inicializar(t.Context(), cfg, slog.New(slog.DiscardHandler))
	require.ErrorContains(t, err, "PEDIDOS_DB_URL")
	assert.NotContains(t, err.Error(), "secreto")
}

func TestConfiguracion_topes(t *testing.T) {
	t.Parallel()
	produccion := configuracion{Config: service.Config{Common: config.Common{AppEnv: config.Production}}}
	assert.Equal(t, domain.Topes{}, configuracion{}.topes())
	assert.Equal(t, domain.Topes{Abiertos: 50, Unidades: 100, Rechazos: 1000}, produccion.topes())
	produccion.MaxAbiertos, produccion.MaxUnidades = new(uint16(0)), new(uint32(7))
	assert.Equal(t, domain.Topes{Unidades: 7, Rechazos: 1000}, produccion.topes())
}

func TestEjecutar_argumentos_desconocidos(t *testing.T) {
	t.Parallel()
	require.ErrorIs(t, service.Command(orden(), []string{"otro"}, io.Discard), service.ErrUsage)
}
