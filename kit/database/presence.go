package database

import (
	"context"
	"database/sql/driver"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"
)

// presence says in the log that the database went away and that it is back, once each, however many requests find out.
type presence struct {
	log    *slog.Logger
	opened atomic.Bool // before, waiting has a log of its own
	away   atomic.Bool
}

// saw takes note of what came of using the database.
func (p *presence) saw(err error) {
	switch {
	case !p.opened.Load():
	case err != nil && !p.away.Swap(true):
		p.log.Warn("database away: requests that need it are answered 503", "error", err)
	case err == nil && p.away.Load() && p.away.Swap(false):
		p.log.Info("database back")
	}
}

// seen is a connector whose connections tell whether the server is there.
type seen struct {
	driver.Connector
	presence *presence
}

// A connection that fails sooner, because its request has no time left, says nothing about the server.
const fairConnect = time.Second

// Connect implements driver.Connector. A server without a free connection is there, and its refusal is in each request's line.
func (s seen) Connect(ctx context.Context) (driver.Conn, error) {
	start := time.Now()
	conn, err := s.Connector.Connect(ctx)
	hasty := ctx.Err() != nil && time.Since(start) < fairConnect
	if !errors.Is(err, context.Canceled) && !full(err) && !hasty {
		s.presence.saw(err)
	}
	return conn, err
}
