package shop

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/freeport"
)

// FreePorts are ports that nothing listens on, and that no other test is given.
func FreePorts(t testing.TB, n int) (texts []string) {
	t.Helper()
	ports, err := freeport.Take(n)
	require.NoError(t, err)
	for _, port := range ports {
		texts = append(texts, strconv.Itoa(port))
	}
	return texts
}
