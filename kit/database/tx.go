package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

const maxAttempts = 3

// InTx runs fn in a transaction, commits when it returns nil and rolls back otherwise, also on a panic. After a deadlock or a
// serialization failure fn runs again, three times in all: it must change nothing outside the transaction. It must not begin
// another one, which on SQLite would wait for the first. A commit with an unknown outcome is fault.ErrUnavailable and is not
// repeated. Errors come back through Fault.
func (db *DB) InTx(ctx context.Context, fn func(ctx context.Context, tx Writer) error) error {
	for attempt := 1; ; attempt++ {
		err := db.once(ctx, fn)
		if err == nil || attempt == maxAttempts || !repeatable(err) {
			return Fault(lapsed(ctx, err))
		}
		select {
		case <-ctx.Done():
			return Fault(ctx.Err())
		case <-time.After(rand.N(10 * time.Millisecond * time.Duration(attempt))):
		}
	}
}

// lapsed adds ctx.Err() to an error: when ctx ends, database/sql rolls back, and later calls return only sql.ErrTxDone.
func lapsed(ctx context.Context, err error) error {
	if errors.Is(err, sql.ErrTxDone) && ctx.Err() != nil {
		return fmt.Errorf("%w: %w", ctx.Err(), err)
	}
	return err
}

func (db *DB) once(ctx context.Context, fn func(ctx context.Context, tx Writer) error) (err error) {
	tx, err := db.writer.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	committed := false
	defer func() {
		if committed {
			return
		}
		// The first error says more, unless fn read data that is not durable yet.
		if failed := tx.Rollback(); errors.Is(failed, errNotDurable) {
			err = failed
		}
	}()
	if err := fn(ctx, db.inside(tx)); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	committed = true
	return nil
}
