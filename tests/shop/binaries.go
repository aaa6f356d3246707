package shop

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/tests/launcher"
)

// Binary is the path of a service as its source is now; built once a test process. The folder stays, so that Go links
// anew only what changed.
func Binary(t testing.TB, name string) string {
	t.Helper()
	require.NoError(t, build(), "the services must compile")
	return filepath.Join(binaries(), name)
}

var build = sync.OnceValue(func() error {
	var all []error
	for _, name := range launcher.Names() {
		all = append(all, launcher.Compile(context.Background(), Root(), name, binaries(), io.Discard))
	}
	return errors.Join(all...)
})

func binaries() string { return filepath.Join(Root(), "bin", "test") }

// Root is the root of the repository: tests run in the folder of their package, which is in it.
func Root() string {
	root, err := launcher.Root()
	if err != nil {
		panic(err)
	}
	return root
}
