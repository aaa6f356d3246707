// Package release shows that modules are released, and live, one by one: make release and what it refuses, and two services side
// by side on two versions of kit.
package release

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/tests/shop"
)

// scratch is a repository with the files of this one as they are now, and without its history: nothing is released in it.
type scratch struct {
	t    *testing.T
	root string
}

func newScratch(t *testing.T) scratch {
	t.Helper()
	s := scratch{t: t, root: t.TempDir()}
	here := scratch{t: t, root: shop.Root()}
	for _, file := range strings.Split(strings.TrimSuffix(here.must("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"), "\x00"), "\x00") {
		source := filepath.Join(here.root, file)
		info, err := os.Stat(source)
		if os.IsNotExist(err) {
			continue // removed and not committed yet
		}
		require.NoError(t, err)
		content, err := os.ReadFile(source)
		require.NoError(t, err)
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(s.root, file)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(s.root, file), content, info.Mode()))
	}
	s.must("git", "init", "-q", "-b", "main")
	s.commit()
	return s
}

// run is a command at the scratch's root, and all that it printed.
func (s scratch) run(name string, args ...string) (string, error) {
	cmd := exec.CommandContext(s.t.Context(), name, args...)
	cmd.Dir = s.root
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	cmd.Env = append(os.Environ(), "MAKEFLAGS=", "ARGS=-short", "GOWORK=",
		"GIT_CONFIG_GLOBAL=/dev/null", "GIT_AUTHOR_NAME=team", "GIT_AUTHOR_EMAIL=team@example.com",
		"GIT_COMMITTER_NAME=team", "GIT_COMMITTER_EMAIL=team@example.com")
	err := cmd.Run()
	return output.String(), err
}

func (s scratch) must(name string, args ...string) string {
	s.t.Helper()
	output, err := s.run(name, args...)
	require.NoError(s.t, err, "%s %s:\n%s", name, strings.Join(args, " "), output)
	return output
}

// refused is what a command said that must fail.
func (s scratch) refused(name string, args ...string) string {
	s.t.Helper()
	output, err := s.run(name, args...)
	require.Error(s.t, err, "%s %s is not refused:\n%s", name, strings.Join(args, " "), output)
	return output
}

func (s scratch) commit() {
	s.t.Helper()
	s.must("git", "add", "--all")
	s.must("git", "commit", "-q", "-m", "what the team did")
}

// edit replaces every match in a file; none is an error.
func (s scratch) edit(file, pattern, with string) {
	s.t.Helper()
	path := filepath.Join(s.root, file)
	content, err := os.ReadFile(path)
	require.NoError(s.t, err)
	changed := regexp.MustCompile(pattern).ReplaceAll(content, []byte(with))
	require.NotEqual(s.t, string(content), string(changed), "%s has no %s", file, pattern)
	require.NoError(s.t, os.WriteFile(path, changed, 0o644))
}

// editGo does the same in every Go file of a module.
func (s scratch) editGo(module, pattern, with string) {
	s.t.Helper()
	files, err := s.run("grep", "-rlE", "--include=*.go", pattern, module)
	require.NoError(s.t, err, "%s has no %s", module, pattern)
	for _, file := range strings.Fields(files) {
		s.edit(file, pattern, with)
	}
}

// changelog writes the section that a version needs.
func (s scratch) changelog(module, version string) {
	s.t.Helper()
	s.edit(module+"/CHANGELOG.md", `## \[Unreleased\]\n`, "## [Unreleased]\n\n## ["+strings.TrimPrefix(version, "v")+"] - 2026-01-01\n\n### Added\n\n- What this version is for.\n")
	s.commit()
}
