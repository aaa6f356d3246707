// Package logging writes one JSON object a line: what happened, in which service, for which request, trace and user.
//
// The ids of a request are in its context (WithRequest): use log.InfoContext. Secrets are removed by the name of the attribute
// and by the shape of the text, also inside errors, because more people read a log than a database. Each entry is one line for
// every input, control characters and broken UTF-8 included.
package logging

import (
	"context"
	"io"
	"log/slog"
	"slices"
)

// New is the logger of a service. level nil is info. secretNames are members that hold a secret though their names do not say so.
func New(w io.Writer, service string, level slog.Leveler, secretNames []string) *slog.Logger {
	base := slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level, ReplaceAttr: newRedactor(secretNames).redact})
	return slog.New(&handler{Handler: base.WithAttrs([]slog.Attr{slog.String("service", service)})})
}

// handler adds the attributes of the request in the context, always at the top level. A logger with an open group would put them
// into the group, so the handler keeps the steps of such a logger and repeats them after the attributes.
type handler struct {
	slog.Handler
	steps []func(slog.Handler) slog.Handler // With and WithGroup from the first group on
}

func (h *handler) Handle(ctx context.Context, record slog.Record) error {
	attrs := requestAttrs(ctx)
	if len(h.steps) == 0 {
		if len(attrs) > 0 {
			record = record.Clone()
			record.AddAttrs(attrs...)
		}
		return h.Handler.Handle(ctx, record)
	}
	next := h.Handler.WithAttrs(attrs)
	for _, step := range h.steps {
		next = step(next)
	}
	return next.Handle(ctx, record)
}

func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	if len(h.steps) == 0 {
		return &handler{Handler: h.Handler.WithAttrs(attrs)}
	}
	return h.with(func(next slog.Handler) slog.Handler { return next.WithAttrs(attrs) })
}

func (h *handler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	return h.with(func(next slog.Handler) slog.Handler { return next.WithGroup(name) })
}

func (h *handler) with(step func(slog.Handler) slog.Handler) slog.Handler {
	return &handler{Handler: h.Handler, steps: append(h.steps[:len(h.steps):len(h.steps)], step)}
}

// requestAttrs are the ids of the request in ctx; none outside of a request.
func requestAttrs(ctx context.Context) []slog.Attr {
	c := carrierFrom(ctx)
	if c == nil {
		return nil
	}
	user, _ := c.user.Load().(string)
	return slices.DeleteFunc([]slog.Attr{
		slog.String("request_id", c.request.ID),
		slog.String("trace_id", c.request.TraceID),
		slog.String("span_id", c.request.SpanID),
		slog.String("usuario", user),
	}, func(a slog.Attr) bool { return a.Value.String() == "" })
}
