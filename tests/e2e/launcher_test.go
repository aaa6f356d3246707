package e2e_test

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/tests/launcher"
	"github.com/tienda-go/tienda/tests/process"
	"github.com/tienda-go/tienda/tests/shop"
)

// tienda is the launcher in an environment of its own.
type tienda struct {
	binary string
	env    []string
	ports  map[string]string
	data   string
}

func newTienda(t *testing.T) *tienda {
	t.Helper()
	x := &tienda{binary: filepath.Join(t.TempDir(), "tienda"), data: filepath.Join(t.TempDir(), "data"), ports: map[string]string{}}
	output, err := exec.CommandContext(t.Context(), "go", "build", "-o", x.binary, "../cmd/tienda").CombinedOutput()
	require.NoError(t, err, string(output))
	x.env = append(os.Environ(), "DATA_DIR="+x.data, "APP_ENV=development", "HOST=127.0.0.1")
	for i, port := range shop.FreePorts(t, 4) {
		name := launcher.Names()[i]
		x.ports[name] = port
		x.env = append(x.env, strings.ToUpper(name)+"_PORT="+port, strings.ToUpper(name)+"_SERVICE_URL=",
			strings.ToUpper(name)+"_DB_URL=")
	}
	return x
}

func (x *tienda) command(t *testing.T, arg string, out *buffer) *process.Process {
	t.Helper()
	cmd := exec.Command(x.binary, arg)
	cmd.Env, cmd.Stdout, cmd.Stderr = x.env, out, out
	p, err := process.Start(cmd)
	require.NoError(t, err)
	t.Cleanup(p.Kill)
	return p
}

type buffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// await waits until the output has the text.
func (b *buffer) await(t *testing.T, p *process.Process, text string) {
	t.Helper()
	for start := time.Now(); !strings.Contains(b.String(), text); time.Sleep(50 * time.Millisecond) {
		require.False(t, p.Ended(), "ended before %q:\n%s", text, b)
		require.Less(t, time.Since(start), 3*time.Minute, "never said %q:\n%s", text, b)
	}
}

// listening reports whether a program answers on a port.
func listening(port string) bool {
	conn, err := net.DialTimeout("tcp", "127.0.0.1:"+port, time.Second)
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}

func TestLauncher(t *testing.T) {
	t.Parallel()
	x := newTienda(t)
	var out buffer
	p := x.command(t, "run", &out)
	out.await(t, p, "To stop: Ctrl-C")

	text := out.String()
	for name, port := range x.ports {
		assert.Regexp(t, `(?m)^  `+name+` +http://localhost:`+port+`/docs$`, text)
		assert.Regexp(t, `(?m)^`+name+` +\d\d:\d\d:\d\d\.\d+ INFO  listening address=`, text)
	}
	assert.NotContains(t, text, "\x1b", "colour is for terminals")
	assert.Contains(t, text, "make demo")
	kept := filepath.Join(x.data, "demo_admin_password")
	password, err := os.ReadFile(kept)
	require.NoError(t, err)
	assert.Contains(t, text, "password    "+strings.TrimSpace(string(password)))
	info, err := os.Stat(kept)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	t.Run("demo", func(t *testing.T) {
		var told buffer
		require.NoError(t, x.command(t, "demo", &told).Err(), told.String())
		assert.Contains(t, told.String(), "STOCK_INSUFICIENTE")
		assert.Contains(t, told.String(), "answers were as expected")
		assert.NotRegexp(t, regexp.MustCompile(`eyJ[\w-]{20}`), told.String(), "tokens are shortened")
	})
	t.Run("a_second_run_names_the_taken_ports", func(t *testing.T) {
		var second buffer
		assert.Error(t, x.command(t, "run", &second).Err())
		for name, port := range x.ports {
			assert.Contains(t, second.String(),
				fmt.Sprintf("port %s, which %s needs, cannot be used (address already in use)", port, name))
			assert.Contains(t, second.String(), strings.ToUpper(name)+"_PORT")
		}
	})
	t.Run("SIGTERM_stops_all", func(t *testing.T) {
		assert.True(t, p.Stop(time.Now().Add(time.Minute)))
		require.NoError(t, p.Err(), out.String())
		assert.Contains(t, out.String(), "The shop is closed.")
		assert.Equal(t, 4, strings.Count(out.String(), " stopped\n"), "each service drained by itself")
		for _, port := range x.ports {
			assert.False(t, listening(port))
		}
	})
	t.Run("demo_without_shop_says_what_to_type", func(t *testing.T) {
		var told buffer
		assert.Error(t, x.command(t, "demo", &told).Err())
		assert.Contains(t, told.String(), "make run")
	})
	t.Run("the_next_run_knows_the_admin_and_a_dead_service_ends_it", func(t *testing.T) {
		var out buffer
		p := x.command(t, "run", &out)
		out.await(t, p, "To stop: Ctrl-C")
		assert.Contains(t, out.String(), strings.TrimSpace(string(password)))
		require.NoError(t, syscall.Kill(child(t, p.Pid(), "inventario"), syscall.SIGKILL))
		require.Error(t, p.Err())
		assert.Contains(t, out.String(), "inventario died (signal: killed); the shop is closed. Its last lines:\n")
		for _, port := range x.ports {
			assert.False(t, listening(port))
		}
	})
	t.Run("kill_-9_leaves_nobody_behind", func(t *testing.T) {
		if _, err := os.Stat("/proc/self"); err != nil {
			t.Skip("only Linux ends the children of a process that was killed")
		}
		var out buffer
		p := x.command(t, "run", &out)
		out.await(t, p, "To stop: Ctrl-C")
		p.Kill()
		require.Eventually(t, func() bool {
			for _, port := range x.ports {
				if listening(port) {
					return false
				}
			}
			return true
		}, time.Minute, 50*time.Millisecond)
	})
}

// child is the process id of a service that the process parent started.
func child(t *testing.T, parent int, name string) int {
	t.Helper()
	output, err := exec.CommandContext(t.Context(), "ps", "-A", "-o", "pid=,ppid=,comm=").Output()
	require.NoError(t, err)
	for line := range strings.Lines(string(output)) {
		if f := strings.Fields(line); len(f) == 3 && f[1] == strconv.Itoa(parent) && f[2] == name {
			pid, err := strconv.Atoi(f[0])
			require.NoError(t, err)
			return pid
		}
	}
	require.Fail(t, "no such child", "%s\n%s", name, output)
	return 0
}
