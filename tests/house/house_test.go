// Package house checks what must be true of the repository as a whole.
package house_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/archtest"

	"github.com/tienda-go/tienda/tests/shop"
)

// read is a file of the repository.
func read(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(shop.Root(), path))
	require.NoError(t, err)
	return string(content)
}

// TestModules: the list that drives make, CI and releases is that of the workspace, and every module has the same Makefile.
func TestModules(t *testing.T) {
	t.Parallel()
	output, err := exec.CommandContext(t.Context(), "go", "work", "edit", "-json", filepath.Join(shop.Root(), "go.work")).Output()
	require.NoError(t, err)
	var workspace struct{ Use []struct{ DiskPath string } }
	require.NoError(t, json.Unmarshal(output, &workspace))
	var used []string
	for _, u := range workspace.Use {
		used = append(used, strings.TrimPrefix(u.DiskPath, "./"))
	}
	assert.ElementsMatch(t, used, strings.Fields(read(t, "modules")))
	for _, module := range used {
		assert.Equal(t, read(t, "kit/Makefile"), read(t, module+"/Makefile"), module)
	}
}

// TestClock: domain and app are given the time, by cmd.
func TestClock(t *testing.T) {
	t.Parallel()
	reads := regexp.MustCompile(`\btime\.(Now|Since|Until)\(`)
	seen := 0
	for _, pattern := range []string{"*/domain/*.go", "*/app/*.go"} {
		files, err := filepath.Glob(filepath.Join(shop.Root(), pattern))
		require.NoError(t, err)
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			seen++
			content, err := os.ReadFile(file)
			require.NoError(t, err)
			assert.NotRegexp(t, reads, string(content), file)
		}
	}
	assert.Greater(t, seen, 50)
}

// TestArchitecture: the tests use the services as processes, like their users, and import none of their code.
func TestArchitecture(t *testing.T) {
	const tienda = "github.com/tienda-go/tienda/"
	for _, module := range strings.Fields(read(t, "modules")) {
		if module != "tests" && !strings.HasPrefix(module, "tests/") {
			continue
		}
		t.Chdir(filepath.Join(shop.Root(), module))
		archtest.Check(t, archtest.Rule{In: "./...", MustNotImport: []string{
			tienda + "auth", tienda + "productos", tienda + "inventario", tienda + "pedidos",
		}})
	}
}

var (
	tag     = regexp.MustCompile("`env:\"([A-Z_]+)(?:,expand)?\"(?: envDefault:\"([^\"]*)\")?`")
	example = regexp.MustCompile(`(?m)^# ([A-Z][A-Z_]+)=(.*)$`)
)

// TestEnvExample: .env.example has every variable that a service or the launcher reads, with its default, and no other. All of it
// is commented out, so that a copy changes nothing.
func TestEnvExample(t *testing.T) {
	t.Parallel()
	defaults := map[string]string{}
	files, err := filepath.Glob(filepath.Join(shop.Root(), "*", "cmd", "*", "config.go"))
	require.NoError(t, err)
	require.Len(t, files, 4)
	for _, file := range []string{"kit/service/config.go", "kit/config/config.go", "tests/launcher/plan.go"} {
		files = append(files, filepath.Join(shop.Root(), file))
	}
	for _, file := range files {
		source, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, m := range tag.FindAllStringSubmatch(string(source), -1) {
			if _, known := defaults[m[1]]; !known { // the services come first; the launcher's own defaults are its own affair
				defaults[m[1]] = m[2]
			}
		}
	}
	shown := map[string]string{}
	for _, m := range example.FindAllStringSubmatch(read(t, ".env.example"), -1) {
		shown[m[1]] = m[2]
	}
	for name, value := range shown {
		want, read := defaults[name]
		assert.True(t, read, "%s is in .env.example, and no code reads it", name)
		if want != "" {
			want = os.Expand(want, func(other string) string { return defaults[other] })
			assert.Equal(t, want, value, name)
		}
	}
	for name := range defaults {
		assert.Contains(t, shown, name, "add it to .env.example")
	}
	assert.False(t, slices.ContainsFunc(strings.Split(read(t, ".env.example"), "\n"), func(line string) bool {
		return line != "" && !strings.HasPrefix(line, "#")
	}), "a line of .env.example is in effect")
}

var step = regexp.MustCompile(`(?m)^\s*(make .+)$`)

// TestWorkflows: what CI runs, the workflow runs, for every module.
func TestWorkflows(t *testing.T) {
	t.Parallel()
	workflow := read(t, ".github/workflows/ci.yml")
	words := strings.Join(strings.Fields(workflow), " ")
	assert.Contains(t, words, "module: ["+strings.Join(strings.Fields(read(t, "modules")), ", ")+"] ")
	steps := step.FindAllStringSubmatch(read(t, ".ci/run"), -1)
	require.NotEmpty(t, steps)
	for _, s := range steps {
		command := strings.ReplaceAll(s[1], `"$module"`, "${{ matrix.module }}")
		assert.Regexp(t, `(?m)^\s*- (run: )?`+regexp.QuoteMeta(command)+`( |$)`, workflow, "a step of .ci/run")
	}
}
