package database

import (
	"context"
	"database/sql/driver"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"
)

// presence logs once that the database went away, and once that it is back, even when many requests see it.
type presence struct {
	log    *slog.Logger
	opened atomic.Bool // before that, wait logs
	away   atomic.Bool
}

// saw notes the outcome of a use of the database.
func (p *presence) saw(err error) {
	switch {
	case !p.opened.Load():
	case err != nil && !p.away.Swap(true):
		p.log.Warn("database unavailable: requests that need it get 503", "error", err)
	case err == nil && p.away.Load() && p.away.Swap(false):
		p.log.Info("database available again")
	}
}

// seen is a connector that notes from each connection whether the server is there.
type seen struct {
	driver.Connector
	presence *presence
}

// A connection that fails sooner, because its request has no time left, is no sign that the server is down.
const fairConnect = time.Second

// Connect implements driver.Connector. A server without a free connection is up; the log line of each request has its refusal.
func (s seen) Connect(ctx context.Context) (driver.Conn, error) {
	start := time.Now()
	conn, err := s.Connector.Connect(ctx)
	hasty := ctx.Err() != nil && time.Since(start) < fairConnect
	if !errors.Is(err, context.Canceled) && !full(err) && !hasty {
		s.presence.saw(err)
	}
	return conn, err
}
