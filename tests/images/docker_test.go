//go:build docker

package images

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/tienda-go/tienda/tests/launcher"
	"github.com/tienda-go/tienda/tests/scratch"
	"github.com/tienda-go/tienda/tests/shop"
)

// clone is a copy of the repository with a Docker shop of its own.
type clone struct {
	t       *testing.T
	root    string
	project string
	ports   map[string]string
}

var project = "tienda-test-" + strconv.Itoa(os.Getpid())

// newClone is a copy whose files only their owner may read, as under umask 077. Its shop and data are gone when the test ends.
func newClone(t *testing.T) *clone {
	t.Helper()
	defer syscall.Umask(syscall.Umask(0o077))
	c := &clone{t: t, root: named(t, project), project: project, ports: map[string]string{}}
	require.NoError(t, filepath.WalkDir(c.root, func(path string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			err = os.Chmod(path, 0o600)
		}
		return err
	}))
	for i, port := range shop.FreePorts(t, 4) {
		c.ports[launcher.Names()[i]] = port
	}
	c.configure()
	t.Cleanup(func() {
		down := exec.Command("docker", "compose", "--env-file", "docker/env.example", "--env-file", ".env", "down", "--volumes",
			"--rmi", "local")
		down.Dir, down.Env = c.root, environment()
		if output, err := down.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, output)
		}
	})
	return c
}

// environment is that of scratch and what leads to the engine.
func environment() []string {
	env := scratch.Environment()
	for _, variable := range os.Environ() {
		if strings.HasPrefix(variable, "DOCKER_") {
			env = append(env, variable)
		}
	}
	return env
}

// named is a copy whose shop has a name of its own, in docker-compose.yml, so that the name also holds without .env.
func named(t *testing.T, project string) string {
	t.Helper()
	copied := scratch.New(t)
	copied.Edit("docker-compose.yml", `(?m)^name: tienda$`, "name: "+project)
	return copied.Root
}

// configure writes what is this copy's own.
func (c *clone) configure() {
	for name, port := range c.ports {
		c.set("TIENDA_"+strings.ToUpper(name)+"_PORT", port)
	}
}

