package dbtest

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tienda-go/tienda/kit/freeport"
)

// Bouncer is a pgbouncer in front of a cluster, in transaction mode: its clients share server connections.
type Bouncer struct{ port int }

// StartBouncer starts a pgbouncer with few server connections, until the test ends. postgres and these roles may connect.
func (c *Cluster) StartBouncer(t testing.TB, roles ...string) *Bouncer {
	t.Helper()
	program, err := exec.LookPath("pgbouncer")
	if err != nil {
		program, err = exec.LookPath("/usr/sbin/pgbouncer") // Debian's, which the PATH of a user may lack
	}
	if err != nil {
		unavailable(t, errors.New("there is no pgbouncer (Debian: apt-get install pgbouncer)"))
	}
	ports, err := freeport.Take(1)
	check(t, err)
	folder, err := os.MkdirTemp("", "tienda-pgbouncer-")
	check(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	file, accounts := filepath.Join(folder, "pgbouncer.ini"), filepath.Join(folder, "users")
	configuration := fmt.Sprintf(`[databases]
* = host=127.0.0.1 port=%d
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = %d
unix_socket_dir =
auth_type = trust
auth_file = %s
pool_mode = transaction
default_pool_size = 5
max_client_conn = 1000
server_login_retry = 1
query_wait_timeout = 5
`, c.port, ports[0], accounts)
	var users strings.Builder
	for _, role := range append(roles, "postgres") {
		fmt.Fprintf(&users, "%q \"\"\n", role)
	}
	check(t, errors.Join(os.WriteFile(file, []byte(configuration), 0o600), os.WriteFile(accounts, []byte(users.String()), 0o600),
		c.give(file), c.give(accounts), c.give(folder)))
	cmd, input, err := c.shell(`"$0" -q "$1" & cat >/dev/null; kill -9 $!`, program, file)
	check(t, err)
	t.Cleanup(func() {
		_ = input.Close()
		_ = cmd.Wait()
	})
	b := &Bouncer{port: ports[0]}
	for start := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		conn, err := net.Dial("tcp", b.Address())
		if err == nil {
			_ = conn.Close()
			return b
		}
		if time.Since(start) > 20*time.Second {
			t.Fatalf("dbtest: pgbouncer does not listen: %v", err)
		}
	}
}

// Address is the host and port that pgbouncer listens on.
func (b *Bouncer) Address() string { return freeport.Address(b.port) }

// Through changes a URL of the cluster so that it leads through pgbouncer.
func (b *Bouncer) Through(c *Cluster, url string) string {
	return strings.Replace(url, c.Address(), b.Address(), 1)
}
