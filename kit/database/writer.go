package database

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
)

// writer is the one connection that writes to a SQLite file, and the connector of a pool whose connections use it in turn and
// within their deadlines. A turn ends with the commit, before it is durable, so that several callers wait for that at once.
type writer struct {
	connector
	busy   chan struct{} // holds one element while a caller has the turn
	conn   *conn         // of the caller that has the turn; nil before the first
	closed bool
}

func (w *writer) Connect(context.Context) (driver.Conn, error) { return &writing{writer: w}, nil }

// Close is called when the pool is closed.
func (w *writer) Close() error {
	w.busy <- struct{}{}
	defer w.leave()
	w.closed = true
	if w.conn == nil {
		return nil
	}
	return w.conn.Close()
}

// take waits for the turn. A connection whose last statement was interrupted cannot be used again, so take opens a new one.
func (w *writer) take(ctx context.Context) error {
	select {
	case w.busy <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	if w.closed {
		w.leave()
		return sql.ErrConnDone
	}
	if w.conn != nil && w.conn.IsValid() {
		return nil
	}
	var err error
	if w.conn != nil {
		err = w.conn.Close()
		w.conn = nil
	}
	if err == nil {
		w.conn, err = w.open()
	}
	if err != nil {
		w.leave()
	}
	return err
}

func (w *writer) leave() { <-w.busy }

// ended ends the turn, and waits until all that was written and read is durable.
func (w *writer) ended(ctx context.Context) error {
	gone := w.file.there()
	w.leave()
	return errors.Join(gone, w.file.commits.settled(ctx))
}

// committed is ended, for a statement that may have committed.
func (w *writer) committed(ctx context.Context) error {
	w.file.commits.end()
	return w.ended(ctx)
}

// writing is a connection of the pool, which waits for its turn.
type writing struct {
	writer *writer
	turn   bool // in a transaction
}

func (c *writing) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	if err := c.writer.take(ctx); err != nil {
		return nil, err
	}
	inner, err := c.writer.conn.BeginTx(ctx, opts)
	if err != nil {
		c.writer.leave()
		return nil, err
	}
	c.turn = true
	return &tx{inner, c, func() error { return c.writer.ended(ctx) }}, nil
}

func (c *writing) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	w := c.writer
	if c.turn {
		return w.conn.ExecContext(ctx, query, args)
	}
	if err := w.take(ctx); err != nil {
		return nil, err
	}
	w.file.commits.begin()
	result, err := w.conn.ExecContext(ctx, query, args)
	return result, errors.Join(err, w.committed(ctx))
}

// QueryContext implements driver.QueryerContext. A statement that returns rows commits after its last row.
func (c *writing) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	w := c.writer
	if c.turn {
		return w.conn.QueryContext(ctx, query, args)
	}
	if err := w.take(ctx); err != nil {
		return nil, err
	}
	w.file.commits.begin()
	found, err := w.conn.QueryContext(ctx, query, args)
	if err != nil {
		return nil, errors.Join(err, w.committed(ctx))
	}
	return &rows{Rows: found, file: w.file, ended: func() error { return w.committed(ctx) }}, nil
}

func (c *writing) Ping(ctx context.Context) error {
	if err := c.writer.take(ctx); err != nil {
		return err
	}
	defer c.writer.leave()
	return c.writer.conn.Ping(ctx)
}

// Prepare implements driver.Conn: no caller prepares statements.
func (c *writing) Prepare(string) (driver.Stmt, error) {
	return nil, errors.New("statements are prepared by the connection")
}

func (c *writing) Begin() (driver.Tx, error) {
	return c.BeginTx(context.Background(), driver.TxOptions{})
}

// Close implements driver.Conn. The connection itself is closed with the pool.
func (c *writing) Close() error { return nil }

type tx struct {
	driver.Tx
	conn  *writing
	ended func() error // ends the turn
}

// Commit fails when the file is gone, and returns only after the commit is on the disk.
func (t *tx) Commit() error {
	commits := t.conn.writer.file.commits
	commits.begin()
	err := t.Tx.Commit()
	t.conn.writer.file.saw(err)
	commits.end()
	t.conn.turn = false
	return errors.Join(err, t.ended())
}

// Rollback waits too: a client may be sent what the transaction has read.
func (t *tx) Rollback() error {
	err := t.Tx.Rollback()
	t.conn.turn = false
	return errors.Join(err, t.ended())
}
