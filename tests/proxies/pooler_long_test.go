//go:build long

package proxies

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/dbtest"

	"github.com/tienda-go/tienda/tests/launcher"
	"github.com/tienda-go/tienda/tests/shop"
)

// TestPooler_stores runs the specifications of every store through a pgbouncer in transaction mode.
func TestPooler_stores(t *testing.T) {
	t.Parallel()
	cluster := dbtest.StartCluster(t)
	through := cluster.StartBouncer(t).Through(cluster, cluster.URL())
	args := []string{"test", "-count=1", "-short", "-run", "/postgres|Postgres"}
	for _, name := range launcher.Names() {
		args = append(args, "./"+name+"/adapters/bunstore")
	}
	cmd := exec.CommandContext(t.Context(), "go", append(args, "./kit/idempotency")...)
	cmd.Dir, cmd.Env = shop.Root(), append(os.Environ(), "TEST_DATABASE_URL="+through)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	assert.NotContains(t, strings.ToUpper(string(out)), "SKIPPED")
}
