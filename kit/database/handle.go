package database

import (
	"context"
	"database/sql"

	"github.com/jackc/pgx/v5"
	"github.com/uptrace/bun"
)

// Reader runs statements that change nothing. Its zero value is not usable: DB.Read gives one, and each Writer has one.
type Reader struct{ on session }

// Writer runs statements that change something, and reads what they have changed.
type Writer struct{ Reader }

// session is where statements run: a pool or a transaction. plain takes $1, $2 …; bun writes the arguments into the text.
type session struct {
	bun      bun.IDB
	plain    bun.IConn
	prepare  bool    // tell pgx to keep the statement prepared
	postgres *sql.DB // the pool, where pgx itself can be asked: on PostgreSQL, outside of a transaction
}

// Read is for single statements that change nothing. On SQLite they run beside a writer, and cannot write.
func (db *DB) Read() Reader { return Reader{db.session(db.reader)} }

// Write is for single statements that change something; InTx is for several. On SQLite writers queue within their deadlines.
func (db *DB) Write() Writer { return Writer{Reader{db.session(db.writer)}} }

func (db *DB) session(pool *bun.DB) session {
	s := session{bun: pool, plain: pool.DB, prepare: db.prepare}
	if db.engine == Postgres {
		s.postgres = pool.DB
	}
	return s
}

func (db *DB) inside(tx bun.Tx) Writer {
	return Writer{Reader{session{bun: tx, plain: tx.Tx, prepare: db.prepare}}}
}

// Query runs a statement with $1, $2 … With arguments it is prepared once a connection and kept: its text must not hold values.
func (r Reader) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return r.on.plain.QueryContext(ctx, query, r.on.keep(args)...)
}

// QueryRow is Query for a single row.
func (r Reader) QueryRow(ctx context.Context, query string, args ...any) *sql.Row {
	return r.on.plain.QueryRowContext(ctx, query, r.on.keep(args)...)
}

// NewSelect is Bun's SELECT. It writes the arguments into the text, so it is not prepared: use it only off the hot paths.
func (r Reader) NewSelect() *bun.SelectQuery { return r.on.bun.NewSelect() }

// Exec runs a statement with $1, $2 … that returns no rows; see Query.
func (w Writer) Exec(ctx context.Context, query string, args ...any) (sql.Result, error) {
	return w.on.plain.ExecContext(ctx, query, w.on.keep(args)...)
}

// NewInsert is Bun's INSERT; see NewSelect.
func (w Writer) NewInsert() *bun.InsertQuery { return w.on.bun.NewInsert() }

// NewUpdate is Bun's UPDATE; see NewSelect.
func (w Writer) NewUpdate() *bun.UpdateQuery { return w.on.bun.NewUpdate() }

// NewDelete is Bun's DELETE; see NewSelect.
func (w Writer) NewDelete() *bun.DeleteQuery { return w.on.bun.NewDelete() }

// keep adds the argument that makes pgx keep the statement prepared.
func (s session) keep(args []any) []any {
	if !s.prepare || len(args) == 0 {
		return args
	}
	return append([]any{pgx.QueryExecModeCacheStatement}, args...)
}

// Changed reports whether Exec changed a row: on a conflict, INSERT … ON CONFLICT DO NOTHING changes none and is no error.
func Changed(result sql.Result, err error) (bool, error) {
	n, err := affected(result, err)
	return n > 0, err
}

func affected(result sql.Result, err error) (int64, error) {
	if err != nil {
		return 0, Fault(err)
	}
	return result.RowsAffected()
}

const removeBatch = 1000

// RemoveAll calls remove until no row is left, and counts the removed rows. remove deletes up to limit rows, in one statement.
func RemoveAll(ctx context.Context, remove func(ctx context.Context, limit int) (int64, error)) (int64, error) {
	for total := int64(0); ; {
		n, err := remove(ctx, removeBatch)
		if total += n; err != nil || n < removeBatch {
			return total, err
		}
	}
}

// Removed runs a DELETE and returns how many rows it removed.
func (db *DB) Removed(ctx context.Context, query string, args ...any) (int64, error) {
	return affected(db.Write().Exec(ctx, query, args...))
}
