package httpserver

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRelative_resolves_behind_any_prefix(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ from, to, want string }{
		{"/pedidos", "/pedidos/17", "pedidos/17"},
		{"/pedidos/", "/pedidos/17", "17"},
		{"/pedidos/17/devoluciones", "/pedidos/17/devoluciones/3", "devoluciones/3"},
		{"/inventario/verificacion", "/inventario/verificaciones/1", "verificaciones/1"},
		{"/reservas/1/liberar", "/reservas/1", "../1"},
		{"/a/b/c", "/d", "../../d"},
		{"/pedidos", "/pedidos", "pedidos"},
		{"/a/", "/a/", "./"},
		{"/x", "/a:b/c", "./a:b/c"},
		{"/pedidos", "/pedidos?estado=1", "pedidos?estado=1"},
	} {
		got := relative(c.from, c.to)
		assert.Equal(t, c.want, got, "%s to %s", c.from, c.to)
		for _, prefix := range []string{"https://x", "https://x/tienda", "https://x/tienda/pedidos"} {
			base, err := url.Parse(prefix + c.from)
			require.NoError(t, err)
			reference, err := url.Parse(got)
			require.NoError(t, err)
			assert.Equal(t, prefix+c.to, base.ResolveReference(reference).String())
		}
	}
}
