// Command testsum runs `go test` with its arguments and shows the important part of its output: one line a package, the output
// of what failed, why something was skipped, and a summary at the end:
//
//	512 passed, 0 failed, 3 skipped
//
// Its exit code is that of `go test`.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"

	"github.com/tienda-go/tienda/tests/terminal"
)

func main() {
	failed, err := run(os.Args[1:], terminal.New(os.Stdout))
	if err != nil {
		fmt.Fprintln(os.Stderr, "testsum:", err)
	}
	if failed || err != nil {
		os.Exit(1)
	}
}

func run(args []string, out *terminal.Terminal) (failed bool, err error) {
	cmd := exec.Command("go", append([]string{"test", "-json"}, args...)...)
	cmd.Stderr = os.Stderr
	events, err := cmd.StdoutPipe()
	if err != nil {
		return false, err
	}
	if err := cmd.Start(); err != nil {
		return false, err
	}
	r := newReport(out)
	readErr := r.read(events)
	_, _ = io.Copy(io.Discard, events)
	waitErr := cmd.Wait()
	var exit *exec.ExitError
	if waitErr != nil && !errors.As(waitErr, &exit) {
		return false, waitErr
	}
	r.summary()
	return waitErr != nil || r.failed > 0, readErr
}

// read consumes the event stream. A line that is no event (go itself speaking) is shown as it is.
func (r *report) read(events io.Reader) error {
	reader := bufio.NewReader(events)
	for {
		line, err := reader.ReadBytes('\n')
		if len(line) > 0 {
			r.line(line)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
