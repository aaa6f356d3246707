// Command tienda runs the whole shop on one machine, and shows it at work.
//
//	tienda run     builds the four services, runs them until Ctrl-C, SIGTERM or the death of one      (make run)
//	tienda demo    buys in the running shop, printing every call and its answer                       (make demo)
//
// Both follow the environment and the .env of the repository: ports, addresses, databases, DATA_DIR. The demo buys in the shop of
// `make up` where that runs.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/tienda-go/tienda/tests/launcher"
	"github.com/tienda-go/tienda/tests/story"
	"github.com/tienda-go/tienda/tests/terminal"
)

func main() {
	if err := execute(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "tienda:", err)
		os.Exit(1)
	}
}

func execute(args []string) error {
	if len(args) != 1 || args[0] != "run" && args[0] != "demo" {
		return errors.New("usage: tienda run | tienda demo")
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends at once
	out := terminal.New(os.Stdout)
	if args[0] == "demo" {
		return demo(ctx, out)
	}
	plan, err := launcher.Load()
	if err != nil {
		return err
	}
	if err := plan.CheckPorts(); err != nil {
		return err
	}
	if err := plan.Build(ctx, out); err != nil {
		if ctx.Err() != nil {
			return errors.New("stopped while building")
		}
		return err
	}
	if err := plan.Run(ctx, out); err != nil {
		return err
	}
	out.Printf("The shop is closed.\n")
	return nil
}

func demo(ctx context.Context, out *terminal.Terminal) error {
	options := func(plan *launcher.Plan) story.Options {
		return story.Options{URL: plan.URL, Username: plan.Admin.Username, Password: plan.Admin.Password, Out: out}
	}
	// The shop of Docker comes first: the other plan would make a password for a shop that is not there.
	docker, err := launcher.LoadDocker()
	if err != nil {
		return err
	}
	dockerRuns := docker != nil && len(launcher.NotReady(ctx, docker.Services)) == 0
	if dockerRuns && story.Admits(ctx, options(docker)) {
		return story.Tell(ctx, options(docker))
	}
	plan, err := launcher.Load()
	if err != nil {
		return err
	}
	waiting := launcher.NotReady(ctx, plan.Services)
	switch {
	case len(waiting) == 0:
		return story.Tell(ctx, options(plan))
	case dockerRuns:
		return story.Tell(ctx, options(docker)) // its login says what to do about the password
	default:
		return fmt.Errorf("the shop is not running (no answer from %s); start it with: make run, or with Docker: make up",
			strings.Join(waiting, ", "))
	}
}
