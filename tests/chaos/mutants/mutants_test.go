//go:build long

package mutants_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tienda-go/tienda/tests/shop"

	"github.com/tienda-go/tienda/tests/chaos"
)

// compile builds the changed services with the edits, and returns the paths of the programs; "" for other services.
func compile(t *testing.T, services []string, edits []edit) func(service string) string {
	t.Helper()
	dir := t.TempDir()
	replaced := map[string]string{}
	for path, content := range changed(t, edits) {
		replaced[path] = filepath.Join(dir, fmt.Sprintf("%d.go", len(replaced)))
		require.NoError(t, os.WriteFile(replaced[path], []byte(content), 0o600))
	}
	text, err := json.Marshal(map[string]map[string]string{"Replace": replaced})
	require.NoError(t, err)
	overlay := filepath.Join(dir, "overlay.json")
	require.NoError(t, os.WriteFile(overlay, text, 0o600))
	binaries := map[string]string{}
	for _, service := range services {
		binaries[service] = filepath.Join(dir, service)
		cmd := exec.CommandContext(t.Context(), "go", "build", "-overlay", overlay, "-o", binaries[service], "./cmd/"+service)
		cmd.Dir = filepath.Join(shop.Root(), service)
		output, err := cmd.CombinedOutput()
		require.NoError(t, err, "the mutant does not compile: %s", output)
	}
	return func(service string) string { return binaries[service] }
}

// TestMutants: a run of the chaos suite against each mutant goes red within its bound, and for the right reason.
func TestMutants(t *testing.T) {
	t.Parallel()
	const runs, storm = 6, 12 * time.Second
	for name, m := range mutants() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			binary := compile(t, m.services, m.edits)
			start := time.Now()
			for seed := range uint64(runs) {
				result := chaos.Run(t, chaos.Options{Seed: seed + 1, Engine: m.engine, Weather: &m.weather, Storm: storm,
					Calm:   2 * time.Second,
					Binary: binary, UntilRed: true})
				if len(result.Violations) == 0 {
					continue
				}
				v := result.Violations[0]
				require.True(t, slices.Contains(m.red, v.Check), "red, but not for the reason expected: %s: %s", v.Check, v.What)
				t.Logf("red in run %d, after %.0f s: %s: %.300s", seed+1, time.Since(start).Seconds(), v.Check,
					strings.ReplaceAll(v.What, "\n", " "))
				return
			}
			t.Errorf("%d runs stayed green: the chaos suite does not see this", runs)
		})
	}
}
