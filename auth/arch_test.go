package auth_test

import (
	"testing"

	"github.com/tienda-go/tienda/kit/archtest"
)

const (
	servicio = "github.com/tienda-go/tienda/auth/"
	kit      = "github.com/tienda-go/tienda/kit/"
)

// The direction of dependencies, as docs/architecture.md draws it.
func TestArquitectura(t *testing.T) {
	t.Parallel()
	archtest.Check(t,
		archtest.Rule{In: "domain", MayImport: []string{kit + "fault", kit + "text", "golang.org/x/text"}},
		archtest.Rule{In: "ports", MayImport: []string{servicio + "domain"}},
		archtest.Rule{In: "app", MayImport: []string{servicio + "domain", servicio + "ports", kit + "authn", kit + "config", kit + "fault"}},
		archtest.Rule{In: "adapters/httpapi", MustNotImport: []string{servicio + "adapters/bunstore", servicio + "adapters/argon"}},
		archtest.Rule{In: "adapters/httpapi", MustNotLink: []string{kit + "database", "github.com/uptrace/bun"}},
		archtest.Rule{In: "adapters/bunstore", MustNotImport: []string{servicio + "app", servicio + "adapters"}},
		archtest.Rule{In: "adapters/argon", MustNotImport: []string{servicio + "app", servicio + "adapters"}},
		archtest.Rule{In: "adapters/firma", MustNotImport: []string{servicio + "app", servicio + "adapters"}},
		archtest.Only("github.com/golang-jwt/jwt/v5", "adapters/firma"), // nothing else mints
		archtest.Only("golang.org/x/crypto", "adapters/argon"),
		archtest.Only("github.com/prometheus/client_golang", "adapters/argon"),
		archtest.Only("github.com/uptrace/bun", "adapters/bunstore"),
		archtest.Only("github.com/danielgtaylor/huma/v2", "adapters/httpapi"),
		archtest.Only("github.com/google/wire", "cmd/auth"),
		archtest.Only("github.com/stretchr/testify", "ports/portstest"),
	)
}
