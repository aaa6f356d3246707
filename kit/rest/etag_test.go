package rest_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/tienda-go/tienda/kit/rest"
)

func TestNotModified(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]bool{
		`"7"`: true, `W/"7"`: true, `"a", W/"7"`: true, "*": true, `"a,\"7"`: false,
		"": false, `"8"`: false, "7": false, `"7`: false, `"a,7"`: false,
	} {
		assert.Equal(t, want, rest.NotModified(header, 7), header)
	}
}
