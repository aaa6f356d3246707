package launcher

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/tienda-go/tienda/tests/process"
	"github.com/tienda-go/tienda/tests/terminal"
)

// grace is how long the services may take to finish their requests.
const grace = 10 * time.Second

// child is a service that runs.
type child struct {
	*process.Process
	name  string
	lines *lines
}

// Run starts the services and keeps them running until ctx ends, which is an orderly end (nil), or until one ends by itself,
// which ends the others and is an error. The caller must have built them and checked the ports.
func (p *Plan) Run(ctx context.Context, t *terminal.Terminal) error {
	var children []*child
	defer func() {
		for _, name := range stop(children) {
			t.Printf("%s did not end within %s and was killed\n", name, grace)
		}
	}()
	dead := make(chan *child, len(p.Services))
	styles := []terminal.Style{terminal.Cyan, terminal.Green, terminal.Purple, terminal.Blue}
	// auth starts first: the others are not ready without its keys, and would log that.
	for _, wave := range [][]Service{p.Services[:1], p.Services[1:]} {
		for _, s := range wave {
			c, err := p.start(s, t, styles[len(children)])
			if err != nil {
				return fmt.Errorf("starting %s: %w", s.Name, err)
			}
			children = append(children, c)
			go func() {
				<-c.Done()
				dead <- c
			}()
		}
		if c := await(ctx, wave, t, dead); c != nil {
			return report(c)
		}
	}
	if ctx.Err() == nil {
		p.banner(t)
	}
	select {
	case <-ctx.Done():
		t.Printf("\nStopping the shop ...\n")
		return nil
	case c := <-dead:
		return report(c)
	}
}

func (p *Plan) start(s Service, t *terminal.Terminal, style terminal.Style) (*child, error) {
	l := &lines{out: t, name: s.Name, style: style}
	cmd := exec.Command(filepath.Join(p.Root, "bin", s.Name))
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = p.Root, p.environment(), l, l
	started, err := process.Start(cmd)
	if err != nil {
		return nil, err
	}
	return &child{started, s.Name, l}, nil
}

// stop ends the children one after the other, the one that needs the others first, so that no request in flight loses
// its peer. It returns the names of those that had to be killed.
func stop(children []*child) (killed []string) {
	deadline := time.Now().Add(grace)
	for _, c := range slices.Backward(children) {
		if !c.Stop(deadline) {
			killed = append(killed, c.name)
		}
	}
	return killed
}

// report prints which service ended, how, and its last lines.
func report(c *child) error {
	how := "ended"
	if err := c.Err(); err != nil {
		how = "died (" + err.Error() + ")"
	}
	lines := append([]string{""}, c.lines.tail()...)
	return fmt.Errorf("%s %s; the shop is closed. Its last lines:%s", c.name, how, strings.Join(lines, "\n    "))
}

// await returns when the services are ready or ctx ends; if a child ends before, that child. Now and then it prints what it
// waits for.
func await(ctx context.Context, services []Service, t *terminal.Terminal, dead <-chan *child) *child {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for start, shown := time.Now(), time.Now(); ; {
		waiting := NotReady(ctx, services)
		if len(waiting) == 0 {
			return nil
		}
		if time.Since(shown) > 5*time.Second {
			shown = time.Now()
			t.Printf("waiting for %s (%d s)\n", strings.Join(waiting, ", "), int(time.Since(start).Seconds()))
		}
		select {
		case <-ctx.Done():
			return nil
		case c := <-dead:
			return c
		case <-tick.C:
		}
	}
}

// NotReady are the services that do not answer GET /health/ready with 200.
func NotReady(ctx context.Context, services []Service) (names []string) {
	for _, s := range services {
		if !Ready(ctx, s.URL) {
			names = append(names, s.Name)
		}
	}
	return names
}

// Ready reports whether the service at url can serve.
func Ready(ctx context.Context, url string) bool { return Answers(ctx, url+"/health/ready") }

// Answers reports whether GET url is answered with 200, within ten seconds: a busy machine takes some.
func Answers(ctx context.Context, url string) bool {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return false
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, response.Body)
	return response.StatusCode == http.StatusOK
}

func (p *Plan) banner(t *terminal.Terminal) {
	var b strings.Builder
	b.WriteString("\n" + t.Paint(terminal.Bold, "The shop is open.") + "\n\n")
	for _, s := range p.Services {
		fmt.Fprintf(&b, "  %-11s %s\n", s.Name, t.Paint(terminal.Cyan, s.URL+"/docs"))
	}
	if p.Admin.KeptIn != "" {
		fmt.Fprintf(&b, "\n  %-11s %s\n  %-11s %s   (kept in %s)\n", "admin", p.Admin.Username, "password", p.Admin.Password,
			p.Admin.KeptIn)
	}
	b.WriteString("\nNext, in another terminal: " + t.Paint(terminal.Bold, "make demo") + "    To stop: Ctrl-C\n\n")
	t.Printf("%s", b.String())
}
