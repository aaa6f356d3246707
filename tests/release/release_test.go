// Package release shows that modules are released, and live, one by one: make release and what it refuses, and two services side
// by side on two versions of kit.
package release

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/tests/scratch"
	"github.com/tienda-go/tienda/tests/shop"
)

// TestReleases is the life of two teams: kit and pedidos are released, kit then breaks its users, inventario goes along, pedidos
// does not, and the shop is served by both.
func TestReleases(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and tests modules as they are released")
	}
	t.Parallel()
	s := scratch.New(t)
	// That tests are run, and that a red one stops a release, is seen with a few of them: make test has run them all.
	s.Env = []string{"ARGS=-short -vet=off -run=^TestP[ae][rd]"}
	pinned := regexp.MustCompile(`tienda/kit (v0\.(\d+)\.\d+)`).FindStringSubmatch(s.Must("cat", "pedidos/go.mod"))
	require.NotNil(t, pinned)
	first := pinned[1]
	var minor int
	_, err := fmt.Sscanf(pinned[2], "%d", &minor)
	require.NoError(t, err)
	breaking := fmt.Sprintf("v0.%d.0", minor+1)

	assert.Contains(t, s.Refused("make", "release", "MOD=tests", "VERSION="+first), `no module "tests"`)
	assert.Contains(t, s.Refused("make", "release", "MOD=kit", "VERSION=0.1"), `no version like v0.2.0`)
	assert.Contains(t, s.Refused("make", "release", "MOD=kit", "VERSION=v0.99.0"), `no section "## [0.99.0]`)
	assert.Contains(t, s.Refused("make", "release", "MOD=kit", "VERSION=v0.1.0\nv0.2.0"), `no version like v0.2.0`)
	assert.Contains(t, s.Refused("make", "release", "MOD=kit", "VERSION=v2.0.0"), "kit/go.mod must say /v2")
	assert.Contains(t, s.Refused("make", "release", "MOD=ki.", "VERSION=v0.1.0"), `no module "ki."`)
	s.Changelog("kit", first)
	s.Changelog("pedidos", "v0.1.0")
	assert.Contains(t, s.Refused("make", "release", "MOD=pedidos", "VERSION=v0.1.0"), "make release MOD=kit VERSION="+first)
	assert.Contains(t, s.Refused("make", "verify-release", "MOD=pedidos"), "not released yet")

	s.Edit("kit/go.mod", `\n$`, "\n\nrequire example.com/unused v1.0.0\n")
	assert.Contains(t, s.Refused("make", "release", "MOD=kit", "VERSION="+first), "not committed")
	s.Commit()
	assert.Contains(t, s.Refused("make", "release", "MOD=kit", "VERSION="+first), "kit/go.mod is stale")
	s.Must("git", "reset", "-q", "--hard", "HEAD~1")

	for _, c := range [][]string{{"kit", first, "kit/money"}, {"pedidos", "v0.1.0", "pedidos/domain"}} {
		module, version, folder := c[0], c[1], c[2]
		s.Write(folder+"/roja_test.go", "package "+filepath.Base(folder)+"_test\n\nimport \"testing\"\n\n"+
			"func TestParar_una_roja(t *testing.T) { t.Fatal(\"así no\") }\n")
		s.Commit()
		report := s.Refused("make", "release", "MOD="+module, "VERSION="+version)
		assert.Contains(t, report, "así no")
		assert.Contains(t, report, "FAIL\tgithub.com/tienda-go/tienda/"+folder)
		assert.NotRegexp(t, `(?m)^(ok  |\?   )`, report, "only what failed is shown")
		s.Must("git", "reset", "-q", "--hard", "HEAD~1")
		assert.Contains(t, s.Must("make", "release", "MOD="+module, "VERSION="+version), "Tagged "+module+"/"+version)
	}
	assert.Contains(t, s.Refused("make", "release", "MOD=kit", "VERSION="+first), "the next version must be higher")

	// kit breaks its users. The modules in the repository are adapted; the released pedidos stays unchanged.
	s.EditGo("kit", `\bDefine\(`, "Declare(")
	for _, service := range []string{"auth", "productos", "inventario", "pedidos"} {
		s.EditGo(service, `\bfault\.Define\(`, "fault.Declare(")
	}
	s.Must("go", "mod", "edit", "-require=github.com/tienda-go/tienda/kit@"+breaking, "inventario/go.mod")
	s.Commit()
	patch := first[:strings.LastIndex(first, ".")] + ".99"
	s.Changelog("kit", patch)
	report := s.Refused("make", "release", "MOD=kit", "VERSION="+patch)
	assert.Contains(t, report, "Define: removed")
	assert.Contains(t, report, patch+" is too small a step from "+first)
	s.Write("kit/nuevo/nuevo.go", "// Package nuevo is in the new version alone.\npackage nuevo\n")
	s.Changelog("kit", breaking)
	assert.Contains(t, s.Must("make", "release", "MOD=kit", "VERSION="+breaking), "Tagged kit/"+breaking)

	said := s.Must("make", "verify-release", "MOD=pedidos")
	assert.Contains(t, said, "pedidos at pedidos/v0.1.0 builds and passes its tests with kit "+first)

	s.Write("pedidos/cmd/pedidos/nuevo.go", "package main\n\nimport _ \"github.com/tienda-go/tienda/kit/nuevo\"\n")
	s.Changelog("pedidos", "v0.2.0")
	assert.Contains(t, s.Refused("make", "release", "MOD=pedidos", "VERSION=v0.2.0"),
		"pedidos requires kit "+first+" and uses what only kit "+breaking+" has")
	assert.Equal(t, "kit/"+first+"\nkit/"+breaking+"\npedidos/v0.1.0\n", s.Must("git", "tag", "--list"),
		"what was refused has no tag")
	s.Must("git", "reset", "-q", "--hard", "HEAD~1")

	programs := map[string]string{
		"pedidos":    filepath.Join(s.Root, "bin", "release", "pedidos"),
		"inventario": filepath.Join(s.Root, "bin", "inventario"),
	}
	s.Must("sh", "-c", "cd inventario && GOWORK=off go build -o ../bin/inventario ./cmd/inventario")
	assert.Contains(t, s.Must("go", "version", "-m", programs["pedidos"]), "tienda/kit\t"+first+"\th1:")
	assert.Contains(t, s.Must("go", "version", "-m", programs["inventario"]), "tienda/kit\t"+breaking+"\n")
	buysFrom(t, programs)
}

