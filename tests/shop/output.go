package shop

import (
	"bytes"
	"encoding/json"
	"strings"
	"sync"
)

// output keeps what a service writes, over all of its restarts.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
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
