package e2e_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/tests/launcher"
	"github.com/tienda-go/tienda/tests/shop"
)

// TestPrefix: the shop behind one proxy, each service under a path. References in answers work there too.
func TestPrefix(t *testing.T) {
	t.Parallel()
	shop.Each(t, func(t *testing.T, s *shop.Shop) {
		mux := http.NewServeMux()
		for _, service := range launcher.Names() {
			target, err := url.Parse(s.URL(service))
			require.NoError(t, err)
			prefix := "/tienda/" + service
			mux.Handle(prefix+"/", http.StripPrefix(prefix, httputil.NewSingleHostReverseProxy(target)))
		}
		proxy := httptest.NewServer(mux)
		defer proxy.Close()
		ask := func(method, address, token, body string) *http.Response {
			request, err := http.NewRequest(method, address, strings.NewReader(body))
			require.NoError(t, err)
			request.Header.Set("Content-Type", "application/json")
			if token != "" {
				request.Header.Set("Authorization", "Bearer "+token)
			}
			response, err := http.DefaultClient.Do(request)
			require.NoError(t, err)
			_, err = io.Copy(io.Discard, response.Body)
			require.NoError(t, err)
			require.NoError(t, response.Body.Close())
			return response
		}
		follow := func(from *http.Response, reference, token string) *http.Response {
			to, err := from.Request.URL.Parse(reference)
			require.NoError(t, err)
			answer := ask("GET", to.String(), token, "")
			assert.Equal(t, 200, answer.StatusCode, "%s of %s", reference, from.Request.URL)
			return answer
		}
		product := s.Product(10)
		for _, slash := range []string{"", "/"} {
			made := ask("POST", proxy.URL+"/tienda/productos/productos"+slash, s.Admin(),
				fmt.Sprintf(`{"nombre":"Uno más%s","precio":1}`, slash))
			require.Equal(t, 201, made.StatusCode)
			follow(made, made.Header.Get("Location"), "")
			customer := s.Customer()
			made = ask("POST", proxy.URL+"/tienda/pedidos/pedidos"+slash, customer,
				fmt.Sprintf(`{"producto_id":%d,"cantidad":1}`, product))
			require.Equal(t, 201, made.StatusCode)
			follow(made, made.Header.Get("Location"), customer)
		}
		made := ask("POST", proxy.URL+"/tienda/inventario/inventario", s.Admin(),
			fmt.Sprintf(`{"producto_id":%d,"cantidad":1}`, product+1))
		require.Equal(t, 201, made.StatusCode)
		follow(made, made.Header.Get("Location"), s.Admin())

		for _, list := range []string{"productos/productos", "inventario/inventario", "pedidos/pedidos", "auth/usuarios"} {
			first := ask("GET", proxy.URL+"/tienda/"+list+"?limite=1", s.Admin(), "")
			next, isNext := strings.CutSuffix(first.Header.Get("Link"), `>; rel="next"`)
			require.True(t, isNext, list)
			second := follow(first, strings.TrimPrefix(next, "<"), s.Admin())
			assert.Equal(t, "/tienda/"+list, second.Request.URL.Path)
		}
		for _, service := range launcher.Names() {
			ask("GET", proxy.URL+"/tienda/"+service+"/docs/", "", "")
			page := ask("GET", proxy.URL+"/tienda/"+service+"/docs", "", "")
			follow(page, "docs/swagger-ui-bundle.js", "")
		}
	})
}

// TestMetrics_in_production have their own address, with the profiles, and are not on the service's own port.
func TestMetrics_in_production(t *testing.T) {
	t.Parallel()
	secret := func(n string) string { return "k7Jq" + n + "zP0vWx3mRt6yLs9dGh2bNc5fVa8" }
	s := shop.New(t, shop.Options{Env: map[string]string{
		"APP_ENV": "production", "SECRET_KEY": secret("a"), "PRODUCTOS_CLIENT_SECRET": secret("b"),
		"INVENTARIO_CLIENT_SECRET": secret("c"), "PEDIDOS_CLIENT_SECRET": secret("d"),
	}})
	for _, service := range launcher.Names() {
		for _, path := range []string{"/metrics", "/debug/pprof/"} {
			assert.Equal(t, 404, s.Call(service, "GET", path, "", nil).Status)
			response, err := http.Get(strings.TrimSuffix(s.MetricsURL(service), "/metrics") + path)
			require.NoError(t, err)
			require.NoError(t, response.Body.Close())
			assert.Equal(t, 200, response.StatusCode, "%s of %s", path, service)
		}
	}
}