// buysFrom runs the shop with these programs and passes an order through it.
func buysFrom(t *testing.T, programs map[string]string) {
	t.Helper()
	s := shop.New(t, shop.Options{Binary: func(service string) string {
		if program, ok := programs[service]; ok {
			return program
		}
		return shop.Binary(t, service)
	}})
	product := s.Product(10)
	customer := s.Customer()
	order := s.Must(201, "pedidos", "POST", "/pedidos", customer, shop.Object{"producto_id": product, "cantidad": 3})
	assert.Equal(t, "RESERVADO", order.Text("fase"))
	available, _, held := s.Stock(product)
	assert.Equal(t, []int64{7, 3}, []int64{available, held})
	path := fmt.Sprintf("/pedidos/%d", order.Int("id"))
	done := s.Must(200, "pedidos", "PATCH", path, s.Admin(), shop.Object{"estado": "COMPLETADO"})
	assert.Equal(t, "COMPLETADO", done.Text("fase"))
	refused := s.Must(409, "pedidos", "POST", "/pedidos", customer, shop.Object{"producto_id": product, "cantidad": 8})
	assert.Equal(t, "STOCK_INSUFICIENTE", refused.Text("codigo"))
	_, onShelf, held := s.Stock(product)
	assert.Equal(t, []int64{7, 0}, []int64{onShelf, held})
}

// TestAPIBreaking: a change that breaks clients of the last release is found, and the team that must agree is named.
func TestAPIBreaking(t *testing.T) {
	if testing.Short() {
		t.Skip("builds oasdiff")
	}
	t.Parallel()
	s := scratch.New(t)
	assert.Contains(t, s.Must("make", "api-breaking"), "productos: not released yet")
	s.Must("git", "tag", "productos/v0.1.0")
	assert.Contains(t, s.Must("make", "api-breaking"), "productos: nothing breaks a client of productos/v0.1.0")

	document := s.Must("cat", "productos/openapi.yaml")
	s.Edit("productos/openapi.yaml", `(?m)^(\s+)moneda:\n`, "${1}divisa:\n")
	report := s.Refused("make", "api-breaking")
	assert.Contains(t, report, "the changes above break clients of productos/v0.1.0")
	for _, who := range []string{"moneda", "pedidos calls it", "inventario calls it", "add what is new beside what is old"} {
		assert.True(t, strings.Contains(report, who), "says nothing of %q", who)
	}
	require.NoError(t, os.WriteFile(filepath.Join(s.Root, "productos", "openapi.yaml"), []byte(document), 0o644))
	s.Edit("productos/openapi.yaml", `(?m)^paths:\n`,
		"paths:\n  /marcas:\n    get:\n      operationId: listarMarcas\n      responses:\n        \"200\":\n          description: "+
			"OK\n")
	assert.Contains(t, s.Must("make", "api-breaking"), "productos: nothing breaks")
}
