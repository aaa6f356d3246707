// Package shop runs the four real services, as processes, for the tests that need all of them: end to end, contracts,
// chaos, load.
//
//	s := shop.New(t, shop.Options{})
//	token := s.Customer()
//	answer := s.Call("pedidos", "POST", "/pedidos", token, shop.Object{"producto_id": 1, "cantidad": 5})
//
// Every shop has its own ports, data directory and databases, knows nothing of the developer's environment, and is gone
// when its test ends, however that ends.
package shop

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/dbtest"
	"github.com/tienda-go/tienda/tests/launcher"
	"github.com/tienda-go/tienda/tests/process"
)

// The admin that every shop begins with.
const (
	AdminUsername = "admin"
	AdminPassword = "gran-hermana-del-almacen-7"
)

// Options vary a shop.
type Options struct {
	Postgres bool              // a PostgreSQL database for each service instead of SQLite files
	Env      map[string]string // further environment of every service
}

// Shop is four running services.
type Shop struct {
	t        testing.TB
	data     string
	env      []string
	services map[string]*instance
	http     *http.Client
	admin    string // access token, once asked for
}

// instance is one service: where it is, and its process while it runs.
type instance struct {
	name, binary, port string
	output             *output
	process            *process.Process
}

// New starts a shop and returns when it is ready.
func New(t testing.TB, o Options) *Shop {
	t.Helper()
	s := &Shop{t: t, data: t.TempDir(), services: map[string]*instance{}, http: &http.Client{
		Timeout:   60 * time.Second,
		Transport: &http.Transport{MaxIdleConnsPerHost: 256, IdleConnTimeout: 3 * time.Second}, // below that of the services
	}}
	s.env = []string{
		"PATH=" + os.Getenv("PATH"), "TMPDIR=" + os.TempDir(), "DATA_DIR=" + s.data,
		"ADMIN_USERNAME=" + AdminUsername, "ADMIN_EMAIL=admin@tienda.example", "ADMIN_PASSWORD=" + AdminPassword,
	}
	ports := FreePorts(t, len(launcher.Names()))
	for i, name := range launcher.Names() {
		s.services[name] = &instance{name: name, binary: Binary(t, name), port: ports[i], output: &output{}}
		prefix := strings.ToUpper(name)
		s.env = append(s.env, prefix+"_PORT="+ports[i], prefix+"_SERVICE_URL="+s.URL(name))
		if o.Postgres {
			s.env = append(s.env, prefix+"_DB_URL="+dbtest.Postgres(t))
		}
	}
	for name, value := range o.Env {
		s.env = append(s.env, name+"="+value)
	}
	t.Cleanup(s.close)
	s.Launch("auth") // the others are not ready without its keys
	s.Await("auth")
	for _, name := range launcher.Names()[1:] {
		s.Launch(name)
	}
	for _, name := range launcher.Names() {
		s.Await(name)
	}
	return s
}

// Each runs a test against a shop on PostgreSQL and against one on SQLite.
func Each(t *testing.T, test func(t *testing.T, s *Shop)) {
	t.Helper()
	for name, postgres := range map[string]bool{"postgres": true, "sqlite": false} {
		t.Run(name, func(t *testing.T) { test(t, New(t, Options{Postgres: postgres})) })
	}
}

// URL is where a service answers.
func (s *Shop) URL(name string) string { return "http://127.0.0.1:" + s.services[name].port }

// Dir is the DATA_DIR of the shop.
func (s *Shop) Dir() string { return s.data }

// Kill ends a service without warning (kill -9).
func (s *Shop) Kill(name string) {
	s.services[name].process.Kill()
}

// Ended reports whether a service was killed or stopped, and not started since.
func (s *Shop) Ended(name string) bool { return s.services[name].process.Ended() }

// Stop ends a service in order (SIGTERM) and returns how long that took. A test whose service does not end within 15 s
// has failed.
func (s *Shop) Stop(name string) time.Duration {
	s.t.Helper()
	start := time.Now()
	require.True(s.t, s.services[name].process.Stop(start.Add(15*time.Second)), "%s does not end on SIGTERM", name)
	return time.Since(start)
}

// Start starts a service that was killed or stopped, on its old port and data, and waits until it is ready.
func (s *Shop) Start(name string) {
	s.t.Helper()
	require.True(s.t, s.services[name].process.Ended(), "%s runs", name)
	s.Launch(name)
	s.Await(name)
}

// Restart kills a service and starts it again.
func (s *Shop) Restart(name string) {
	s.t.Helper()
	s.Kill(name)
	s.Start(name)
}

// Launch starts a service that does not run, and does not wait for it.
func (s *Shop) Launch(name string) {
	s.t.Helper()
	i := s.services[name]
	cmd := exec.Command(i.binary)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = s.data, s.env, i.output, i.output
	var err error
	i.process, err = process.Start(cmd)
	require.NoError(s.t, err)
}

// Await waits until a service is ready.
func (s *Shop) Await(name string) {
	s.t.Helper()
	s.Eventually(fmt.Sprintf("%s is ready", name), func() bool {
		require.False(s.t, s.services[name].process.Ended(), "%s ended while starting", name)
		return launcher.Ready(s.t.Context(), s.URL(name))
	})
}

// Eventually waits for a condition, at most two minutes: an order whose request was killed rests within one.
func (s *Shop) Eventually(what string, condition func() bool) {
	s.t.Helper()
	for start := time.Now(); !condition(); time.Sleep(20 * time.Millisecond) {
		require.Less(s.t, time.Since(start), 2*time.Minute, "never came true: %s", what)
	}
}

// close ends what still runs and, for a test that failed, shows what the services said last.
func (s *Shop) close() {
	for _, name := range launcher.Names() {
		i := s.services[name]
		if i == nil || i.process == nil {
			continue
		}
		i.process.Kill()
		if s.t.Failed() {
			s.t.Logf("last lines of %s:\n%s", name, strings.Join(i.output.tail(30), "\n"))
		}
	}
}

// FreePorts are ports that nobody listens on. They are all held until the last is found, so they differ.
func FreePorts(t testing.TB, n int) []string {
	t.Helper()
	ports := make([]string, n)
	for i := range ports {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		defer l.Close()
		ports[i] = strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
	}
	return ports
}
