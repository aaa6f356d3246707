//go:build linux

package images

import (
	"debug/elf"
	"fmt"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/compose-spec/compose-go/v2/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/dbtest"
	"github.com/tienda-go/tienda/tests/launcher"
	"github.com/tienda-go/tienda/tests/process"
	"github.com/tienda-go/tienda/tests/shop"
)

// TestImages builds the four services by the steps of their Dockerfiles and runs what the images have, and nothing else (chroot),
// as docker-compose.yml says: its user, its environment, a database that its script made. Not run are what only Docker has: the
// image that builds, networks and capabilities.
func TestImages(t *testing.T) {
	if testing.Short() {
		t.Skip("builds four release binaries")
	}
	t.Parallel()
	project, err := compose(sample(t))
	require.NoError(t, err)
	cluster := dbtest.StartCluster(t)
	makeDatabases(t, cluster, project.Services["postgres"].Environment)

	ports := shop.FreePorts(t, 4)
	address := map[string]string{}
	for n, name := range launcher.Names() {
		address[name] = "127.0.0.1:" + ports[n]
	}
	for n, name := range launcher.Names() {
		i := built(t, name)
		assertImage(t, i, name)
		env := environment(i, project.Services[name], cluster, address, ports[n])
		output, err := os.Create(filepath.Join(t.TempDir(), "output"))
		require.NoError(t, err)
		defer output.Close()
		cmd := i.command(env, "/"+name)
		cmd.Stdout, cmd.Stderr = output, output
		running, err := process.Start(cmd)
		require.NoError(t, err)
		t.Cleanup(func() { running.Stop(time.Now().Add(15 * time.Second)) })
		healthy := func() bool { return i.command(env, "/"+name, "health").Run() == nil }
		if !assert.Eventually(t, healthy, time.Minute, 100*time.Millisecond, name) {
			said, err := os.ReadFile(output.Name())
			require.NoError(t, err)
			t.Fatalf("%s does not become healthy:\n%s", name, said)
		}
	}
}

// assertImage holds the last stage of a Dockerfile against what it must be.
func assertImage(t *testing.T, i image, name string) {
	t.Helper()
	program, err := elf.Open(filepath.Join(i.final, name))
	require.NoError(t, err)
	defer program.Close()
	libraries, err := program.ImportedLibraries()
	require.NoError(t, err)
	assert.Empty(t, libraries, "%s: the image has no libraries", name)
	assert.Equal(t, fmt.Sprintf("%[1]d:%[1]d\n", unprivileged), i.lines["USER"], name)
	assert.Contains(t, i.lines["HEALTHCHECK"], fmt.Sprintf(`CMD ["/%s", "health"]`, name))
	assert.Equal(t, fmt.Sprintf("[\"/%s\"]\n", name), i.lines["ENTRYPOINT"])
	assert.Equal(t, "production", i.env["APP_ENV"], name)
	assert.Equal(t, "/data", i.env["DATA_DIR"], name)
	if os.Geteuid() == 0 {
		data, err := os.Stat(filepath.Join(i.final, "data"))
		require.NoError(t, err, name)
		assert.EqualValues(t, unprivileged, data.Sys().(*syscall.Stat_t).Uid, "%s: its user cannot write to its data", name)
	}
}

// makeDatabases runs the script that the postgres image would.
func makeDatabases(t *testing.T, cluster *dbtest.Cluster, env types.MappingWithEquals) {
	t.Helper()
	host, port, err := net.SplitHostPort(cluster.Address())
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), "sh", filepath.Join(shop.Root(), "docker", "databases.sh"))
	cmd.Env = append(os.Environ(), "PGHOST="+host, "PGPORT="+port)
	for name, value := range env {
		cmd.Env = append(cmd.Env, name+"="+*value)
	}
	output, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", output)
}

// environment is what Docker would give a container, with the names of its network replaced by addresses of this machine.
func environment(i image, service types.ServiceConfig, cluster *dbtest.Cluster, address map[string]string, port string) []string {
	names := strings.NewReplacer("@postgres:5432", "@"+cluster.Address(), "http://auth:8000", "http://"+address["auth"],
		"http://productos:8001", "http://"+address["productos"], "http://inventario:8002", "http://"+address["inventario"],
		"http://localhost:8000", "http://"+address["auth"])
	values := maps.Clone(i.env)
	for name, value := range service.Environment {
		values[name] = names.Replace(*value)
	}
	values["HOST"] = "127.0.0.1"
	values[strings.ToUpper(service.Name)+"_PORT"] = port
	var env []string
	for name, value := range values {
		env = append(env, name+"="+value)
	}
	return env
}
