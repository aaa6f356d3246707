package proxies

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/tests/launcher"
	"github.com/tienda-go/tienda/tests/shop"
)

// TestPrefix: a whole story on one host, each service below a prefix of its own.
func TestPrefix(t *testing.T) {
	t.Parallel()
	s := shop.New(t, shop.Options{Env: map[string]string{"TRUSTED_PROXIES": "127.0.0.1/32", "CORS_ORIGINS": "https://web.example"}})
	product := s.Product(10)
	for kind, begin := range kinds {
		t.Run(kind, func(t *testing.T) {
			c := begin(t, s).from("127.0.0.2").ready()
			name := "cliente-" + kind
			body := shop.Object{"username": name, "email": name + "@tienda.example", "password": "una-frase-larga-y-propia"}
			require.Equal(t, http.StatusCreated, c.call("POST", "/auth/register", "", body).Status)
			token := c.call("POST", "/auth/login", "", shop.Object{"username": name, "password": body["password"]}).Text("access_token")
			require.NotEmpty(t, token)

			placed := c.call("POST", "/pedidos/pedidos", token, shop.Object{"producto_id": product, "cantidad": 2}, "Idempotency-Key",
				"una-"+kind)
			require.Equal(t, http.StatusCreated, placed.Status, "%s", placed.Body)
			own := fmt.Sprintf("/pedidos/pedidos/%d", placed.Int("id"))
			read := c.call("GET", own, token, nil)
			assert.Equal(t, http.StatusOK, read.Status)
			assert.NotEmpty(t, read.Header.Get("ETag"))
			assert.NotEmpty(t, read.Header.Get("X-Request-Id"))
			assert.Equal(t, http.StatusNotModified, c.call("GET", own, token, nil, "If-None-Match", read.Header.Get("ETag")).Status)
			assert.Equal(t, http.StatusOK,
				c.call("PATCH", own, token, shop.Object{"estado": "CANCELADO"}, "If-Match", read.Header.Get("ETag")).Status)
			assert.Equal(t, http.StatusUnauthorized, c.call("GET", own, "", nil).Status)

			assert.Equal(t, own, follow(t, "/pedidos/pedidos", placed.Header.Get("Location")), "Location leads on")
			require.Equal(t, http.StatusCreated,
				c.call("POST", "/pedidos/pedidos", token, shop.Object{"producto_id": product, "cantidad": 1}).Status)
			page := "/pedidos/pedidos?limite=1"
			link, _, _ := strings.Cut(strings.TrimPrefix(c.call("GET", page, token, nil).Header.Get("Link"), "<"), ">")
			next := c.call("GET", follow(t, page, link), token, nil)
			require.Equal(t, http.StatusOK, next.Status, "Link leads on: %s", link)
			assert.Equal(t, placed.Int("id"), next.Int("0.id"))

			for _, service := range launcher.Names() {
				assert.Equal(t, http.StatusNotFound, c.call("GET", "/"+service+"/metrics", "", nil).Status, "figures are not for the world")
				assert.Equal(t, http.StatusOK, c.call("GET", "/"+service+"/openapi.json", "", nil).Status)
			}
			assert.Equal(t, http.StatusNotFound, c.call("GET", "/otra", "", nil).Status)
			for _, size := range []int{60 << 10, 70 << 10, 100 << 10, 1 << 20, 4 << 20} {
				large := c.call("POST", "/pedidos/pedidos", token, shop.Object{"motivo": strings.Repeat("x", size)},
					"Origin", "https://web.example")
				status, code := http.StatusRequestEntityTooLarge, "CUERPO_DEMASIADO_GRANDE"
				if size < 64<<10 {
					status, code = http.StatusUnprocessableEntity, "VALIDACION"
				}
				assert.Equal(t, status, large.Status, "%d bytes: too large is not a broken gateway", size)
				assert.Equal(t, code, large.Text("codigo"), "%d bytes: the service answers, not the proxy", size)
				assert.Equal(t, "https://web.example", large.Header.Get("Access-Control-Allow-Origin"), "%d bytes", size)
			}
			if kind == "nginx" { // which redirects to the prefix with its slash
				bare, err := http.NewRequestWithContext(t.Context(), "GET", c.base+"/auth", nil)
				require.NoError(t, err)
				answer, err := c.http.Transport.RoundTrip(bare) // no redirect is followed
				require.NoError(t, err)
				require.NoError(t, answer.Body.Close())
				assert.Equal(t, "/auth/", answer.Header.Get("Location"), "relative: nginx may not know the port or name that clients use")
			}
		})
	}
}

// follow is where a reference in the answer to a request for path leads, as clients read it (RFC 3986, section 5).
func follow(t *testing.T, path, reference string) string {
	t.Helper()
	require.NotEmpty(t, reference)
	base, err := url.Parse(path)
	require.NoError(t, err)
	to, err := base.Parse(reference)
	require.NoError(t, err)
	return to.String()
}
