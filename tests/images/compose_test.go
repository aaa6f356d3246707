// Package images tests the Docker shop. The files are tested always; the shop itself, with an engine, by `make docker-test`
// (build tag docker; engine.sh finds or starts the engine).
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
	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"
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
	// no newline at its end
	require.NoError(t, os.WriteFile(path, []byte("LOG_LEVEL=debug\nTIENDA_PEDIDOS_CLIENT_SECRET=\nTIENDA_SECRET_KEY=mine"), 0o644))
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
	project, err := compose(sample(t))
	require.NoError(t, err)
	require.ElementsMatch(t, append(launcher.Names(), "postgres", "databases"), project.ServiceNames())

	for name, service := range project.Services {
		assert.True(t, service.ReadOnly, name)
		assert.Equal(t, []string{"ALL"}, service.CapDrop, name)
		assert.Equal(t, []string{"no-new-privileges:true"}, service.SecurityOpt, name)
		assert.NotZero(t, service.MemLimit, name)
		assert.NotZero(t, service.PidsLimit, name)
		assert.NotEmpty(t, service.Logging.Options["max-size"], name)
		if service.Build == nil {
			assert.Empty(t, service.Ports, "%s is reached from outside", name)
			continue
		}
		require.Len(t, service.Ports, 1, name)
		assert.Equal(t, "127.0.0.1", service.Ports[0].HostIP, name)
		assert.FileExists(t, filepath.Join(service.Build.Context, service.Build.Dockerfile), name)
	}
	assert.Equal(t, "none", project.Services["databases"].NetworkMode)
	assert.True(t, project.Networks["databases"].Internal)
	assert.True(t, project.Networks["metrics"].Internal)
}

// A missing secret stops everything and is named; there is no default secret.
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

// The variables that the file sets for a service are those that it reads, by docs/setup.md.
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

// TestUp_without_Docker: `make up` says what is missing before it writes anything.
func TestUp_without_Docker(t *testing.T) {
	t.Parallel()
	for missing, docker := range map[string]string{
		"Compose 2":              "[ $1 != compose ]",
		"engine does not answer": "[ $1 = compose ]",
	} {
		root, programs := t.TempDir(), t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(programs, "docker"), []byte("#!/bin/sh\n"+docker+"\n"), 0o755))
		cmd := exec.CommandContext(t.Context(), "sh", filepath.Join(shop.Root(), "docker", "up.sh"))
		cmd.Dir, cmd.Env = root, append(os.Environ(), "PATH="+programs+":"+os.Getenv("PATH"))
		output, err := cmd.CombinedOutput()
		require.Error(t, err)
		assert.Contains(t, string(output), missing)
		assert.NoFileExists(t, filepath.Join(root, ".env"))
	}
}

// TestDockerignore: a build gets only sources: no built files, and no secret.
func TestDockerignore(t *testing.T) {
	t.Parallel()
	file, err := os.Open(filepath.Join(shop.Root(), ".dockerignore"))
	require.NoError(t, err)
	defer file.Close()
	patterns, err := ignorefile.ReadAll(file)
	require.NoError(t, err)
	ignored, err := patternmatcher.New(patterns)
	require.NoError(t, err)
	for name, want := range map[string]bool{
		"kit/go.mod": false, "kit/money/money.go": false, "auth/cmd/auth/main.go": false,
		"pedidos/adapters/bunstore/migrations/sqlite/0001_pedidos.sql": false, ".env": true, "auth/.env": true, "data/secret_key": true,
		"auth/data/secret_key": true, "auth/data/auth.db": true, "auth/auth.db-wal": true, ".git/config": true, "bin/auth": true,
		"tests/go.mod": true, "kit/README.md": true, "kit/money/money_test.go": true,
	} {
		got, err := ignored.MatchesOrParentMatches(name)
		require.NoError(t, err)
		assert.Equal(t, want, got, name)
	}
}
