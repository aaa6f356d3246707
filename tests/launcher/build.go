package launcher

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/tienda-go/tienda/tests/terminal"
)

// Build compiles the services into bin. Go's cache makes it quick when nothing changed; the first time takes minutes, so
// it shows what it is at.
func (p *Plan) Build(ctx context.Context, t *terminal.Terminal) error {
	t.Printf("Building the four services (the first time takes some minutes) ...\n")
	for _, s := range p.Services {
		start := time.Now()
		progress := &progress{out: t, name: s.Name, shown: time.Now()}
		err := Compile(ctx, p.Root, s.Name, filepath.Join(p.Root, "bin"), progress)
		t.ClearLine()
		if err != nil {
			return err
		}
		t.Printf("  %-11s built in %.1f s\n", s.Name, time.Since(start).Seconds())
	}
	return nil
}

// Compile builds the binary of one service into dir, as a release is built; Go finds what it has compiled for another copy of
// the repository. It passes the names of the compiled packages to progress.
func Compile(ctx context.Context, root, name, dir string, progress io.Writer) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-v", "-o", filepath.Join(dir, name), "./cmd/"+name)
	cmd.Dir = filepath.Join(root, name)
	var output bytes.Buffer
	cmd.Stdout = io.MultiWriter(&output, progress)
	cmd.Stderr = cmd.Stdout
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("building %s: %w\n%s", name, err, strings.TrimSpace(output.String()))
	}
	return nil
}

// progress counts the lines of `go build -v`: on a terminal in one changing line, elsewhere in a line now and then.
type progress struct {
	out   *terminal.Terminal
	name  string
	mu    sync.Mutex
	count int
	shown time.Time
}

func (p *progress) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	lines := strings.Fields(strings.ReplaceAll(string(b), "go: downloading ", ""))
	p.count += bytes.Count(b, []byte("\n"))
	if len(lines) == 0 {
		return len(b), nil
	}
	switch last := lines[len(lines)-1]; {
	case p.out.Interactive():
		p.out.ClearLine()
		p.out.Printf("  %-11s %4d  %.60s", p.name, p.count, last)
	case time.Since(p.shown) > 10*time.Second:
		p.shown = time.Now()
		p.out.Printf("  %-11s %4d packages so far\n", p.name, p.count)
	}
	return len(b), nil
}
