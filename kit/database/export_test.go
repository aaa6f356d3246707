package database

import "database/sql"

// Pools are the connections that read and those that write.
func (db *DB) Pools() (reader, writer *sql.DB) { return db.reader.DB, db.writer.DB }
