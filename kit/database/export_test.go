package database

import (
	"context"
	"database/sql"
	"os"
)

// Pools are the connections that read and those that write.
func (db *DB) Pools() (reader, writer *sql.DB) { return db.reader.DB, db.writer.DB }

// OpenSyncing is Open of a SQLite file whose log is forced to the disk by sync.
func OpenSyncing(ctx context.Context, url string, sync func(log *os.File) error) (*DB, error) {
	return Open(ctx, url, Options{sync: sync})
}
