package database

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"time"
)

// migrationLock is the key of PostgreSQL's advisory lock; each service has a database of its own, so one key will do.
const migrationLock = 0x7469656e6461 // "tienda"

var migrationName = regexp.MustCompile(`^(\d{4})_([a-z0-9_]+)\.sql$`)

type migration struct {
	version  int64
	name     string
	sql      string
	checksum string
}

// Migrate applies the steps of the engine's folder that are missing, <engine>/0001_name.sql and on, all in one transaction
// and under a lock: of several instances that start at once, one migrates and the others find it done. A step that was
// edited, renamed or removed after it was applied is an error, and so is a database that is ahead of this program. On PostgreSQL
// the role gets its time limits in this database, see timeLimits.
func (db *DB) Migrate(ctx context.Context, fsys fs.FS) error {
	steps, err := readMigrations(fsys, string(db.engine))
	if err != nil {
		return err
	}
	var missing []migration
	err = db.InTx(ctx, func(ctx context.Context, tx Writer) (err error) {
		missing, err = db.migrate(ctx, tx, steps)
		return err
	})
	if err != nil {
		return fmt.Errorf("migrate: %w%s", err, hint(err))
	}
	if db.engine == Postgres {
		db.server.distrust() // connections that were opened before it do not have the time limits
	}
	for _, s := range missing {
		db.log.InfoContext(ctx, "migration applied", "step", fmt.Sprintf("%04d_%s", s.version, s.name))
	}
	db.migrated.Store(true)
	return nil
}

func readMigrations(fsys fs.FS, folder string) ([]migration, error) {
	entries, err := fs.ReadDir(fsys, folder)
	if err != nil {
		return nil, fmt.Errorf("migrations: %w", err)
	}
	var steps []migration
	for _, e := range entries {
		parts := migrationName.FindStringSubmatch(e.Name())
		if parts == nil {
			return nil, fmt.Errorf("migrations: %s/%s is not named like 0001_name.sql", folder, e.Name())
		}
		raw, err := fs.ReadFile(fsys, path.Join(folder, e.Name()))
		if err != nil {
			return nil, fmt.Errorf("migrations: %w", err)
		}
		version, err := strconv.ParseInt(parts[1], 10, 64)
		if err != nil {
			return nil, fmt.Errorf("migrations: %w", err)
		}
		sum := sha256.Sum256(raw)
		steps = append(steps, migration{version, parts[2], string(raw), hex.EncodeToString(sum[:])})
	}
	slices.SortFunc(steps, func(a, b migration) int { return cmp.Compare(a.version, b.version) })
	for i, s := range steps {
		if s.version != int64(i+1) {
			return nil, fmt.Errorf("migrations: %s has no step %04d, or has it twice", folder, i+1)
		}
	}
	return steps, nil
}

// migrate returns the steps that it has applied.
func (db *DB) migrate(ctx context.Context, tx Writer, steps []migration) (missing []migration, err error) {
	if db.engine == Postgres {
		limits, err := timeLimits(ctx, tx)
		if err != nil {
			return nil, err
		}
		// Waiting for another instance's migration may take longer than a statement of a request may.
		if _, err := tx.Exec(ctx, "SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0"); err != nil {
			return nil, err
		}
		if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock($1)", int64(migrationLock)); err != nil {
			return nil, err
		}
		if _, err := tx.Exec(ctx, limits); err != nil {
			return nil, err
		}
	}
	_, err = tx.Exec(ctx, `CREATE TABLE IF NOT EXISTS schema_migrations (
		version bigint PRIMARY KEY, name text NOT NULL, checksum text NOT NULL, applied_at text NOT NULL)`)
	if err != nil {
		return nil, err
	}
	applied, err := readApplied(ctx, tx)
	if err != nil {
		return nil, err
	}
	if len(applied) > len(steps) {
		return nil, fmt.Errorf("the database is at step %04d, this program knows %04d: use the newer program", len(applied), len(steps))
	}
	for i, s := range steps {
		if i < len(applied) {
			if a := applied[i]; a.version != s.version || a.name != s.name || a.checksum != s.checksum {
				return nil, fmt.Errorf("step %04d_%s was changed after it was applied; write a new step instead", s.version, s.name)
			}
			continue
		}
		if _, err := tx.Exec(ctx, s.sql); err != nil {
			return nil, fmt.Errorf("step %04d_%s: %w", s.version, s.name, err)
		}
		_, err := tx.Exec(ctx, "INSERT INTO schema_migrations (version, name, checksum, applied_at) VALUES ($1, $2, $3, $4)",
			s.version, s.name, s.checksum, time.Now().UTC().Format(time.RFC3339))
		if err != nil {
			return nil, err
		}
		missing = append(missing, s)
	}
	return missing, nil
}

// timeLimits are the statements that make it a default of the role in this database that a statement that hangs does not hold its
// connection, and a client that hangs not its locks; what the role, the database or the URL says of them already, stays. Any role
// may set its own defaults. A parameter of the connection's start would be refused by poolers, and a SET would stay behind for
// other clients of the pool.
func timeLimits(ctx context.Context, tx Writer) (statements string, err error) {
	err = tx.QueryRow(ctx, `
		SELECT coalesce(string_agg(format('ALTER ROLE CURRENT_USER IN DATABASE %I SET %I = %L', current_database(), name, wanted), '; '), '')
		FROM (VALUES ('statement_timeout', '15s'), ('lock_timeout', '5s'), ('idle_in_transaction_session_timeout', '15s')) AS l (name, wanted)
		JOIN pg_settings USING (name)
		WHERE source NOT IN ('database', 'user', 'database user', 'client')`).Scan(&statements)
	return statements, err
}

func readApplied(ctx context.Context, tx Writer) ([]migration, error) {
	rows, err := tx.Query(ctx, "SELECT version, name, checksum FROM schema_migrations ORDER BY version")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var applied []migration
	for rows.Next() {
		var m migration
		if err := rows.Scan(&m.version, &m.name, &m.checksum); err != nil {
			return nil, err
		}
		applied = append(applied, m)
	}
	return applied, rows.Err()
}
