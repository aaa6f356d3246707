package kit_test

import (
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The words that only the shop uses, without auth and tienda: kit verifies auth's tokens, and tienda is in its path.
var shopsWords = regexp.MustCompile(`(?i)(^|[^\pL])(productos?|inventarios?|pedidos?|catalogo|almacen|existencias|reservas?|` +
	`movimientos?|recuentos?|devoluci[oó]n(es)?|revocaci[oó]n(es)?|sesi[oó]n(es)?|clave_privada)([^\pL]|$)|["|](actual|nueva)["|)]`)

// example is in the documents of all services, as an example of a missing scope.
const example = `example:"pedidos:gestionar"`

// TestShopsWords: of kit's packages, only service and those for tests have words of the shop.
func TestShopsWords(t *testing.T) {
	t.Parallel()
	read := 0
	require.NoError(t, fs.WalkDir(os.DirFS("."), ".", func(path string, entry fs.DirEntry, err error) error {
		folder, _, _ := strings.Cut(path, "/")
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") ||
			slices.Contains([]string{"service", "authntest", "apitest"}, folder) {
			return err
		}
		text, err := os.ReadFile(path)
		for n, line := range strings.Split(strings.ReplaceAll(string(text), example, ""), "\n") {
			assert.Empty(t, shopsWords.FindString(line), "%s:%d: make it an option that kit/service gives: %s", path, n+1, line)
		}
		read++
		return err
	}))
	assert.Greater(t, read, 80, "too few files were read")
}
