package shop

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// output is the file that a service writes to, over all of its restarts. A pipe would be behind: what a service has written
// before it answers is in the file when the answer comes.
type output struct{ *os.File }

func newOutput(t testing.TB) output {
	t.Helper()
	file, err := os.Create(filepath.Join(t.TempDir(), "output"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = file.Close() })
	return output{file}
}

func (o output) String() string {
	text, err := os.ReadFile(o.Name())
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// Output is everything that a service has written so far.
func (s *Shop) Output(name string) string { return s.instance(name).output.String() }

// Log is the log lines of a service so far; a line that is no JSON object is left out.
func (s *Shop) Log(name string) []map[string]any {
	var result []map[string]any
	for line := range strings.Lines(s.Output(name)) {
		var object map[string]any
		if json.Unmarshal([]byte(line), &object) == nil {
			result = append(result, object)
		}
	}
	return result
}

// LastLines are the last n lines that a service has written.
func (s *Shop) LastLines(name string, n int) string {
	lines := strings.Split(strings.TrimSpace(s.Output(name)), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
