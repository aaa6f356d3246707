//go:build linux

package images

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/tests/shop"
)

// image is what the last stage of a Dockerfile describes.
type image struct {
	root  string            // the folder that stands for / of the stage that builds
	final string            // the one that stands for / of the image
	env   map[string]string // of the last stage
	lines map[string]string // its other instructions, by name
}

// built runs the steps of a Dockerfile's first stage in an empty folder, as docker build would in an empty image: nothing is
// there but what COPY brings. Paths below / are put below that folder.
func built(t *testing.T, service string) image {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(shop.Root(), service, "Dockerfile"))
	require.NoError(t, err)
	i := image{root: t.TempDir(), final: t.TempDir(), lines: map[string]string{}}
	var env []string
	dir, stage := "/", 0
	for line := range strings.Lines(string(text)) {
		instruction, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		rest = strings.TrimSpace(rest)
		switch {
		case instruction == "" || instruction == "#":
		case instruction == "FROM":
			stage++
			i.env, dir = map[string]string{}, "/"
			if stage == 2 {
				assert.Equal(t, "scratch", rest, "the last stage is the image, and begins with nothing")
			}
		case instruction == "ENV":
			for pair := range strings.FieldsSeq(rest) {
				name, value, _ := strings.Cut(pair, "=")
				i.env[name] = value
				if stage == 1 {
					env = append(env, pair)
				}
			}
		case instruction == "WORKDIR":
			dir = rest
			require.NoError(t, os.MkdirAll(i.root+dir, 0o755))
		case instruction == "COPY" && stage == 1:
			copySources(t, strings.Fields(rest), i.root+dir)
		case instruction == "RUN" && stage == 1:
			i.run(t, dir, rest, env)
		case instruction == "COPY":
			i.take(t, strings.Fields(rest))
		case stage == 2:
			i.lines[instruction] += rest + "\n"
		default:
			t.Fatalf("%s/Dockerfile: this test does not know how to run %q", service, line)
		}
	}
	require.Equal(t, 2, stage, "two stages")
	return i
}

// take copies from the stage that builds into the image. What that stage has from its base image is this machine's.
func (i image) take(t *testing.T, args []string) {
	t.Helper()
	require.Equal(t, "--from=build", args[0], "the image has nothing but what was built")
	from, to := args[len(args)-2], args[len(args)-1]
	source := i.root + from
	if _, err := os.Stat(source); os.IsNotExist(err) {
		source = from
	}
	target := i.final + to
	if strings.HasSuffix(to, "/") {
		target = filepath.Join(target, filepath.Base(from))
	}
	require.NoError(t, os.MkdirAll(filepath.Dir(target), 0o755))
	output, err := exec.CommandContext(t.Context(), "cp", "-R", source, target).CombinedOutput()
	require.NoError(t, err, "COPY %s\n%s", from, output)
	if owner, ok := strings.CutPrefix(args[1], "--chown="); ok && os.Geteuid() == 0 {
		output, err := exec.CommandContext(t.Context(), "chown", "-R", owner, target).CombinedOutput()
		require.NoError(t, err, "%s", output)
	}
}

// unprivileged is the user that images run as, a number because an image has no names.
const unprivileged = 65532

// command is a program of the image as Docker runs it: in a file system that has nothing else, as a user who may write to its
// /data alone. Only root can do that; for anybody else it runs as it is.
func (i image) command(env []string, args ...string) *exec.Cmd {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir, cmd.Env = "/data", env
	if os.Geteuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: i.final, Credential: &syscall.Credential{Uid: unprivileged, Gid: unprivileged}}
		return cmd
	}
	cmd.Path, cmd.Dir = i.final+args[0], i.final+"/data"
	cmd.Env = append(cmd.Env, "DATA_DIR="+cmd.Dir)
	return cmd
}

func (i image) run(t *testing.T, dir, command string, env []string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh", "-ec", strings.ReplaceAll(command, "/out", i.root+"/out"))
	cmd.Dir = i.root + dir
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + i.root}, env...)
	for _, cache := range []string{"GOCACHE", "GOMODCACHE", "GOPROXY", "GOSUMDB"} { // nothing of the build is in these
		value, err := exec.CommandContext(t.Context(), "go", "env", cache).Output()
		require.NoError(t, err)
		cmd.Env = append(cmd.Env, cache+"="+strings.TrimSpace(string(value)))
	}
	require.NoError(t, os.MkdirAll(i.root+"/out", 0o755))
	output, err := cmd.CombinedOutput()
	require.NoError(t, err, "RUN %s\n%s", command, output)
}

// copySources copies as COPY does, without what .dockerignore keeps out.
func copySources(t *testing.T, args []string, dir string) {
	t.Helper()
	ignored := dockerignore(t)
	sources, to := args[:len(args)-1], filepath.Join(dir, args[len(args)-1])
	for _, source := range sources {
		from := filepath.Join(shop.Root(), source)
		require.NoError(t, filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			name, err := filepath.Rel(shop.Root(), path)
			require.NoError(t, err)
			left, err := ignored.MatchesOrParentMatches(name)
			require.NoError(t, err)
			if left {
				return nil
			}
			target := filepath.Join(to, strings.TrimPrefix(path, from))
			if path == from { // a file that is named goes into the folder
				target = filepath.Join(to, entry.Name())
			}
			require.NoError(t, os.MkdirAll(filepath.Dir(target), 0o755))
			copyFile(t, path, target)
			return nil
		}))
	}
}

// dockerignore reads the file as Docker does.
func dockerignore(t *testing.T) *patternmatcher.PatternMatcher {
	t.Helper()
	file, err := os.Open(filepath.Join(shop.Root(), ".dockerignore"))
	require.NoError(t, err)
	defer file.Close()
	patterns, err := ignorefile.ReadAll(file)
	require.NoError(t, err)
	matcher, err := patternmatcher.New(patterns)
	require.NoError(t, err)
	return matcher
}

// TestDockerignore: what a build gets are sources; nothing that was made here, and no secret.
func TestDockerignore(t *testing.T) {
	t.Parallel()
	ignored := dockerignore(t)
	for name, want := range map[string]bool{
		"kit/go.mod": false, "kit/money/money.go": false, "auth/cmd/auth/main.go": false, "pedidos/adapters/bunstore/migrations/sqlite/0001_pedidos.sql": false,
		".env": true, "auth/.env": true, "data/secret_key": true, "auth/data/secret_key": true, "auth/data/auth.db": true, "auth/auth.db-wal": true,
		".git/config": true, "bin/auth": true, "tests/go.mod": true, "kit/README.md": true, "kit/money/money_test.go": true,
	} {
		got, err := ignored.MatchesOrParentMatches(name)
		require.NoError(t, err)
		assert.Equal(t, want, got, name)
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	content, err := os.ReadFile(from)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(to, content, 0o644))
}
