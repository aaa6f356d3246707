package httpserver

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
	"time"
)

// Program is what a service can be asked to do on its command line.
type Program struct {
	Service  string
	Serve    func(ctx context.Context) error // until ctx ends
	Describe func() *Server                  // the server without what it works with: enough for its document
	Address  func() (string, error)          // host:port that Serve listens on
	Others   []string                        // what the service does by itself, for the usage text
}

// Command runs what args say. Without any the service serves, until SIGINT or SIGTERM; "openapi" writes its document to out;
// "health" succeeds if the service that runs here is ready, for the health checks of containers, whose image has no other
// program to ask with.
func Command(p Program, args []string, out io.Writer) error {
	switch {
	case len(args) == 0:
		limitMemory()
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
		defer stop()
		return p.Serve(ctx)
	case len(args) == 1 && args[0] == "openapi":
		document, err := p.Describe().OpenAPI()
		if err != nil {
			return err
		}
		_, err = out.Write(document)
		return err
	case len(args) == 1 && args[0] == "health":
		address, err := p.Address()
		if err != nil {
			return err
		}
		return askReady(address)
	}
	return fmt.Errorf("unknown arguments %q; usage: %s [%s]", args, p.Service, strings.Join(append([]string{"openapi", "health"}, p.Others...), " | "))
}

// memoryLimit is what Go's collector keeps a service below, if it can (GOMEMLIMIT says otherwise). A service at work needs a third
// of it. Without a limit the collector lets memory double before it begins, also when a flood of connections has taken it.
const memoryLimit = 160 << 20

func limitMemory() {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
}

// askReady fails unless who listens there says that it can serve.
func askReady(address string) error {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	if ip := net.ParseIP(host); host == "" || ip.IsUnspecified() {
		host = "localhost" // one cannot call "every address"
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