// set writes a line of .env; the last one of a name counts.
func (c *clone) set(name, value string) {
	c.t.Helper()
	file, err := os.OpenFile(filepath.Join(c.root, ".env"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	require.NoError(c.t, err)
	_, err = fmt.Fprintf(file, "%s=%s\n", name, value)
	require.NoError(c.t, err)
	require.NoError(c.t, file.Close())
}

func (c *clone) run(name string, args ...string) (string, error) {
	cmd := exec.CommandContext(c.t.Context(), name, args...)
	cmd.Dir, cmd.Env = c.root, environment()
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	err := cmd.Run()
	return output.String(), err
}

func (c *clone) must(name string, args ...string) string {
	c.t.Helper()
	start := time.Now()
	output, err := c.run(name, args...)
	require.NoError(c.t, err, "%s %s\n%s", name, strings.Join(args, " "), output)
	c.t.Logf("%.1f s: %s %s", time.Since(start).Seconds(), name, strings.Join(args, " "))
	return output
}

func (c *clone) refused(name string, args ...string) string {
	c.t.Helper()
	output, err := c.run(name, args...)
	require.Error(c.t, err, "%s %s is not refused\n%s", name, strings.Join(args, " "), output)
	return output
}

// sql is what psql prints for a role in a database: over TCP, where it needs no password from inside the container.
func (c *clone) sql(role, database, statement string) (string, error) {
	return c.run("docker", "compose", "exec", "-T", "postgres", "psql", "-At", "-h", "127.0.0.1", "-U", role, "-d", database,
		"-c", statement)
}

// container is what Docker knows about one.
type container struct {
	ID           string `json:"Id"`
	RestartCount int
	State        struct{ Pid int }
	Config       struct{ Labels map[string]string }
	HostConfig   struct {
		ReadonlyRootfs bool
		Memory         int64
		PidsLimit      int64
		LogConfig      struct{ Config map[string]string }
	}
}

func (c *clone) containers(service string) (all []container) {
	c.t.Helper()
	ids := strings.Fields(c.must("docker", "compose", "ps", "--quiet", service))
	require.NotEmpty(c.t, ids, service)
	require.NoError(c.t, json.Unmarshal([]byte(c.must("docker", append([]string{"inspect"}, ids...)...)), &all))
	return all
}

// host is the output of a command that sees the processes of the engine's machine: the test may run elsewhere, or not as root.
func (c *clone) host(command string) string {
	c.t.Helper()
	return c.must("docker", "run", "--rm", "--pid=host", "--network=none", "--entrypoint", "sh", "postgres:17-bookworm",
		"-c", command)
}

// kill is SIGKILL from outside, and returns when the engine has started the container again; after `docker kill` it would not.
func (c *clone) kill(service string) {
	c.t.Helper()
	victim := c.containers(service)[0]
	c.host(fmt.Sprintf("kill -9 %d", victim.State.Pid))
	require.Eventually(c.t, func() bool { return c.containers(service)[0].RestartCount > victim.RestartCount },
		time.Minute, 200*time.Millisecond, "%s was not killed, or not started again", service)
}

// status is that of an answer to GET, 0 if there is none.
func (c *clone) status(service, path string) int {
	client := http.Client{Timeout: 5 * time.Second}
	response, err := client.Get("http://127.0.0.1:" + c.ports[service] + path)
	if err != nil {
		return 0
	}
	defer response.Body.Close()
	return response.StatusCode
}

func (c *clone) ready() bool {
	for _, name := range launcher.Names() {
		if c.status(name, "/health/ready") != http.StatusOK {
			return false
		}
	}
	return true
}

// orders counts what the database has.
func (c *clone) orders() int {
	c.t.Helper()
	output, err := c.sql("pedidos", "pedidos", "SELECT count(*) FROM pedidos")
	require.NoError(c.t, err, output)
	n, err := strconv.Atoi(strings.TrimSpace(output))
	require.NoError(c.t, err)
	return n
}

// TestDocker is the life of one Docker shop, in order.
func TestDocker(t *testing.T) {
	c := newClone(t)
	up := c.must("make", "up")
	for _, name := range launcher.Names() {
		assert.Contains(t, up, "http://127.0.0.1:"+c.ports[name]+"/docs")
	}
	c.must("make", "demo")

	steps := []struct {
		name string
		run  func(t *testing.T, c *clone)
	}{
		{"isolation", isolation},
		{"roles", roles},
		{"who_reaches_what", reach},
		{"kill_under_the_demo", kill},
		{"one_image", oneImage},
		{"second_clone", secondClone},
		{"two_instances", twoInstances},
		{"proxied", proxied},
		{"down_and_up", downAndUp},
		{"taken_port", takenPort},
		{"changed_passwords", changedPasswords},
		{"lost_env", lostEnv},
		{"first_start_cut_short", cutShort},
	}
	for _, step := range steps {
		t.Run(step.name, func(t *testing.T) {
			mine := *c
			mine.t = t
			step.run(t, &mine)
		})
	}
}

// isolation asks the kernel, not the configuration.
func isolation(t *testing.T, c *clone) {
	for _, name := range launcher.Names() {
		one := c.containers(name)[0]
		assert.True(t, one.HostConfig.ReadonlyRootfs, name)
		assert.NotZero(t, one.HostConfig.Memory, name)
		assert.NotZero(t, one.HostConfig.PidsLimit, name)
		assert.NotEmpty(t, one.HostConfig.LogConfig.Config["max-size"], name)
		for _, label := range []string{"version", "source", "licenses"} {
			assert.NotEmpty(t, one.Config.Labels["org.opencontainers.image."+label], name)
		}
		status := c.host(fmt.Sprintf("cat /proc/%d/status", one.State.Pid))
		for _, line := range []string{"Uid:\t65532\t65532\t65532\t65532", "CapEff:\t0000000000000000", "CapBnd:\t0000000000000000",
			"NoNewPrivs:\t1"} {
			assert.Contains(t, status, line+"\n", name)
		}
		var files []string
		for file := range strings.Lines(c.must("sh", "-c", "docker export "+one.ID+" | tar --list")) {
			if file = strings.TrimSpace(file); !strings.HasSuffix(file, "/") {
				files = append(files, file)
			}
		}
		// All but the first two are mounted or written by the engine.
		assert.Subset(t, []string{name, "etc/ssl/certs/ca-certificates.crt", ".dockerenv", "dev/console", "etc/hostname",
			"etc/hosts", "etc/mtab",
			"etc/resolv.conf"}, files, "%s: an image is its program", name)
	}
	status := c.host(fmt.Sprintf("cat /proc/%d/status", c.containers("postgres")[0].State.Pid))
	assert.Contains(t, status, "CapEff:\t0000000000000000\n")
	assert.Contains(t, status, "NoNewPrivs:\t1\n")
	assert.NotContains(t, status, "Uid:\t0\t")
}

// roles: a service's role enters its own database and no other.
func roles(t *testing.T, c *clone) {
	for _, role := range launcher.Names() {
		for _, database := range append(launcher.Names(), "postgres", "template1") {
			output, err := c.sql(role, database, "SELECT 1")
			if role == database {
				assert.NoError(t, err, output)
				continue
			}
			assert.Error(t, err, "%s enters %s", role, database)
			assert.Contains(t, output, "permission denied for database")
		}
	}
}

// reach: the database answers on its own network, the metrics on theirs; neither is on the published ports.
func reach(t *testing.T, c *clone) {
	at := func(network string, command ...string) (string, error) {
		return c.run("docker", append([]string{"run", "--rm", "--network", c.project + "_" + network, "--entrypoint"}, command...)...)
	}
	asks := []string{"pg_isready", "postgres:17-bookworm", "--host=postgres", "--timeout=3"}
	for network, reached := range map[string]bool{"databases": true, "metrics": false, "shop": false} {
		output, err := at(network, asks...)
		assert.Equal(t, reached, err == nil, "%s: %s", network, output)
	}
	metrics := `exec 3<>/dev/tcp/auth/9000; printf 'GET /metrics HTTP/1.0\r\n\r\n' >&3; cat <&3`
	output, err := at("metrics", "bash", "postgres:17-bookworm", "-c", metrics)
	require.NoError(t, err, output)
	assert.Contains(t, output, "go_goroutines")
	for _, name := range launcher.Names() {
		assert.Equal(t, http.StatusNotFound, c.status(name, "/metrics"), name)
	}
}

// kill: services are killed while demos run; all committed orders are there afterwards, and the shop serves again by itself.
func kill(t *testing.T, c *clone) {
	for _, victim := range []string{"postgres", "inventario", "pedidos"} {
		before := c.orders()
		stop, stopped := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(stopped)
			for {
				select {
				case <-stop:
					return
				default:
					_, _ = c.run("bin/tienda", "demo") // may fail: its shop is being killed
				}
			}
		}()
		require.Eventually(t, func() bool { return c.orders() > before }, time.Minute, 50*time.Millisecond)
		taken := c.orders()
		c.kill(victim)
		require.Eventually(t, c.ready, time.Minute, 200*time.Millisecond, victim)
		close(stop)
		<-stopped
		require.Eventually(t, func() bool { // its peers may hold back for some seconds more (kit/resilience)
			_, err := c.run("bin/tienda", "demo")
			return err == nil
		}, time.Minute, time.Second, victim)
		c.must("make", "demo")
		assert.GreaterOrEqual(t, c.orders(), taken+2, "%s: an order of before is lost", victim)
	}
}

// oneImage: the one command of the documents that is not make.
func oneImage(t *testing.T, c *clone) {
	image := c.project + "/pedidos"
	c.must("docker", "build", "-f", "pedidos/Dockerfile", "-t", image, ".")
	assert.Contains(t, c.must("docker", "run", "--rm", image, "openapi"), "openapi: 3.1")
	c.must("docker", "rmi", image)
}

// secondClone of the same name is refused, and the first one's folder named.
func secondClone(t *testing.T, c *clone) {
	second := &clone{t: t, root: named(t, c.project)}
	output := second.refused("make", "up")
	assert.Contains(t, output, c.root)
	assert.Contains(t, output, "COMPOSE_PROJECT_NAME=")
	assert.NoFileExists(t, filepath.Join(second.root, ".env"), "refused before anything is written")
}

// twoInstances of pedidos serve behind one name of the network, each at a port of its own.
func twoInstances(t *testing.T, c *clone) {
	first, err := strconv.Atoi(c.ports["pedidos"])
	require.NoError(t, err)
	c.set("TIENDA_PEDIDOS_PORT", fmt.Sprintf("%d-%d", first, first+1))
	c.set("TIENDA_PEDIDOS_INSTANCES", "2")
	c.must("make", "up")
	assert.Len(t, c.containers("pedidos"), 2)
	for _, port := range []int{first, first + 1} {
		mine := clone{ports: map[string]string{"pedidos": strconv.Itoa(port)}}
		assert.Equal(t, http.StatusOK, mine.status("pedidos", "/health/ready"), port)
	}
	output := c.must("docker", "run", "--rm", "--network", c.project+"_shop", "--entrypoint", "getent", "postgres:17-bookworm",
		"ahostsv4", "pedidos")
	assert.Len(t, strings.Split(strings.TrimSpace(output), "\n"), 6, "two addresses, three kinds of socket each:\n%s", output)
	c.must("make", "demo")
	c.set("TIENDA_PEDIDOS_PORT", c.ports["pedidos"])
	c.set("TIENDA_PEDIDOS_INSTANCES", "1")
}

// proxied: the value of TIENDA_TRUSTED_PROXIES that docs/setup.md gives lets a proxy on this machine report the client's
// address. Without it no caller may.
func proxied(t *testing.T, c *clone) {
	const client = "203.0.113.9"
	ask := func() {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet,
			"http://127.0.0.1:"+c.ports["productos"]+"/productos", nil)
		require.NoError(t, err)
		request.Header.Set("X-Forwarded-For", client)
		response, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
	}
	ask()
	assert.NotContains(t, c.must("docker", "compose", "logs", "productos"), client)
	c.set("TIENDA_TRUSTED_PROXIES", "172.16.0.0/12,192.168.0.0/16")
	c.must("make", "up")
	ask()
	said := func() bool { return strings.Contains(c.must("docker", "compose", "logs", "productos"), client) }
	require.Eventually(t, said, time.Minute, 500*time.Millisecond)
}

