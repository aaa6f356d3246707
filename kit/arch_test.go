package kit_test

import (
	"testing"

	"github.com/tienda-go/tienda/kit/archtest"
)

const kit = "github.com/tienda-go/tienda/kit/"

// kit is made of small leaf packages without a business word; only one of them uses each library.
func TestArchitecture(t *testing.T) {
	t.Parallel()
	services := []string{
		"github.com/tienda-go/tienda/auth", "github.com/tienda-go/tienda/productos", "github.com/tienda-go/tienda/inventario",
		"github.com/tienda-go/tienda/pedidos", "github.com/tienda-go/tienda/tests",
	}
	archtest.Check(t,
		archtest.Rule{In: "./...", MustNotImport: services},
		archtest.Rule{In: "fault", MayImport: []string{}},
		archtest.Rule{In: "money", MayImport: []string{kit + "strictjson"}},
		archtest.Rule{In: "logging", MustNotImport: []string{"github.com/tienda-go/tienda/kit"}},
		archtest.Rule{In: "telemetry", MayImport: []string{kit + "logging", "go.opentelemetry.io/otel"}},
		archtest.Rule{In: "config", MustNotImport: []string{"github.com/tienda-go/tienda/kit"}},
		archtest.Rule{In: "resilience", MayImport: []string{kit + "fault", "github.com/eapache/go-resiliency"}},
		archtest.Rule{In: "authn", MayImport: []string{
			kit + "fault", kit + "logging", kit + "strictjson", "github.com/golang-jwt/jwt/v5", "golang.org/x/time",
		}},
		archtest.Rule{In: "strictjson", MayImport: []string{}},
		archtest.Rule{In: "problem", MayImport: []string{kit + "fault", kit + "strictjson"}},
		archtest.Rule{In: "remote", MayImport: []string{kit + "config"}},
		archtest.Rule{In: "rest", MayImport: []string{
			kit + "fault", kit + "idempotency", kit + "remote", "github.com/danielgtaylor/huma/v2",
		}},
		archtest.Rule{In: "httpclient", MayImport: []string{
			kit + "config", kit + "fault", kit + "logging", kit + "problem", kit + "resilience", kit + "strictjson",
			kit + "telemetry", "golang.org/x/sync",
		}},
		archtest.Rule{In: "database", MayImport: []string{
			kit + "fault", "github.com/uptrace/bun", "github.com/jackc/pgx/v5", "github.com/jackc/pgerrcode", "modernc.org/sqlite",
			"github.com/prometheus/client_golang",
		}},
		archtest.Rule{In: "idempotency", MayImport: []string{kit + "fault", kit + "strictjson"}},
		archtest.Rule{In: "idempotency/keystore", MayImport: []string{kit + "database", kit + "idempotency"}},
		archtest.Rule{In: "transport",
			MayImport: []string{kit + "fault", kit + "problem", kit + "remote", "github.com/valyala/fasthttp"}},
		archtest.Rule{In: "limits", MayImport: []string{kit + "fault", "golang.org/x/time"}},
		archtest.Rule{In: "input", MayImport: []string{
			kit + "fault", kit + "money", kit + "problem", kit + "rest", kit + "strictjson", kit + "transport",
			"github.com/danielgtaylor/huma/v2",
		}},
		archtest.Rule{In: "openapi", MayImport: []string{
			kit + "fault", kit + "idempotency", kit + "input", kit + "money", kit + "problem", kit + "rest",
			"github.com/danielgtaylor/huma/v2",
		}},
		archtest.Rule{In: "refusal", MayImport: []string{
			kit + "fault", kit + "input", kit + "logging", kit + "problem", kit + "rest",
			"github.com/danielgtaylor/huma/v2", "github.com/gofiber/fiber/v2",
		}},
		archtest.Rule{In: "replay", MayImport: []string{
			kit + "authn", kit + "fault", kit + "idempotency", kit + "refusal", kit + "rest",
			"github.com/danielgtaylor/huma/v2", "github.com/gofiber/fiber/v2",
		}},
		archtest.Rule{In: "httpserver", MustNotImport: []string{
			kit + "database", kit + "httpclient", kit + "resilience", kit + "dbtest", kit + "archtest", kit + "freeport",
		}},
		archtest.Rule{In: "httpserver", MustNotLink: []string{ // a service without a database must not link one
			kit + "database", "github.com/uptrace/bun", "github.com/jackc/pgx/v5", "modernc.org/sqlite",
		}},
		archtest.Rule{In: "rest", MustNotLink: []string{"github.com/gofiber/fiber/v2", "github.com/valyala/fasthttp"}},
		archtest.Rule{In: "dbtest", MayImport: []string{kit + "database", kit + "freeport", "github.com/jackc/pgx/v5"}},
		archtest.Rule{In: "service", MayImport: []string{
			kit + "authn", kit + "config", kit + "database", kit + "httpclient", kit + "httpserver", kit + "logging", kit + "resilience",
			kit + "telemetry",
		}},
		// Only the programs of services import it.
		archtest.Rule{In: "./...", MustNotImport: []string{kit + "service"}},
		archtest.Rule{In: "archtest", MayImport: []string{}},
		archtest.Rule{In: "freeport", MayImport: []string{}},
		archtest.Rule{In: "authntest", MayImport: []string{}},
		archtest.Rule{In: "apitest", Within: kit, MayImport: []string{kit + "authn", kit + "fault", kit + "httpserver"}},
		archtest.Only("github.com/jackc/pgx/v5", "database", "dbtest"),
		archtest.Only("modernc.org/sqlite", "database"),
		archtest.Only("github.com/gofiber/fiber/v2", "httpserver", "refusal", "replay"),
		archtest.Only("github.com/valyala/fasthttp", "transport"),
		archtest.Only("github.com/danielgtaylor/huma/v2", "httpserver", "input", "openapi", "refusal", "replay", "rest"),
		archtest.Only("github.com/uptrace/bun", "database"),
		archtest.Only("github.com/golang-jwt/jwt/v5", "authn"),
		archtest.Only("github.com/eapache/go-resiliency", "resilience"),
		archtest.Only("github.com/prometheus/client_golang", "database", "httpserver"),
		archtest.Only("github.com/caarlos0/env/v11", "config"),
		archtest.Only("go.opentelemetry.io", "telemetry"),
		archtest.Only("github.com/stretchr/testify"),
	)
}