// TestMetrics_address_taken stops the start, and its message says which variable to change.
func TestMetrics_address_taken(t *testing.T) {
	t.Parallel()
	taken := httptest.NewServer(nil)
	t.Cleanup(taken.Close) // after the parallel parts
	for _, service := range launcher.Names() {
		t.Run(service, func(t *testing.T) {
			t.Parallel()
			dir, name := t.TempDir(), strings.ToUpper(service)
			cmd := exec.CommandContext(t.Context(), shop.Binary(t, service))
			cmd.Dir = dir
			cmd.Env = []string{"DATA_DIR=" + dir, name + "_PORT=" + shop.FreePorts(t, 1)[0],
				name + "_METRICS_ADDR=" + taken.Listener.Addr().String()}
			output, err := cmd.CombinedOutput()
			require.Error(t, err)
			assert.Contains(t, string(output), name+"_METRICS_ADDR")
			assert.Contains(t, string(output), taken.Listener.Addr().String())
		})
	}
}

// TestHEAD: wherever the documents have GET, with the same status, and without a body.
func TestHEAD(t *testing.T) {
	t.Parallel()
	s := shop.New(t, shop.Options{})
	product := s.Product(3)
	for service, paths := range map[string][]string{
		"auth": {"/me", "/usuarios", "/usuarios/1", "/auditoria", "/.well-known/jwks.json", "/revocaciones",
			"/.well-known/oauth-authorization-server"},
		"productos":  {"/productos", fmt.Sprintf("/productos/%d", product), "/productos/999999"},
		"inventario": {"/inventario", fmt.Sprintf("/inventario/%d", product), fmt.Sprintf("/inventario/%d/movimientos", product)},
		"pedidos":    {"/pedidos", "/pedidos/1"},
	} {
		for _, path := range append(paths, "/health/live", "/health/ready", "/docs", "/openapi.json") {
			for _, token := range []string{"", s.Admin()} {
				get, head := s.Call(service, "GET", path, token, nil), s.Call(service, "HEAD", path, token, nil)
				assert.Equal(t, get.Status, head.Status, "%s of %s", path, service)
				assert.Empty(t, head.Body)
				assert.Equal(t, fmt.Sprint(len(get.Body)), head.Header.Get("Content-Length"), path)
				for _, name := range []string{"ETag", "Link", "Content-Type", "Cache-Control", "Vary", "WWW-Authenticate"} {
					assert.Equal(t, get.Header.Values(name), head.Header.Values(name), "%s of %s", name, path)
				}
			}
		}
	}
	path := fmt.Sprintf("/productos/%d", product)
	fresh := s.Call("productos", "HEAD", path, "", nil, "If-None-Match", `"1"`)
	assert.Equal(t, 304, fresh.Status)
	for service, resource := range map[string]string{"productos": "/productos", "inventario": "/inventario", "pedidos": "/pedidos"} {
		refused := s.Call(service, "DELETE", resource, s.Admin(), nil)
		assert.Equal(t, 405, refused.Status)
		assert.ElementsMatch(t, []string{"GET", "HEAD", "POST"}, strings.Split(refused.Header.Get("Allow"), ", "))
	}
}

