package service

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/tienda-go/tienda/kit/httpserver"
)

// Program is what the command line of a service can do.
type Program struct {
	Service  string
	Serve    func(ctx context.Context) error // until ctx ends
	Describe func() *httpserver.Server       // the server without its dependencies: enough for its document
	Address  func() (string, error)          // host:port that Serve listens on
	Commands []Subcommand                    // the service's own commands
}

// Subcommand is a command that ends by itself.
type Subcommand struct {
	Words string // as they are typed: "admin create"
	Args  string // the arguments after them, for the help: "NAME"; "" = none
	Help  string
	Run   func(ctx context.Context, args []string) error
}

// ErrUsage is the error for unknown arguments. Its text is the help.
var ErrUsage = errors.New("usage")

// Main is Command for main: it writes an error to stderr and ends the process, with status 2 for unknown arguments, else with 1.
func Main(p Program) {
	err := Command(p, os.Args[1:], os.Stdout)
	switch {
	case err == nil:
		return
	case errors.Is(err, ErrUsage):
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	fmt.Fprintln(os.Stderr, p.Service+":", err)
	os.Exit(1)
}

// Command runs the command in args. Without arguments the service serves until SIGINT or SIGTERM; "openapi" writes its document
// to out; "health" succeeds if the service on this machine is ready, for the health checks of containers, whose image has no
// other program for a request; "help", and "--help" after any command, writes the list of commands to out. ErrUsage.
func Command(p Program, args []string, out io.Writer) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if len(args) == 0 {
		limitMemory()
		return p.Serve(ctx)
	}
	if slices.Equal(args, []string{"help"}) || slices.Contains([]string{"--help", "-help", "-h"}, args[len(args)-1]) {
		_, err := io.WriteString(out, p.help())
		return err
	}
	for _, c := range p.all(out) {
		words := strings.Fields(c.Words)
		more := len(strings.Fields(c.Args))
		if len(args) == len(words)+more && slices.Equal(args[:len(words)], words) {
			return c.Run(ctx, args[len(words):])
		}
	}
	return fmt.Errorf("%s: %s\n%w", p.Service, p.misread(args), usage(p.help()))
}

// misread says what is wrong with arguments that are no command: a word is missing, there are too many, or the first ones differ.
func (p Program) misread(args []string) string {
	typed := strings.Join(args, " ")
	for _, c := range p.all(nil) {
		words := strings.Fields(c.Words)
		common := min(len(args), len(words))
		if !slices.Equal(args[:common], words[:common]) {
			continue
		}
		wrong := "has too many words"
		if len(args) < len(words)+len(strings.Fields(c.Args)) {
			wrong = "lacks a word"
		}
		return fmt.Sprintf("%q %s: %s", typed, wrong, p.line(c))
	}
	return fmt.Sprintf("there is no %q", typed)
}

// line is a command as it is typed.
func (p Program) line(c Subcommand) string {
	return strings.TrimSpace(p.Service + " " + c.Words + " " + c.Args)
}

type usage string

func (u usage) Error() string        { return strings.TrimSuffix(string(u), "\n") }
func (u usage) Is(target error) bool { return target == ErrUsage }

func (p Program) all(out io.Writer) []Subcommand {
	return append(slices.Clone(p.Commands),
		Subcommand{Words: "openapi", Help: "prints the OpenAPI document as YAML", Run: func(context.Context, []string) error {
			document, err := p.Describe().OpenAPI()
			if err != nil {
				return err
			}
			_, err = out.Write(document)
			return err
		}},
		Subcommand{Words: "health", Help: "succeeds if the service that runs here is ready",
			Run: func(context.Context, []string) error {
				address, err := p.Address()
				if err != nil {
					return err
				}
				return askReady(address)
			}},
		Subcommand{Words: "help", Help: "prints this"},
	)
}

func (p Program) help() string {
	var b strings.Builder
	table := tabwriter.NewWriter(&b, 0, 0, 3, ' ', 0)
	fmt.Fprintln(table, "usage:")
	fmt.Fprintf(table, "  %s\tserves until SIGINT or SIGTERM\n", p.Service)
	for _, c := range p.all(nil) {
		fmt.Fprintf(table, "  %s\t%s\n", p.line(c), c.Help)
	}
	_ = table.Flush()
	return b.String() + "Its configuration is the environment; see README.md and docs/setup.md.\n"
}

// memoryLimit is the memory below which Go's collector tries to keep a service (GOMEMLIMIT overrides it). A busy service needs a
// third of it. Without a limit the collector starts only when memory has doubled, also after a flood of connections.
const memoryLimit = 160 << 20

func limitMemory() {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
}

// askReady fails unless the service at that address answers that it is ready.
func askReady(address string) error {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	if ip := net.ParseIP(host); host == "" || ip.IsUnspecified() {
		host = "localhost" // "every address" cannot be called
	}
	client := &http.Client{Timeout: 3 * time.Second}
	response, err := client.Get("http://" + net.JoinHostPort(host, port) + "/health/ready")
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("not ready: answered %d", response.StatusCode)
	}
	return nil
}