// downAndUp keeps the data and the administrator's password; `make down` needs no .env.
func downAndUp(t *testing.T, c *clone) {
	before := c.orders()
	env := filepath.Join(c.root, ".env")
	c.must("make", "down")
	c.must("make", "up")
	assert.Equal(t, before, c.orders())
	c.must("make", "demo")

	require.NoError(t, os.Rename(env, env+".away"))
	c.must("make", "down")
	require.NoError(t, os.Rename(env+".away", env))
	assert.Empty(t, c.must("docker", "ps", "--all", "--quiet", "--filter", "label=com.docker.compose.project="+c.project))
}

// takenPort is named with the variable that changes it; the next `make up` mends the shop.
func takenPort(t *testing.T, c *clone) {
	taken, err := net.Listen("tcp", "127.0.0.1:"+c.ports["inventario"])
	require.NoError(t, err)
	output := c.refused("make", "up")
	assert.Contains(t, output, c.ports["inventario"])
	assert.Contains(t, output, "TIENDA_INVENTARIO_PORT")
	require.NoError(t, taken.Close())
	c.must("make", "up")
	c.must("make", "demo")
}

// changedPasswords: those of .env count at the next `make up`, with any characters in them; none of it is in a log.
func changedPasswords(t *testing.T, c *clone) {
	const wild = `p@ss:w/rd#4%41$HOME?&`
	for _, name := range launcher.Names() {
		c.set("TIENDA_"+strings.ToUpper(name)+"_DB_PASSWORD", "'"+wild+name+"'")
	}
	c.set("TIENDA_POSTGRES_PASSWORD", "'"+wild+"'")
	before := c.orders()
	c.must("make", "up")
	c.must("make", "demo")
	assert.Greater(t, c.orders(), before)
	logs := c.must("docker", "compose", "logs", "--no-color")
	for _, piece := range []string{"p@ss", "w/rd", "%41", "$HOME"} {
		assert.NotContains(t, logs, piece)
	}
}

