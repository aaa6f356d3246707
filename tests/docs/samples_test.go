package docs

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/oasdiff/yaml"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/tienda-go/tienda/tests/launcher"
	"github.com/tienda-go/tienda/tests/process"
	"github.com/tienda-go/tienda/tests/shop"
)

func samples(name string) string { return filepath.Join(shop.Root(), "docs", "samples", name) }

// rules is a file of alert rules.
type rules struct {
	Groups []struct {
		Rules []struct {
			Alert, Expr string
		}
	}
}

var (
	notNames = regexp.MustCompile(`"[^"]*"|\[\w+\]|\b(by|without) \([^)]*\)|\{[^}]*\}`)
	word     = regexp.MustCompile(`\b[a-z]\w*\b`)
	promql   = regexp.MustCompile(`^(sum|max|rate|histogram_quantile|or)$`)
)

// TestSamples_alerts: Prometheus takes the alert rules, each fires when it should and only then, and the services really have the
// figures that they are about.
func TestSamples_alerts(t *testing.T) {
	t.Parallel()
	promtool := process.Need(t, "prometheus", "promtool")
	for _, args := range [][]string{{"check", "rules", samples("alerts.yml")}, {"test", "rules", samples("alerts_test.yml")}} {
		out, err := exec.CommandContext(t.Context(), promtool, args...).CombinedOutput()
		require.NoError(t, err, "%v: %s", args, out)
	}
	raw, err := os.ReadFile(samples("alerts.yml"))
	require.NoError(t, err)
	var file rules
	asJSON, err := yaml.YAMLToJSON(raw)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(asJSON, &file))
	require.NotEmpty(t, file.Groups)
	tested, err := os.ReadFile(samples("alerts_test.yml"))
	require.NoError(t, err)

	s := shop.New(t, shop.Options{})
	s.Must(http.StatusCreated, "pedidos", "POST", "/pedidos", s.Customer(), shop.Object{"producto_id": s.Product(1), "cantidad": 1})
	var served strings.Builder
	for _, service := range launcher.Names() {
		response, err := http.Get(s.URL(service) + "/metrics")
		require.NoError(t, err)
		_, err = io.Copy(&served, response.Body)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
	}
	for peer, callers := range map[string]int{"productos": 2, "inventario": 1} {
		assert.Equal(t, callers, strings.Count(served.String(), `peer_breaker_state{peer="`+peer+`",state="open"} 0`),
			"who calls %s", peer)
	}
	for _, group := range file.Groups {
		for _, rule := range group.Rules {
			assert.Contains(t, string(tested), `alertname="`+rule.Alert+`"`, "a test in which it fires")
			for _, name := range word.FindAllString(notNames.ReplaceAllString(rule.Expr, ""), -1) {
				if promql.MatchString(name) || name == "up" { // up is Prometheus' own
					continue
				}
				assert.Regexp(t, `(?m)^`+name+`[{ ]`, served.String(), "%s is about %s", rule.Alert, name)
			}
		}
	}
}

// TestSamples_unit: systemd takes the unit, for each service, and it is not laxer than it was written.
func TestSamples_unit(t *testing.T) {
	t.Parallel()
	analyze := process.Need(t, "systemd", "systemd-analyze")
	raw, err := os.ReadFile(samples("tienda@.service"))
	require.NoError(t, err)
	const program = "ExecStart=/usr/local/bin/%i\n"
	require.Contains(t, string(raw), program)
	dir := t.TempDir()
	for _, service := range launcher.Names() {
		unit := filepath.Join(dir, "tienda@"+service+".service")
		text := strings.Replace(string(raw), program, "ExecStart="+shop.Binary(t, service)+"\n", 1)
		require.NoError(t, os.WriteFile(unit, []byte(text), 0o600))
		out, err := exec.CommandContext(t.Context(), analyze, "verify", unit).CombinedOutput()
		require.NoError(t, err, "%s", out)
		assert.Empty(t, string(out))
		// of 100
		out, err = exec.CommandContext(t.Context(), analyze, "security", "--offline=true", "--threshold=20", unit).CombinedOutput()
		assert.NoError(t, err, "%s", out)
	}
}
