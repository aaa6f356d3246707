package shop

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/tests/launcher"
	"github.com/tienda-go/tienda/tests/process"
)

// instance is one process of a service: where it is, and what runs there now. The first of a service has its name, further
// ones are "pedidos-2", "pedidos-3".
type instance struct {
	name, service, binary, port string
	number                      int    // among those of its service, from 0
	metrics                     string // address of its metrics, if not its own port
	env                         []string
	output                      output
	process                     *process.Process
}

func (i *instance) address() string { return net.JoinHostPort("127.0.0.1", i.port) }

// place decides which instances there are, on which ports, and what each knows of the others. Of several instances of a
// peer, the n-th calls the n-th.
func (s *Shop) place() {
	s.t.Helper()
	o := s.o
	for _, service := range o.Services {
		for n := range max(1, o.Instances[service]) {
			name := service
			if n > 0 {
				name = fmt.Sprintf("%s-%d", service, n+1)
			}
			i := &instance{name: name, service: service, number: n, output: newOutput(s.t)}
			if o.Binary != nil {
				i.binary = o.Binary(service)
			}
			if i.binary == "" {
				i.binary = Binary(s.t, service)
			}
			s.instances = append(s.instances, i)
		}
	}
	for n, port := range FreePorts(s.t, len(s.instances)) {
		s.instances[n].port = port
	}
	if o.Env["APP_ENV"] == "production" { // whose default is the same for all shops of this machine
		for n, port := range FreePorts(s.t, len(s.instances)) {
			s.instances[n].metrics = net.JoinHostPort("127.0.0.1", port)
		}
	}
	for _, i := range s.instances {
		env := map[string]string{
			"PATH": os.Getenv("PATH"), "TMPDIR": os.TempDir(), "DATA_DIR": s.data,
			"ADMIN_USERNAME": AdminUsername, "ADMIN_EMAIL": "admin@tienda.example", "ADMIN_PASSWORD": AdminPassword,
		}
		for _, service := range o.Services {
			peer := s.peer(i, service)
			env[strings.ToUpper(service)+"_PORT"] = peer.port
			env[strings.ToUpper(service)+"_SERVICE_URL"] = "http://" + o.way(i, peer)
		}
		if database := s.databases[i.service]; database != "" {
			env[strings.ToUpper(i.service)+"_DB_URL"] = s.wayToDatabase(i, database)
		}
		if i.metrics != "" {
			env[strings.ToUpper(i.service)+"_METRICS_ADDR"] = i.metrics
		}
		maps.Copy(env, o.Env)
		for name, value := range env {
			i.env = append(i.env, name+"="+value)
		}
	}
}

// way is the host:port under which i calls peer.
func (o Options) way(i, peer *instance) string {
	if o.Through == nil || i == peer {
		return peer.address()
	}
	return o.Through(i.name, peer.name, peer.address())
}

// wayToDatabase is the URL under which i finds its database. Nothing stands before the server that the whole test process shares.
func (s *Shop) wayToDatabase(i *instance, database string) string {
	s.t.Helper()
	o := s.o
	if o.Pooler != nil {
		database = o.Pooler.Through(o.Cluster, database)
	}
	if o.Through == nil || o.Cluster == nil {
		return database
	}
	u, err := url.Parse(database)
	require.NoError(s.t, err)
	return strings.Replace(database, u.Host, o.Through(i.name, "postgres", u.Host), 1)
}

// peer is the instance of a service that i calls; itself, of its own.
func (s *Shop) peer(i *instance, service string) *instance {
	if service == i.service {
		return i
	}
	all := s.Instances(service)
	return s.instance(all[i.number%len(all)])
}

// Instances are the names of the processes of these services; without any, of all services.
func (s *Shop) Instances(services ...string) (names []string) {
	for _, i := range s.instances {
		if len(services) == 0 || slices.Contains(services, i.service) {
			names = append(names, i.name)
		}
	}
	return names
}

func (s *Shop) instance(name string) *instance {
	for _, i := range s.instances {
		if i.name == name {
			return i
		}
	}
	panic("shop: there is no instance " + name)
}

// MetricsURL is where an instance serves its metrics.
func (s *Shop) MetricsURL(name string) string {
	i := s.instance(name)
	return "http://" + cmp.Or(i.metrics, i.address()) + "/metrics"
}

// Kill ends a service without warning (kill -9).
func (s *Shop) Kill(name string) { s.instance(name).process.Kill() }

// Pause stops a service, like a machine that swaps or is suspended; Resume continues it.
func (s *Shop) Pause(name string) { s.instance(name).process.Pause() }

// Resume ends Pause.
func (s *Shop) Resume(name string) { s.instance(name).process.Resume() }

// Ended reports whether a service was killed or stopped, and not started since.
func (s *Shop) Ended(name string) bool { return s.instance(name).process.Ended() }

// Stop ends a service in order (SIGTERM): the test fails when the service has to cut a request off, or does not end.
func (s *Shop) Stop(name string) {
	s.t.Helper()
	stopped := s.instance(name).process
	require.True(s.t, stopped.Stop(time.Now().Add(time.Minute)), "%s does not end on SIGTERM", name)
	require.NoError(s.t, stopped.Err(), name)
}

// Start starts a service that was killed or stopped, on its old port and data, and waits until it is ready.
func (s *Shop) Start(name string) {
	s.t.Helper()
	require.True(s.t, s.Ended(name), "%s runs", name)
	require.NoError(s.t, s.Launch(name))
	s.Await(name)
}

// Restart kills a service and starts it again.
func (s *Shop) Restart(name string) {
	s.t.Helper()
	s.Kill(name)
	s.Start(name)
}

// Command runs the program of a service with arguments, in its environment, and gives what it prints and its exit code.
func (s *Shop) Command(service, input string, args ...string) (output string, code int) {
	s.t.Helper()
	i := s.instance(service)
	cmd := exec.CommandContext(s.t.Context(), i.binary, args...)
	cmd.Dir, cmd.Env, cmd.Stdin = s.data, i.env, strings.NewReader(input)
	raw, err := cmd.CombinedOutput()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		require.NoError(s.t, err)
	}
	return string(raw), cmd.ProcessState.ExitCode()
}

// Launch starts a service that does not run, and does not wait for it. It may be called from any goroutine.
func (s *Shop) Launch(name string) error {
	i := s.instance(name)
	cmd := exec.Command(i.binary)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = s.data, i.env, i.output.File, i.output.File
	started, err := process.Start(cmd)
	if err != nil {
		return fmt.Errorf("start %s: %w", name, err)
	}
	i.process = started
	return nil
}

// Await waits until a service is ready.
func (s *Shop) Await(name string) {
	s.t.Helper()
	s.Eventually(fmt.Sprintf("%s is ready", name), func() bool {
		require.False(s.t, s.Ended(name), "%s ended while starting", name)
		return s.Ready(name)
	})
}

// Ready reports whether a service answers that it is ready.
func (s *Shop) Ready(name string) bool { return launcher.Ready(s.t.Context(), s.URL(name)) }
