package logging

import (
	"context"
	"log/slog"
	"sync/atomic"
)

// Outage is something that is tried again and again, such as a poll or a job: it logs once that this fails, and once that it
// works again.
type Outage struct {
	Log          *slog.Logger
	Fails, Works string // the messages

	failing atomic.Bool
}

// Saw takes the outcome of a try; attrs go with the message that it fails. A failure after the end of ctx says nothing.
func (o *Outage) Saw(ctx context.Context, err error, attrs ...any) {
	switch {
	case err != nil && ctx.Err() == nil && !o.failing.Swap(true):
		o.Log.WarnContext(ctx, o.Fails, append(attrs, "error", err)...)
	case err == nil && o.failing.Swap(false):
		o.Log.InfoContext(ctx, o.Works)
	}
}
