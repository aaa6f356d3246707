package service

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestLogger_hides_the_shops_secrets(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"actual", "nueva", "clave_privada"} {
		var out bytes.Buffer
		logger(&out, "prueba", nil).Info("x", name, "CANARIO", "body", map[string]any{name: "CANARIO"},
			"text", `{"`+name+`":"CANARIO"}`)
		assert.NotContains(t, out.String(), "CANARIO")
	}
}
