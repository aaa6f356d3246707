package database

import (
	"context"
	"database/sql"
	"os"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// Pools are the connections that read and those that write.
func (db *DB) Pools() (reader, writer *sql.DB) { return db.reader.DB, db.writer.DB }

// Doubtful reports whether a connection would be asked before it is used again, however long it has rested.
func Doubtful(ctx context.Context, conn *pgx.Conn) bool {
	return doubtful(ctx, stdlib.ShouldPingParams{Conn: conn, IdleDuration: time.Hour})
}

// OpenSyncing is Open of a SQLite file whose log is forced to the disk by sync.
func OpenSyncing(ctx context.Context, url string, sync func(log *os.File) error) (*DB, error) {
	return Open(ctx, url, Options{sync: sync})
}
