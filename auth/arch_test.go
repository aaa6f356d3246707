package auth_test

import (
	"testing"

	"github.com/tienda-go/tienda/kit/archtest"
)

func TestArquitectura(t *testing.T) {
	t.Parallel()
	archtest.Check(t, archtest.Service("auth",
		archtest.Rule{In: "adapters/httpapi",
			MustNotLink: []string{"github.com/tienda-go/tienda/kit/database", "github.com/uptrace/bun"}},
		archtest.Only("github.com/golang-jwt/jwt/v5", "adapters/firma"), // only it issues tokens
		archtest.Only("golang.org/x/crypto", "adapters/argon"),
		archtest.Only("github.com/prometheus/client_golang", "adapters/argon"),
	)...)
}