var newPassword = regexp.MustCompile(`is now: (\S+)`)

// lostEnv: with all secrets new, auth says what to do about its keys, and once that is done, about the administrator's password.
func lostEnv(t *testing.T, c *clone) {
	before := c.orders()
	require.NoError(t, os.Remove(filepath.Join(c.root, ".env")))
	c.configure()
	assert.Contains(t, c.refused("make", "up"), "keys reset")
	c.must("sh", "-c", "echo yes | docker compose run --rm -T auth keys reset")
	c.must("make", "up")
	assert.Contains(t, c.must("docker", "compose", "logs", "auth"), "auth password reset")
	assert.Contains(t, c.refused("make", "demo"), "TIENDA_ADMIN_PASSWORD")
	said := c.must("docker", "compose", "exec", "-T", "auth", "/auth", "password", "reset", "admin")
	c.set("TIENDA_ADMIN_PASSWORD", newPassword.FindStringSubmatch(said)[1])
	c.must("make", "demo")
	assert.Greater(t, c.orders(), before, "the data is as it was")
}

// cutShort: a first start that is killed at any moment, and a database that is lost, are mended by the next `make up`.
func cutShort(t *testing.T, c *clone) {
	heals := func() {
		c.must("docker", "compose", "up", "--detach", "--wait", "postgres")
		c.must("docker", "compose", "run", "--rm", "-T", "databases")
	}
	for _, after := range []time.Duration{100 * time.Millisecond, 500 * time.Millisecond, time.Second} {
		c.must("docker", "compose", "down", "--volumes")
		c.must("docker", "compose", "up", "--detach", "--no-deps", "postgres")
		time.Sleep(after) // the moment is what differs; nothing is waited for
		c.must("docker", "compose", "kill", "postgres")
		heals()
	}
	c.must("docker", "compose", "down", "--volumes")
	c.must("docker", "compose", "run", "--rm", "-T", "--no-deps", "--entrypoint", "sh", "postgres", "-c",
		"mkdir $PGDATA/base && echo 17 >$PGDATA/PG_VERSION")
	heals()
	assert.Contains(t, c.must("docker", "compose", "logs", "postgres"), "made anew")
	c.must("make", "up")
	c.must("make", "demo")
	before := c.orders()
	c.must("docker", "compose", "restart", "postgres")
	require.Eventually(t, c.ready, time.Minute, 200*time.Millisecond)
	assert.Equal(t, before, c.orders(), "a cluster that served is never made anew")

	c.must("docker", "compose", "stop", "pedidos")
	for _, statement := range []string{"DROP DATABASE pedidos", "DROP ROLE pedidos"} {
		output, err := c.sql("postgres", "postgres", statement)
		require.NoError(t, err, output)
	}
	c.must("make", "up")
	c.must("make", "demo")
}