// TestCatalogue_for_caches: caches may keep answers without a token for some seconds, and revalidate them; answers to a token
// they may not.
func TestCatalogue_for_caches(t *testing.T) {
	t.Parallel()
	for seconds, want := range map[string]string{"": "public, max-age=5", "60": "public, max-age=60", "0": "no-store"} {
		s := shop.New(t, shop.Options{Services: []string{"auth", "productos", "inventario"},
			Env: map[string]string{"CATALOGO_CACHE_SEGUNDOS": seconds}})
		one := fmt.Sprintf("/productos/%d", s.Product(1))
		for _, path := range []string{"/productos", one, "/productos?ids=1"} {
			visitor := s.Call("productos", "GET", path, "", nil)
			assert.Equal(t, want, visitor.Header.Get("Cache-Control"), path)
			assert.Contains(t, visitor.Header.Get("Vary"), "Authorization", path)
			customer := s.Call("productos", "GET", path, s.Customer(), nil)
			assert.Equal(t, "no-store", customer.Header.Get("Cache-Control"), path)
			assert.Contains(t, customer.Header.Get("Vary"), "Authorization", path)
		}
		fresh := s.Call("productos", "GET", one, "", nil, "If-None-Match", `"1"`)
		assert.Equal(t, 304, fresh.Status)
		assert.Equal(t, want, fresh.Header.Get("Cache-Control"))
		for _, path := range []string{"/productos/999999", "/productos?limite=0", "/nada"} {
			assert.Equal(t, "no-store", s.Call("productos", "GET", path, "", nil).Header.Get("Cache-Control"), path)
		}
	}
}

// TestProduction_names_everything: of a start with many wrong variables, all are named at once.
func TestProduction_names_everything(t *testing.T) {
	t.Parallel()
	common := map[string]string{
		"APP_ENV": "production", "CORS_ORIGINS": "localhost:3000", "TRUSTED_PROXIES": "10.0.0.1", "LOG_LEVEL": "loud", "HOST": "a b",
		"AUTH_ISSUER": "tienda", "HTTP_IDLE_TIMEOUT": "1ms", "DB_MAX_CONNS": "0", "RATE_LIMIT_PER_MINUTE": "-1",
		"OTEL_EXPORTER_OTLP_ENDPOINT": "localhost:4318",
	}
	for service, own := range map[string]map[string]string{
		"auth": {
			"AUTH_DB_URL": "mysql://x", "SECRET_KEY": "", "PRODUCTOS_CLIENT_SECRET": "corto", "INVENTARIO_CLIENT_SECRET": "",
			"PEDIDOS_CLIENT_SECRET": "", "ACCESS_TOKEN_EXPIRE_MINUTES": "61", "ADMIN_USERNAME": "x", "ADMIN_EMAIL": "x",
			"ADMIN_PASSWORD": "12345678", "AUTH_PORT": "70000", "AUTH_METRICS_ADDR": "9000",
		},
		"productos": {"PRODUCTOS_DB_URL": "x", "PRODUCTOS_CLIENT_SECRET": "", "PRODUCTOS_METRICS_ADDR": "127.0.0.1:8001",
			"CATALOGO_CACHE_SEGUNDOS": "-1"},
		"inventario": {"INVENTARIO_DB_URL": "x", "INVENTARIO_CLIENT_SECRET": "", "INVENTARIO_METRICS_ADDR": "x",
			"PRODUCTOS_SERVICE_URL": "x"},
		"pedidos": {
			"PEDIDOS_DB_URL": "sqlite://x", "PEDIDOS_CLIENT_SECRET": "", "PEDIDOS_METRICS_ADDR": "x:y", "PEDIDOS_PORT": "8000",
			"AUTH_PORT": "8000", "PEDIDOS_ABIERTOS_MAX": "muchos",
		},
	} {
		t.Run(service, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			cmd := exec.CommandContext(t.Context(), shop.Binary(t, service))
			cmd.Dir = dir
			cmd.Env = []string{"DATA_DIR=" + dir}
			wrong := map[string]bool{}
			for _, variables := range []map[string]string{common, own} {
				for name, value := range variables {
					cmd.Env = append(cmd.Env, name+"="+value)
					wrong[name] = name != "APP_ENV" && name != "PEDIDOS_PORT" // good by themselves
				}
			}
			output, err := cmd.CombinedOutput()
			require.Error(t, err)
			for name, isWrong := range wrong {
				assert.Equal(t, isWrong, strings.Contains(string(output), "\n  "+name+" "), "%s in\n%s", name, output)
			}
		})
	}
}
