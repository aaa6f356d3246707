// Package images checks docker-compose.yml and the Dockerfiles without a Docker engine: the file is read as Docker reads it,
// the steps of each build are run in an empty folder, and what they built serves with the environment that the file gives it.
package images

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/dotenv"
	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/tests/launcher"
	"github.com/tienda-go/tienda/tests/shop"
)

// sample is the .env that `make up` writes on its first run.
func sample(t *testing.T) types.Mapping {
	t.Helper()
	root := t.TempDir()
	writeSecrets(t, root)
	return read(t, filepath.Join(root, ".env"))
}

// writeSecrets runs what `make up` runs first, in a copy of the folder.
func writeSecrets(t *testing.T, root string) {
	t.Helper()
	require.NoError(t, os.CopyFS(filepath.Join(root, "docker"), os.DirFS(filepath.Join(shop.Root(), "docker"))))
	cmd := exec.CommandContext(t.Context(), "sh", "docker/secrets.sh")
	cmd.Dir = root
	output, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", output)
	require.NoError(t, os.RemoveAll(filepath.Join(root, "docker")))
}

func read(t *testing.T, path string) types.Mapping {
	t.Helper()
	env, err := dotenv.Read(path)
	require.NoError(t, err)
	return env
}

// A second run changes no secret, and adds what a newer version asks for; what the user wrote stays.
func TestSecrets(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	path := filepath.Join(root, ".env")
	require.NoError(t, os.WriteFile(path, []byte("LOG_LEVEL=debug\nTIENDA_PEDIDOS_CLIENT_SECRET=\nTIENDA_SECRET_KEY=mine"), 0o644)) // no newline at its end
	writeSecrets(t, root)
	first := read(t, path)
	assert.Equal(t, "debug", first["LOG_LEVEL"])
	assert.Equal(t, "mine", first["TIENDA_SECRET_KEY"])
	assert.Regexp(t, `^[0-9a-f]{48}$`, first["TIENDA_PEDIDOS_CLIENT_SECRET"])
	assert.NotEqual(t, first["TIENDA_PEDIDOS_CLIENT_SECRET"], first["TIENDA_AUTH_DB_PASSWORD"])
	writeSecrets(t, root)
	assert.Equal(t, first, read(t, path))
	info, err := os.Stat(path)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	fresh := t.TempDir()
	writeSecrets(t, fresh)
	info, err = os.Stat(filepath.Join(fresh, ".env"))
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}

func compose(env types.Mapping) (*types.Project, error) {
	file := filepath.Join(shop.Root(), "docker-compose.yml")
	return loader.LoadWithContext(context.Background(), types.ConfigDetails{
		WorkingDir: shop.Root(), ConfigFiles: []types.ConfigFile{{Filename: file}}, Environment: env,
	})
}

func TestCompose(t *testing.T) {
	t.Parallel()
	env := sample(t)
	project, err := compose(env)
	require.NoError(t, err)
	require.ElementsMatch(t, append(launcher.Names(), "postgres"), project.ServiceNames())

	for name, service := range project.Services {
		if name == "postgres" {
			assert.Empty(t, service.Ports, "the database is nobody's business outside")
			continue
		}
		require.Len(t, service.Ports, 1, name)
		assert.Equal(t, "127.0.0.1", service.Ports[0].HostIP, name)
		assert.FileExists(t, filepath.Join(service.Build.Context, service.Build.Dockerfile), name)
		assert.True(t, service.ReadOnly, name)
		assert.Equal(t, []string{"ALL"}, service.CapDrop, name)
	}
	assert.True(t, project.Networks["databases"].Internal)
	for _, volume := range project.Services["postgres"].Volumes {
		if volume.Type == types.VolumeTypeBind {
			assert.FileExists(t, volume.Source)
		}
	}
}

// A secret that is missing stops everything and is named; there is none to fall back on.
func TestCompose_no_default_secret(t *testing.T) {
	t.Parallel()
	secret := regexp.MustCompile(`SECRET|PASSWORD`)
	for name := range sample(t) {
		if !secret.MatchString(name) || name == "TIENDA_ADMIN_PASSWORD" { // without which there is no administrator, but a shop
			continue
		}
		env := sample(t)
		delete(env, name)
		_, err := compose(env)
		assert.ErrorContains(t, err, name)
	}
	text, err := os.ReadFile(filepath.Join(shop.Root(), "docker-compose.yml"))
	require.NoError(t, err)
	literal := regexp.MustCompile(`(?m)^\s+\w*(?:SECRET|PASSWORD)\w*: [^$\n]`)
	assert.Empty(t, literal.FindAllString(string(text), -1), "a secret that stands in the file itself")
}

// What the file gives a service is what docs/setup.md says that it reads.
func TestCompose_variables_are_documented(t *testing.T) {
	t.Parallel()
	setup, err := os.ReadFile(filepath.Join(shop.Root(), "docs", "setup.md"))
	require.NoError(t, err)
	project, err := compose(sample(t))
	require.NoError(t, err)
	for _, name := range launcher.Names() {
		for variable := range project.Services[name].Environment {
			assert.True(t, strings.Contains(string(setup), "`"+variable+"`"), "%s: %s is not in docs/setup.md", name, variable)
		}
	}
}
