// Package scratch copies this repository, so that a test can use the copy like a developer: run its commands, change files,
// commit, release.
package scratch

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/tests/shop"
)

// Repository has the files of this one as they are now, and nothing of its history: nothing is released in it.
type Repository struct {
	t    testing.TB
	Root string
	Env  []string // further environment of its commands
}

// New is a copy of its own for a test.
func New(t testing.TB) Repository {
	t.Helper()
	r := Repository{t: t, Root: t.TempDir()}
	here := Repository{t: t, Root: shop.Root()}
	files := here.Must("git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	for _, file := range strings.Split(strings.TrimSuffix(files, "\x00"), "\x00") {
		source := filepath.Join(here.Root, file)
		info, err := os.Stat(source)
		if os.IsNotExist(err) {
			continue // removed and not committed yet
		}
		require.NoError(t, err)
		content, err := os.ReadFile(source)
		require.NoError(t, err)
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(r.Root, file)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(r.Root, file), content, info.Mode()))
	}
	r.Must("git", "init", "-q", "-b", "main")
	r.Commit()
	return r
}

// inherited are the variables that say where programs are and how the network is reached. Everything else is left behind: a
// GIT_DIR or a PEDIDOS_DB_URL would lead a command of the copy to the real repository, or to real orders.
var inherited = regexp.MustCompile(`^(PATH|HOME|USER|LOGNAME|SHELL|TMPDIR|LANG|CI|CC|TEST_DATABASE_URL|` +
	`(GO|CGO_|XDG_|SSL_|NODE_|npm_|NPM_)\w*|\w*(CA_BUNDLE|CAINFO|_proxy|_PROXY))=`)

// Environment is that of commands in a copy. Tests are narrowed to the short ones, and benchmarks run once. Without the paths of
// its sources, which are others in each copy, Go finds what it has compiled before.
func Environment() []string {
	env := slices.DeleteFunc(os.Environ(), func(variable string) bool { return !inherited.MatchString(variable) })
	return append(env, // where a variable is there twice, the last one counts (os/exec)
		"ARGS=-short", "GOWORK=", "GOFLAGS=-trimpath -benchtime=1x "+os.Getenv("GOFLAGS"),
		"GIT_CONFIG_GLOBAL=/dev/null", "GIT_AUTHOR_NAME=team", "GIT_AUTHOR_EMAIL=team@example.com",
		"GIT_COMMITTER_NAME=team", "GIT_COMMITTER_EMAIL=team@example.com")
}

// run is a command at the copy's root, and all that it printed.
func (r Repository) run(name string, args ...string) (string, error) {
	cmd := exec.CommandContext(r.t.Context(), name, args...)
	cmd.Dir = r.Root
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	cmd.Env = append(Environment(), r.Env...)
	err := cmd.Run()
	return output.String(), err
}

// Must is what a command printed that must succeed.
func (r Repository) Must(name string, args ...string) string {
	r.t.Helper()
	output, err := r.run(name, args...)
	require.NoError(r.t, err, "%s %s:\n%s", name, strings.Join(args, " "), output)
	return output
}

// Refused is what a command printed that must fail.
func (r Repository) Refused(name string, args ...string) string {
	r.t.Helper()
	output, err := r.run(name, args...)
	require.Error(r.t, err, "%s %s is not refused:\n%s", name, strings.Join(args, " "), output)
	return output
}

// Commit commits everything.
func (r Repository) Commit() {
	r.t.Helper()
	r.Must("git", "add", "--all")
	r.Must("git", "commit", "-q", "-m", "what the team did")
}

// Edit replaces every match in a file; none is an error.
func (r Repository) Edit(file, pattern, with string) {
	r.t.Helper()
	path := filepath.Join(r.Root, file)
	content, err := os.ReadFile(path)
	require.NoError(r.t, err)
	changed := regexp.MustCompile(pattern).ReplaceAll(content, []byte(with))
	require.NotEqual(r.t, string(content), string(changed), "%s has no %s", file, pattern)
	require.NoError(r.t, os.WriteFile(path, changed, 0o644))
}

// Write makes a file.
func (r Repository) Write(file, content string) {
	r.t.Helper()
	path := filepath.Join(r.Root, file)
	require.NoError(r.t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(r.t, os.WriteFile(path, []byte(content), 0o644))
}

// EditGo does the same in every Go file of a module.
func (r Repository) EditGo(module, pattern, with string) {
	r.t.Helper()
	files, err := r.run("grep", "-rlE", "--include=*.go", pattern, module)
	require.NoError(r.t, err, "%s has no %s", module, pattern)
	for _, file := range strings.Fields(files) {
		r.Edit(file, pattern, with)
	}
}

// Changelog writes and commits the section that a release needs.
func (r Repository) Changelog(module, version string) {
	r.t.Helper()
	r.Edit(module+"/CHANGELOG.md", `## \[Unreleased\]\n`,
		"## [Unreleased]\n\n## ["+strings.TrimPrefix(version, "v")+"] - 2026-01-01\n\n### Added\n\n- What this version is for.\n")
	r.Commit()
}
