package dbtest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tienda-go/tienda/kit/freeport"
)

// Cluster is a throwaway PostgreSQL server on the loopback interface.
type Cluster struct {
	bin, dir string
	port     int
	account  *syscall.Credential // nil = this process's own
	sync     bool                // fsync, for tests that kill it
	settings []string            // of the test's own, name=value
	pipe     io.Closer           // to the watchdog; it closes when the process ends, or no longer uses the cluster
}

// StartCluster starts a server that a test may stop and kill, with settings ("max_connections=20"). Commits are synced to disk.
func StartCluster(t testing.TB, settings ...string) *Cluster {
	t.Helper()
	return started(t, func(c *Cluster) error {
		c.sync, c.settings = true, settings
		return c.initialize()
	})
}

// StartStandby starts a server that follows primary, which needs wal_level=replica and max_wal_senders=2, until it is promoted.
func StartStandby(t testing.TB, primary *Cluster) *Cluster {
	t.Helper()
	host, port, _ := net.SplitHostPort(primary.Address())
	return started(t, func(c *Cluster) error {
		c.sync, c.settings = true, []string{"wal_level=replica", "max_wal_senders=2"}
		return c.run("pg_basebackup", "-D", c.data(), "-U", "postgres", "-h", host, "-p", port, "-R", "-X", "stream", "-c", "fast")
	})
}

func (c *Cluster) initialize() error {
	return c.run("initdb", "-D", c.data(), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
}

// Promote makes a standby a server that takes writes.
func (c *Cluster) Promote() error { return c.run("pg_ctl", "promote", "-w", "-D", c.data()) }

func started(t testing.TB, fill func(*Cluster) error) *Cluster {
	t.Helper()
	c, err := newCluster(os.TempDir(), fill)
	if err != nil {
		unavailable(t, err)
	}
	t.Cleanup(func() { _ = c.Kill() }) // the watchdog removes the folder
	return c
}

// Address is the host and port that the server listens on.
func (c *Cluster) Address() string { return freeport.Address(c.port) }

// Program is the path of one of PostgreSQL's programs, in the version of the server.
func (c *Cluster) Program(name string) string { return filepath.Join(c.bin, name) }

// CPU is the processor time that the server has used so far, including connections that have ended. It works on Linux only.
func (c *Cluster) CPU() (total time.Duration) {
	pid, err := c.pid()
	if err != nil {
		return 0
	}
	for _, process := range append(childrenOf(pid), pid) {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", process))
		if err != nil {
			continue
		}
		_, rest, _ := strings.Cut(string(stat), ") ")
		fields := strings.Fields(rest)
		for _, i := range []int{11, 12, 13, 14} { // utime, stime, and those of children that have ended (proc(5))
			if ticks, err := strconv.Atoi(fields[i]); err == nil {
				total += time.Duration(ticks) * time.Second / 100
			}
		}
	}
	return total
}

// URL is that of the server's maintenance database.
func (c *Cluster) URL() string {
	return "postgres://postgres@" + c.Address() + "/postgres?sslmode=disable"
}

// strategy is the option of CREATE DATABASE, since PostgreSQL 15, that copies files instead of writing pages to the log: faster.
func (c *Cluster) strategy() string {
	raw, err := os.ReadFile(filepath.Join(c.data(), "PG_VERSION"))
	if version, _ := strconv.Atoi(strings.TrimSpace(string(raw))); err != nil || version < 15 {
		return ""
	}
	return " STRATEGY FILE_COPY"
}

// memory is a file system in the memory of a Linux machine.
const memory = "/dev/shm"

// quickest is the folder for a cluster that syncs nothing. In memory, tests of a repository take a quarter less processor time:
// each database is some three hundred files. The clusters of a run share the memory, so there must be room for several. A TMPDIR
// that is set comes first.
func quickest() string {
	var room syscall.Statfs_t
	if os.Getenv("TMPDIR") != "" || syscall.Statfs(memory, &room) != nil || uint64(room.Bavail)*uint64(room.Bsize) < 4<<30 {
		return os.TempDir()
	}
	return memory
}

// newCluster is a cluster in a folder of its own in parent.
func newCluster(parent string, fill func(*Cluster) error) (*Cluster, error) {
	bin, err := findBinaries()
	if err != nil {
		return nil, err
	}
	account, err := unprivileged()
	if err != nil {
		return nil, err
	}
	c := &Cluster{bin: bin, account: account}
	c.dir = filepath.Join(parent, fmt.Sprintf("tienda-pg-%d-%d", os.Getpid(), rand.Int64()))
	if err := c.watch(); err != nil { // before initdb makes the folder that the watchdog must remove
		return nil, err
	}
	if err := os.Mkdir(c.dir, 0o700); err != nil {
		return nil, err
	}
	if err := c.give(c.dir); err != nil {
		return nil, err
	}
	if err := fill(c); err != nil {
		return nil, err
	}
	ports, err := freeport.Take(1)
	if err != nil {
		return nil, err
	}
	c.port = ports[0]
	return c, c.Start()
}

// findBinaries looks on PATH, then for the newest of Debian's versions.
func findBinaries() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			if _, err := os.Stat(filepath.Join(filepath.Dir(path), "pg_ctl")); err == nil {
				return filepath.Dir(path), nil
			}
		}
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/pg_ctl")
	if err != nil || len(found) == 0 {
		return "", errors.New("initdb and pg_ctl found neither on PATH nor under /usr/lib/postgresql")
	}
	version := func(path string) int {
		n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path))))
		return n
	}
	newest := slices.MaxFunc(found, func(a, b string) int { return version(a) - version(b) })
	return filepath.Dir(newest), nil
}

