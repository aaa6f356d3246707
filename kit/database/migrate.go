package database

import (
	"context"
	"crypto/sha256"
	"embed"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"time"
)

// Migrations are the steps in the folder migrations that a package embeds.
func Migrations(embedded embed.FS) fs.FS {
	steps, err := fs.Sub(embedded, "migrations")
	if err != nil {
		panic(err) // the path is a constant
	}
	return steps
}

// migrationLock is the key of PostgreSQL's advisory lock; each service has a database of its own, so all can use one key.
const migrationLock = 0x7469656e6461 // "tienda"

var (
	migrationName = regexp.MustCompile(`^(\d{4})_([a-z0-9_]+)\.sql$`)

	// replaces matches the line of an edited step with its old checksum: a database with the old step does not need the new one.
	replaces = regexp.MustCompile(`(?m)^-- replaces ([0-9a-f]{64})$`)
)

type migration struct {
	version  int
	name     string
	sql      string
	checksum string
	replaced string // the step's old checksum; "" = never edited
}

func (s migration) String() string { return fmt.Sprintf("%04d_%s", s.version, s.name) }

func (s migration) is(applied migration) bool {
	return applied.version == s.version && applied.name == s.name &&
		(applied.checksum == s.checksum || applied.checksum == s.replaced)
}

// layered is the schema of a service with the schema of a library.
type layered struct {
	fs.FS
	name    string
	library fs.FS
}

// WithLibrary adds the schema of a library with tables of its own, whose steps come last, numbered in schema_migrations_NAME.
func WithLibrary(service fs.FS, name string, library fs.FS) fs.FS {
	return layered{service, name, library}
}

// stream is a series of steps that one table records.
type stream struct {
	table   string
	steps   []migration
	missing []migration
}

// readStreams reads the steps of a service, and then those of its libraries.
func readStreams(fsys fs.FS, folder string) (streams []*stream, err error) {
	name := ""
	if l, ok := fsys.(layered); ok {
		if streams, err = readStreams(l.FS, folder); err != nil {
			return nil, err
		}
		name, fsys = "_"+l.name, l.library
	}
	steps, err := readMigrations(fsys, folder)
	return append(streams, &stream{table: "schema_migrations" + name, steps: steps}), err
}

// Migrate applies the missing steps of the engine's folder, <engine>/0001_name.sql …, in one transaction and under a lock,
// because several instances may start at once. A step that was edited, renamed or removed after it was applied is an error, and
// so is a database that is ahead of this program. On PostgreSQL it also sets the role's time limits, see timeLimits.
func (db *DB) Migrate(ctx context.Context, fsys fs.FS) error {
	streams, err := readStreams(fsys, string(db.engine))
	if err != nil {
		return err
	}
	err = db.InTx(ctx, func(ctx context.Context, tx Writer) error {
		if db.engine == Postgres {
			if err := lockMigration(ctx, tx); err != nil {
				return err
			}
		}
		for _, s := range streams {
			if err := s.migrate(ctx, tx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("migrate: %w%s", err, hint(err))
	}
	if db.engine == Postgres {
		db.server.distrust() // connections from before do not have the time limits
	}
	for _, stream := range streams {
		for _, s := range stream.missing {
			db.log.InfoContext(ctx, "migration applied", "table", stream.table, "step", s.String())
		}
	}
	db.migrated.Store(true)
	return nil
}

func readMigrations(fsys fs.FS, folder string) ([]migration, error) {
	entries, err := fs.ReadDir(fsys, folder) // in the order of their names
	if err != nil {
		return nil, fmt.Errorf("migrations: %w", err)
	}
	var steps []migration
	for i, e := range entries {
		parts := migrationName.FindStringSubmatch(e.Name())
		if parts == nil {
			return nil, fmt.Errorf("migrations: %s/%s is not named like 0001_name.sql", folder, e.Name())
		}
		raw, err := fs.ReadFile(fsys, path.Join(folder, e.Name()))
		if err != nil {
			return nil, fmt.Errorf("migrations: %w", err)
		}
		s := migration{version: i + 1, name: parts[2], sql: string(raw), checksum: fmt.Sprintf("%x", sha256.Sum256(raw))}
		if s.String()+".sql" != e.Name() {
			return nil, fmt.Errorf("migrations: %s has no step %04d, or has it twice", folder, s.version)
		}
		if line := replaces.FindStringSubmatch(s.sql); line != nil {
			s.replaced = line[1]
		}
		steps = append(steps, s)
	}
	return steps, nil
}

// lockMigration waits for other instances that migrate, and sets the time limits.
func lockMigration(ctx context.Context, tx Writer) error {
	limits, err := timeLimits(ctx, tx)
	if err != nil {
		return err
	}
	// Waiting for another instance's migration may take longer than a statement of a request may.
	if _, err := tx.Exec(ctx, "SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0"); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock($1)", int64(migrationLock)); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, limits)
	return err
}

func (m *stream) migrate(ctx context.Context, tx Writer) error {
	m.missing = nil // InTx may run this again
	_, err := tx.Exec(ctx, `CREATE TABLE IF NOT EXISTS `+m.table+` (
		version bigint PRIMARY KEY, name text NOT NULL, checksum text NOT NULL, applied_at text NOT NULL)`)
	if err != nil {
		return err
	}
	var applied []migration
	err = tx.Each(ctx, "SELECT version, name, checksum FROM "+m.table+" ORDER BY version", nil, func(scan func(...any) error) error {
		var s migration
		err := scan(&s.version, &s.name, &s.checksum)
		applied = append(applied, s)
		return err
	})
	if err != nil {
		return err
	}
	if len(applied) > len(m.steps) {
		return fmt.Errorf("%s: the database is at step %04d, this program knows %04d: use the newer program",
			m.table, len(applied), len(m.steps))
	}
	for i, s := range m.steps {
		if i < len(applied) {
			if !s.is(applied[i]) {
				return fmt.Errorf("step %s was changed after it was applied; write a new step instead", s)
			}
			continue
		}
		if _, err := tx.Exec(ctx, s.sql); err != nil {
			return fmt.Errorf("step %s: %w", s, err)
		}
		_, err := tx.Exec(ctx, "INSERT INTO "+m.table+" (version, name, checksum, applied_at) VALUES ($1, $2, $3, $4)",
			s.version, s.name, s.checksum, time.Now().UTC().Format(time.RFC3339))
		if err != nil {
			return err
		}
		m.missing = append(m.missing, s)
	}
	return nil
}

// timeLimits are statements that set defaults of the role in this database: a hanging statement must not keep its connection, and
// a hanging client must not keep its locks. Limits that the role, the database or the URL already sets stay. Any role may set its
// own defaults. Poolers refuse them as parameters of a connection, and a SET would stay on it for the pool's other clients.
func timeLimits(ctx context.Context, tx Writer) (statements string, err error) {
	err = tx.QueryRow(ctx, `
		SELECT coalesce(string_agg(format('ALTER ROLE CURRENT_USER IN DATABASE %I SET %I = %L', current_database(), name, wanted),
			'; '), '')
		FROM (VALUES ('statement_timeout', '15s'), ('lock_timeout', '5s'), ('idle_in_transaction_session_timeout', '15s'))
			AS l (name, wanted)
		JOIN pg_settings USING (name)
		WHERE source NOT IN ('database', 'user', 'database user', 'client')`).Scan(&statements)
	return statements, err
}
