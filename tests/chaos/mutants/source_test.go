package mutants_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tienda-go/tienda/tests/shop"

	"github.com/tienda-go/tienda/tests/chaos"
)

// mutant is one defect of the shop.
type mutant struct {
	services []string // that are built with the defect
	edits    []edit
	engine   string
	weather  chaos.Weather // that makes the defect visible
	red      []string      // one of these checks must fail
}

// edit replaces a text that must be in a source file exactly once: when the text has changed, the mutant must be updated.
type edit struct{ file, old, new string }

// changed are the contents of the files of some edits, by path.
func changed(t *testing.T, edits []edit) map[string]string {
	t.Helper()
	files := map[string]string{}
	for _, e := range edits {
		path := filepath.Join(shop.Root(), e.file)
		if _, again := files[path]; !again {
			source, err := os.ReadFile(path)
			require.NoError(t, err)
			files[path] = string(source)
		}
		require.Equal(t, 1, strings.Count(files[path], e.old), "%s has moved on; this must be in it exactly once:\n%s", e.file, e.old)
		files[path] = strings.Replace(files[path], e.old, e.new, 1)
	}
	return files
}

// TestMutants_source: the code that the mutants change is where they look for it.
func TestMutants_source(t *testing.T) {
	t.Parallel()
	for name, m := range mutants() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.NotEmpty(t, changed(t, m.edits))
		})
	}
}