// unprivileged is the account to use instead of root, because PostgreSQL refuses to run as root.
func unprivileged() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err := errors.Join(err1, err2); err != nil {
			return nil, err
		}
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
	}
	return nil, errors.New("PostgreSQL does not run as root, and there is no user postgres or nobody")
}

func (c *Cluster) data() string { return filepath.Join(c.dir, "data") }

func (c *Cluster) run(name string, args ...string) error {
	cmd := exec.Command(c.Program(name), args...)
	cmd.Dir = c.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: c.account, Setpgid: true} // Ctrl-C is for the tests, not for the server
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	// The server inherits the pipe; without a limit, Wait would wait for the server.
	cmd.WaitDelay = time.Second
	if err := cmd.Run(); err != nil && !errors.Is(err, exec.ErrWaitDelay) {
		return fmt.Errorf("%s: %w: %s", name, err, strings.TrimSpace(out.String()))
	}
	return nil
}

// Start starts the server and waits until it answers.
func (c *Cluster) Start() error {
	options := []string{
		"-h 127.0.0.1", "-p " + strconv.Itoa(c.port), "-c unix_socket_directories=''", "-c max_connections=300",
		"-c shared_buffers=64MB", "-c log_min_messages=fatal", "-c max_wal_senders=0", "-c wal_level=minimal",
	}
	if !c.sync {
		options = append(options, "-c fsync=off", "-c synchronous_commit=off", "-c full_page_writes=off", "-c max_wal_size=256MB")
	}
	for _, setting := range c.settings {
		options = append(options, "-c "+setting)
	}
	err := c.run("pg_ctl", "start", "-w", "-t", "30", "-D", c.data(),
		"-l", filepath.Join(c.dir, "log"), "-o", strings.Join(options, " "))
	if err != nil {
		return err
	}
	return c.answers()
}

// answers waits until a query succeeds: after a crash the server accepts connections before it has recovered.
func (c *Cluster) answers() error {
	for start := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		if err := execute(c.URL(), "SELECT 1"); err == nil || time.Since(start) > 30*time.Second {
			return err
		}
	}
}

// Stop ends the server in an orderly way; open connections are closed.
func (c *Cluster) Stop() error { return c.run("pg_ctl", "stop", "-w", "-m", "fast", "-D", c.data()) }

// Kill ends the server as kill -9 does: it flushes nothing and closes no connection in an orderly way.
func (c *Cluster) Kill() error {
	pid, err := c.pid()
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	children := childrenOf(pid)
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
		return err
	}
	for _, child := range children { // they would end by themselves, after a statement or two
		_ = syscall.Kill(child, syscall.SIGKILL)
	}
	for range 500 { // the next server does not start while any of them still holds the shared memory
		if !slices.ContainsFunc(append(children, pid), running) {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	return os.Remove(c.pidFile())
}

func (c *Cluster) pidFile() string { return filepath.Join(c.data(), "postmaster.pid") }

// pid is the server's main process; os.ErrNotExist while the server does not run.
func (c *Cluster) pid() (int, error) {
	raw, err := os.ReadFile(c.pidFile())
	if err != nil {
		return 0, err
	}
	first, _, _ := strings.Cut(string(raw), "\n")
	return strconv.Atoi(strings.TrimSpace(first))
}

// running is false also for a process that has ended, but whose parent has not waited for it yet.
func running(pid int) bool {
	if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return false
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, state, _ := strings.Cut(string(stat), ") ")
	return err != nil || !strings.HasPrefix(state, "Z")
}

func childrenOf(pid int) []int {
	lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	var children []int
	for _, list := range lists {
		raw, _ := os.ReadFile(list)
		for field := range strings.FieldsSeq(string(raw)) {
			if child, err := strconv.Atoi(field); err == nil {
				children = append(children, child)
			}
		}
	}
	return children
}

// watch starts a shell that waits for this process to end (the pipe closes) and then stops the server and removes its folder.
func (c *Cluster) watch() error {
	// Several times: when this process is killed while initdb or pg_ctl runs, these go on writing, and make the folder again.
	script := `cat >/dev/null
for again in 1 2 3 4 5 6 7 8 9 10; do
	"$0" stop -m immediate -D "$1/data"
	rm -rf "$1"
	sleep 1
done >/dev/null 2>&1`
	_, input, err := c.shell(script, c.Program("pg_ctl"), c.dir)
	c.pipe = input
	return err
}

// shell starts a script with arguments from $0 on, under the servers' account. Its input closes at the end of this process.
func (c *Cluster) shell(script string, args ...string) (*exec.Cmd, io.Closer, error) {
	cmd := exec.Command("/bin/sh", append([]string{"-c", script}, args...)...)
	cmd.Dir = os.TempDir()
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: c.account, Setpgid: true}
	input, err := cmd.StdinPipe()
	if err != nil {
		return nil, nil, err
	}
	return cmd, input, cmd.Start()
}

// give changes the owner of a file to the account that the servers run under.
func (c *Cluster) give(path string) error {
	if c.account == nil {
		return nil
	}
	return os.Chown(path, int(c.account.Uid), int(c.account.Gid))
}
