//go:build long

package mutants_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tienda-go/tienda/tests/shop"
)

// edit replaces a text that must be in a source file exactly once: when the text has changed, the mutant must be updated.
type edit struct{ file, old, new string }

// compile builds the changed services with the edits, and returns the paths of the programs; "" for other services.
func compile(t *testing.T, services []string, edits []edit) func(service string) string {
	t.Helper()
	dir := t.TempDir()
	replaced := map[string]string{}
	for n, e := range edits {
		path := filepath.Join(shop.Root(), e.file)
		source, err := os.ReadFile(path)
		require.NoError(t, err)
		if earlier := replaced[path]; earlier != "" {
			source, err = os.ReadFile(earlier)
			require.NoError(t, err)
		}
		require.Equal(t, 1, strings.Count(string(source), e.old), "%s has moved on; this must be in it exactly once:\n%s",
			e.file, e.old)
		copied := filepath.Join(dir, fmt.Sprintf("%d.go", n))
		require.NoError(t, os.WriteFile(copied, []byte(strings.Replace(string(source), e.old, e.new, 1)), 0o600))
		replaced[path] = copied
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
