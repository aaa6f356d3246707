//go:build unix

package docs

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tienda-go/tienda/tests/launcher"
	"github.com/tienda-go/tienda/tests/process"
	"github.com/tienda-go/tienda/tests/scratch"
	"github.com/tienda-go/tienda/tests/shop"
)

const patience = 15 * time.Minute // for one command, or until a service answers, on a machine with other work too

// session runs the commands of a document like a person with two terminals in a folder: variables stay from one command to the
// next, and servers run in the second terminal. The ports differ from those in the documents, because a shop may be running on
// this machine.
type session struct {
	t      testing.TB
	dir    string
	ports  map[string]string // those of this session, by those of the documents
	env    []string
	shell  *process.Process
	input  io.Writer
	output *bufio.Reader
	server *process.Process
}

func newSession(t testing.TB, dir, database string) *session {
	t.Helper()
	s := &session{t: t, dir: dir, ports: map[string]string{"5432": database}, env: append(scratch.Environment(), "HOST=127.0.0.1")}
	for i, port := range shop.FreePorts(t, len(launcher.Names())) {
		s.ports[strconv.Itoa(8000+i)] = port
		s.env = append(s.env, strings.ToUpper(launcher.Names()[i])+"_PORT="+port)
	}
	cmd := exec.Command("sh")
	cmd.Dir, cmd.Env = dir, s.env
	reader, output, err := os.Pipe()
	require.NoError(t, err)
	input, writer, err := os.Pipe()
	require.NoError(t, err)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = input, output, output
	s.input, s.output = writer, bufio.NewReader(reader)
	s.shell, err = process.Start(cmd)
	require.NoError(t, err)
	_, _ = input.Close(), output.Close()
	t.Cleanup(func() {
		s.stop()
		_ = writer.Close()
		killGroup(s.shell)
		_ = reader.Close()
	})
	return s
}

// killGroup ends a process and all that it started, which would otherwise keep its output open.
func killGroup(p *process.Process) {
	_ = syscall.Kill(-p.Pid(), syscall.SIGKILL)
	p.Kill()
}

var address = regexp.MustCompile(`\b(localhost|127\.0\.0\.1):(\d{4})\b`)

// here is a text with the ports of this session.
func (s *session) here(text string) string {
	return address.ReplaceAllStringFunc(text, func(found string) string {
		host, port, _ := strings.Cut(found, ":")
		if own, ok := s.ports[port]; ok {
			return host + ":" + own
		}
		return found
	})
}

// run runs a command, with a file's text as its input, and returns its output and its exit code.
func (s *session) run(command, input string) (output string, code int) {
	s.t.Helper()
	typed := filepath.Join(s.t.TempDir(), "typed")
	require.NoError(s.t, os.WriteFile(typed, []byte(input), 0o600))
	const end = "--- end of the command, exit code "
	timer := time.AfterFunc(patience, func() { killGroup(s.shell) })
	defer timer.Stop()
	_, err := fmt.Fprintf(s.input, "{ %s\n} <'%s'\necho \"\n%s$?\"\n", s.here(command), typed, end)
	require.NoError(s.t, err)
	var b strings.Builder
	for {
		line, err := s.output.ReadString('\n')
		require.NoError(s.t, err, "%s: no end within %s, or the shell died:\n%s", command, patience, b.String())
		if rest, ended := strings.CutPrefix(line, end); ended {
			code, err := strconv.Atoi(strings.TrimSpace(rest))
			require.NoError(s.t, err)
			return strings.TrimSuffix(b.String(), "\n"), code
		}
		b.WriteString(line)
	}
}

// serve runs a command in the second terminal, with the variables of the first, until the next one or the session's end, and
// returns when every address answers.
func (s *session) serve(command string, addresses []string) {
	s.t.Helper()
	s.stop()
	exported, code := s.run("export -p", "")
	require.Zero(s.t, code)
	log, err := os.Create(filepath.Join(s.t.TempDir(), "log"))
	require.NoError(s.t, err)
	defer log.Close()
	cmd := exec.Command("sh", "-c", exported+"\n"+s.here(command))
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = s.dir, s.env, log, log
	s.server, err = process.Start(cmd)
	require.NoError(s.t, err)
	for start := time.Now(); len(addresses) > 0; time.Sleep(100 * time.Millisecond) {
		if launcher.Answers(s.t.Context(), s.here(addresses[0])) {
			addresses = addresses[1:]
			continue
		}
		if s.server.Ended() || time.Since(start) > patience {
			said, _ := os.ReadFile(log.Name())
			require.Fail(s.t, "never answered", "%s: %s\n%s", command, addresses[0], said)
		}
	}
}

// stop ends the server, like Ctrl-C, and then its remaining processes.
func (s *session) stop() {
	if s.server == nil {
		return
	}
	group := -s.server.Pid()
	_ = syscall.Kill(group, syscall.SIGINT)
	for start := time.Now(); syscall.Kill(group, 0) == nil && time.Since(start) < 15*time.Second; time.Sleep(20 * time.Millisecond) {
	}
	killGroup(s.server)
	s.server = nil
}
