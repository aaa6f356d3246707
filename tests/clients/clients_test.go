package clients_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/tests/clients"
	"github.com/tienda-go/tienda/tests/launcher"
	"github.com/tienda-go/tienda/tests/openapi"
	"github.com/tienda-go/tienda/tests/shop"
)

func committed(t *testing.T) []openapi.Document {
	t.Helper()
	documents, err := openapi.Committed(t.Context(), shop.Root(), launcher.Names()...)
	require.NoError(t, err)
	return documents
}

// run runs a program in a folder and shows what it said when it fails.
func run(t *testing.T, dir string, env []string, name string, args ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, name, args...)
	command.Dir, command.Env = dir, append(os.Environ(), env...)
	out, err := command.CombinedOutput()
	require.NoError(t, err, "%s %q:\n%s", name, args, out)
}

// tools is a folder with the programs of npm's lock file, kept for the next run. Without npm the test is skipped, loudly; with
// CI=true that is a failure.
func tools(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("npm"); err != nil {
		require.NotEqual(t, "true", os.Getenv("CI"), "no npm for the tests, and CI=true")
		fmt.Fprintf(os.Stderr, "\n*** SKIPPED: %s: there is no npm. Install it (Debian: apt-get install npm).\n\n", t.Name())
		t.Skip("no npm")
	}
	lock, err := os.ReadFile(filepath.Join("npm", "package-lock.json"))
	require.NoError(t, err)
	dir := filepath.Join(shop.Root(), ".tools", fmt.Sprintf("npm-%.6x", sha256.Sum256(lock)))
	if _, err := os.Stat(filepath.Join(dir, "done")); err == nil {
		return dir
	}
	require.NoError(t, os.RemoveAll(dir))
	require.NoError(t, os.MkdirAll(dir, 0o755))
	copied(t, "npm", dir, "package.json", "package-lock.json")
	run(t, dir, nil, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "done"), nil, 0o644))
	return dir
}

func copied(t *testing.T, from, to string, names ...string) {
	t.Helper()
	for _, name := range names {
		content, err := os.ReadFile(filepath.Join(from, name))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(to, name), content, 0o644))
	}
}

// TestNPM: both linters are content with every document, by their recommended rules, and a strict TypeScript client buys.
func TestNPM(t *testing.T) {
	t.Parallel()
	modules := tools(t)
	dir := t.TempDir()
	copied(t, "npm", dir, "package.json", "tsconfig.json", "order.ts", ".spectral.yaml", "redocly.yaml")
	require.NoError(t, os.Symlink(filepath.Join(modules, "node_modules"), filepath.Join(dir, "node_modules")))
	tool := func(name string) string { return filepath.Join(dir, "node_modules", ".bin", name) }

	var documents []string
	for _, service := range launcher.Names() {
		documents = append(documents, filepath.Join(shop.Root(), service, "openapi.yaml"))
	}
	t.Run("redocly", func(t *testing.T) {
		run(t, dir, []string{"REDOCLY_TELEMETRY=off"}, tool("redocly"),
			append([]string{"lint", "--max-problems", "20"}, documents...)...)
	})
	t.Run("spectral", func(t *testing.T) {
		run(t, dir, nil, tool("spectral"), append([]string{"lint", "--fail-severity", "hint"}, documents...)...)
	})
	t.Run("typescript", func(t *testing.T) {
		for i, service := range launcher.Names() {
			run(t, dir, nil, tool("openapi-typescript"), documents[i], "--output", service+".ts", "--default-non-nullable", "false")
		}
		run(t, dir, nil, tool("tsc"))
		run(t, dir, access(shop.New(t, shop.Options{})), "node", filepath.Join("out", "order.js"))
	})
}

// TestGo: oapi-codegen makes a client of each document, and one of all of them, with which a program buys.
func TestGo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	copied(t, "golang", dir, "go.mod", "go.sum", "main.go", "config.yaml")
	all, err := clients.Merge(committed(t))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "tienda.json"), all, 0o644))
	alone := []string{"GOWORK=off", "GOFLAGS=-mod=readonly -trimpath"} // without the path of dir, Go finds what it compiled before
	generate := func(name, document string) {
		require.NoError(t, os.Mkdir(filepath.Join(dir, name), 0o755))
		run(t, dir, alone, "go", "tool", "oapi-codegen", "-config", "config.yaml", "-package", name,
			"-o", filepath.Join(name, "client.go"), document)
	}
	for _, service := range launcher.Names() {
		generate(service, filepath.Join(shop.Root(), service, "openapi.yaml"))
	}
	generate("tienda", "tienda.json")
	run(t, dir, append(alone, access(shop.New(t, shop.Options{}))...), "go", "run", ".")
}

// access is what the programs have in their environment.
func access(s *shop.Shop) []string {
	env := []string{"ADMIN=" + shop.AdminUsername, "PASSWORD=" + shop.AdminPassword}
	for _, service := range launcher.Names() {
		env = append(env, fmt.Sprintf("%s_URL=%s", strings.ToUpper(service), s.URL(service)))
	}
	return env
}
