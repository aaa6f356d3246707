package httpserver

import (
	"context"
	"fmt"
	"io"
	"os/signal"
	"syscall"
)

// Command is the command line of a service. Without arguments it serves, until SIGINT or SIGTERM ends ctx; "openapi" writes
// the document of the server that describe builds to out.
func Command(service string, args []string, out io.Writer, serve func(ctx context.Context) error, describe func() *Server) error {
	switch {
	case len(args) == 0:
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
		defer stop()
		return serve(ctx)
	case len(args) == 1 && args[0] == "openapi":
		document, err := describe().OpenAPI()
		if err != nil {
			return err
		}
		_, err = out.Write(document)
		return err
	}
	return fmt.Errorf("unknown arguments %q; usage: %s [openapi]", args, service)
}
