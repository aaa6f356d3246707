package shop

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// canaries are the passwords, tokens and secrets that pass through a test. None of them may be in a log line or a metric, and no
// password in an answer: every test that runs a shop checks that.
type canaries struct {
	mu      sync.Mutex
	secrets map[string]string // what it is, by value
}

// The members of requests and answers that hold one.
var (
	passwordMembers = []string{"password", "actual", "nueva"}
	secretMembers   = append([]string{"access_token", "refresh_token", "client_secret"}, passwordMembers...)
)

func (c *canaries) add(what, value string) {
	if len(value) < 12 {
		return // it may stand in a log by chance
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, known := c.secrets[value]; !known {
		c.secrets[value] = what
	}
}

// learn finds the secrets of a JSON body.
func (c *canaries) learn(body []byte) {
	var object map[string]any
	if !bytes.Contains(body, []byte(`"`)) || json.Unmarshal(body, &object) != nil {
		return
	}
	for _, member := range secretMembers {
		if value, ok := object[member].(string); ok {
			c.add(member, value)
		}
	}
}

// shown reports whether a password stands in an answer.
func (c *canaries) shown(answer []byte) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for value, what := range c.secrets {
		if slices.Contains(passwordMembers, what) && bytes.Contains(answer, []byte(value)) {
			return true
		}
	}
	return false
}

// checkCanaries searches all output of the services, and the metrics of those that still run.
func (s *Shop) checkCanaries() {
	files, _ := filepath.Glob(filepath.Join(s.data, "*")) // the pattern is well formed
	for _, file := range files {
		if raw, err := os.ReadFile(file); err == nil && len(raw) < 1<<10 &&
			strings.Contains(strings.ToUpper(filepath.Base(file)), "SECRET") {
			s.canaries.add(filepath.Base(file), strings.TrimSpace(string(raw)))
		}
	}
	client := http.Client{Timeout: time.Second}
	for _, i := range s.instances {
		said := i.output.String()
		if request, err := http.NewRequest(http.MethodGet, s.MetricsURL(i.name), nil); err == nil {
			metrics, _ := Send(&client, request) // none of a process that has ended
			said += string(metrics.Body)
		}
		for value, what := range s.canaries.secrets {
			if strings.Contains(said, value) {
				s.t.Errorf("%s has written a secret (%s) into its log or its metrics", i.name, what)
			}
		}
	}
}
