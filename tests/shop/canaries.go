package shop

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// canaries are the passwords, tokens and secrets that pass through a test. None of them may be in a log line or a metric, and no
// password in an answer: every test that runs a shop checks that.
type canaries struct {
	mu        sync.Mutex
	secrets   map[string]string // what it is, by value
	passwords []string
}

// secretMembers are the members of requests and answers that hold one.
var secretMembers = []string{"password", "actual", "nueva", "access_token", "refresh_token", "client_secret"}

// shortest: a shorter secret may stand in a log by chance.
const shortest = 12

func (c *canaries) add(what, value string) {
	if len(value) < shortest {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.secrets == nil {
		c.secrets = map[string]string{}
	}
	if _, known := c.secrets[value]; known {
		return
	}
	c.secrets[value] = what
	if what == "password" || what == "actual" || what == "nueva" {
		c.passwords = append(c.passwords, value)
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

// shown is a password that stands in an answer, or "".
func (c *canaries) shown(answer []byte) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range c.passwords {
		if bytes.Contains(answer, []byte(p)) {
			return p
		}
	}
	return ""
}

// check searches all output of the services, and the metrics of those that still run.
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
		if response, err := client.Get(s.MetricsURL(i.name)); err == nil {
			raw, _ := io.ReadAll(response.Body)
			_ = response.Body.Close()
			said += string(raw)
		}
		for value, what := range s.canaries.secrets {
			if strings.Contains(said, value) {
				s.t.Errorf("%s has written a secret (%s) into its log or its metrics", i.name, what)
			}
		}
	}
}
