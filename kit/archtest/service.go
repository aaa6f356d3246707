package archtest

import "slices"

const repository = "github.com/tienda-go/tienda/"

// Service are the rules of every service, as docs/architecture.md draws them: domain ← ports ← app ← adapters/httpapi; the other
// adapters see domain and ports; no adapter imports another; only cmd sees everything. more holds the service's own rules.
func Service(name string, more ...Rule) []Rule {
	service, kit := repository+name+"/", repository+"kit/"
	world := []string{"database/sql", "net/http"} // only adapters may import these
	return slices.Concat([]Rule{
		{In: "domain", MayImport: []string{kit + "fault", kit + "money", kit + "text", "golang.org/x/text"}, MustNotImport: world},
		{In: "ports", MayImport: []string{service + "domain", kit + "idempotency"}, MustNotImport: world},
		// The caller is a type of domain, made in adapters/httpapi: app knows no tokens.
		{In: "app", MustNotImport: world, MayImport: []string{
			service + "domain", service + "ports", kit + "config", kit + "fault", kit + "idempotency", kit + "logging",
		}},
		{In: "adapters/...", MustNotImport: []string{service + "adapters"}},
		{In: "adapters/...", Except: []string{"adapters/httpapi"}, MustNotImport: []string{service + "app"}},
		{In: "adapters/httpapi", MustNotLink: []string{ // the HTTP edge works without a database
			kit + "database", "github.com/uptrace/bun", "github.com/jackc/pgx/v5", "modernc.org/sqlite",
		}},
		Only("github.com/danielgtaylor/huma/v2", "adapters/httpapi"),
		Only("github.com/google/wire", "cmd/"+name),
		Only(kit+"service", "cmd/"+name),
		Only("github.com/stretchr/testify", "ports/portstest"),
		Only("github.com/uptrace/bun", "adapters/bunstore"),
		{In: "./...", Within: repository, MayImport: []string{service, kit}},
		// A package of kit wraps each of these.
		{In: "./...", Except: []string{"ports/portstest", "adapters/firma"}, MustNotImport: []string{
			"github.com/gofiber/fiber/v2", "github.com/golang-jwt/jwt/v5", "github.com/eapache/go-resiliency", "github.com/jackc/pgx/v5",
			"modernc.org/sqlite", "testing",
		}},
	}, more)
}
