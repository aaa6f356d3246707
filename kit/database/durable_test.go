package database_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/dbtest"
	"github.com/tienda-go/tienda/kit/fault"
)

// disk is what remains after a power cut: the log as it was when it was last forced to the disk.
type disk struct {
	mu      sync.Mutex
	log     []byte
	forced  int
	gate    chan struct{} // an element for each sync that may end; nil = every sync may end
	entered chan struct{}
	fails   error
}

func (d *disk) force(log *os.File) error {
	d.mu.Lock()
	gate := d.gate
	d.mu.Unlock()
	// What is written during a sync may be on the disk or not; the worst case is that it is not.
	written, err := os.ReadFile(log.Name())
	if err != nil {
		return err
	}
	if gate != nil {
		d.entered <- struct{}{}
		<-gate
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.fails != nil {
		return d.fails
	}
	d.log, d.forced = written, d.forced+1
	return nil
}

// hold makes each sync from now on wait for release.
func (d *disk) hold() (entered <-chan struct{}, release func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.gate, d.entered = make(chan struct{}), make(chan struct{}, 100)
	return d.entered, func() { d.gate <- struct{}{} }
}

func (d *disk) count() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.forced
}

// after opens what the disk has: the file of the database does not change before a checkpoint, which these tests do not reach.
func (d *disk) after(t *testing.T, path string) *database.DB {
	t.Helper()
	file, err := os.ReadFile(path)
	require.NoError(t, err)
	copied := filepath.Join(t.TempDir(), "d.db")
	require.NoError(t, os.WriteFile(copied, file, 0o600))
	d.mu.Lock()
	log := d.log
	d.mu.Unlock()
	require.NoError(t, os.WriteFile(copied+"-wal", log, 0o600))
	return open(t, "sqlite://"+copied)
}

func durable(t *testing.T) (*database.DB, *disk, string) {
	t.Helper()
	url, d := dbtest.SQLite(t), &disk{}
	db, err := database.OpenSyncing(t.Context(), url, d.force)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, db.Close()) })
	require.NoError(t, db.Migrate(t.Context(), steps()))
	return db, d, strings.TrimPrefix(url, "sqlite://")
}

// insert are the ways to commit.
var insert = map[string]func(ctx context.Context, db *database.DB, id int64) error{
	"a transaction": func(ctx context.Context, db *database.DB, id int64) error {
		return db.InTx(ctx, func(ctx context.Context, tx database.Writer) error {
			_, err := tx.Exec(ctx, "INSERT INTO cosas VALUES ($1, $2, 0, NULL)", id, fmt.Sprint(id))
			return err
		})
	},
	"a statement": func(ctx context.Context, db *database.DB, id int64) error {
		_, err := db.Write().Exec(ctx, "INSERT INTO cosas VALUES ($1, $2, 0, NULL)", id, fmt.Sprint(id))
		return database.Fault(err)
	},
	"a statement of Bun": func(ctx context.Context, db *database.DB, id int64) error {
		cosa := map[string]any{"id": id, "nombre": fmt.Sprint(id), "cantidad": 0}
		_, err := db.Write().NewInsert().Model(&cosa).Table("cosas").Exec(ctx)
		return database.Fault(err)
	},
	"a statement that returns a row": func(ctx context.Context, db *database.DB, id int64) error {
		return database.Fault(db.Write().
			QueryRow(ctx, "INSERT INTO cosas VALUES ($1, $2, 0, NULL) RETURNING id", id, fmt.Sprint(id)).Scan(&id))
	},
	"a statement that returns rows": func(ctx context.Context, db *database.DB, id int64) error {
		rows, err := db.Write().Query(ctx, "INSERT INTO cosas VALUES ($1, $2, 0, NULL) RETURNING id", id, fmt.Sprint(id))
		if err != nil {
			return database.Fault(err)
		}
		defer rows.Close()
		for rows.Next() {
			if err := rows.Scan(&id); err != nil {
				return err
			}
		}
		return database.Fault(rows.Err())
	},
}

// After a power cut, the database has all acknowledged commits, and all data that a reader got.
func TestSQLite_a_power_cut_takes_nothing_back(t *testing.T) {
	t.Parallel()
	for name, commit := range insert {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db, d, path := durable(t)
			var wg sync.WaitGroup
			for client := range 8 {
				wg.Go(func() {
					for n := range 5 {
						id := int64(client*100 + n)
						if !assert.NoError(t, commit(t.Context(), db, id)) {
							return
						}
						var seen int
						assert.NoError(t, db.Read().QueryRow(t.Context(), "SELECT count(*) FROM cosas").Scan(&seen))
						left := d.after(t, path)
						var kept, mine int
						assert.NoError(t, left.Read().QueryRow(t.Context(), "SELECT count(*), count(*) FILTER (WHERE id = $1) FROM cosas", id).
							Scan(&kept, &mine))
						assert.Equal(t, 1, mine, "acknowledged")
						assert.GreaterOrEqual(t, kept, seen, "read")
					}
				})
			}
			wg.Wait()
		})
	}
}

// A commit is not acknowledged by a sync that began before it; all waiting commits share one sync.
func TestSQLite_commits_share_a_sync_that_began_after_them(t *testing.T) {
	t.Parallel()
	db, d, path := durable(t)
	entered, release := d.hold()
	before := d.count()
	var done atomic.Int32
	var wg sync.WaitGroup
	commit := func(id int64) {
		wg.Go(func() {
			assert.NoError(t, insert["a transaction"](t.Context(), db, id))
			done.Add(1)
		})
	}
	commit(1)
	<-entered // the sync of the first commit has begun
	for id := int64(2); id <= 50; id++ {
		commit(id)
	}
	inLog := func() bool { // another connection of SQLite reads the commits
		var n int
		_, pool := open(t, "sqlite://"+path).Pools()
		return assert.NoError(t, pool.QueryRowContext(t.Context(), "SELECT count(*) FROM cosas").Scan(&n)) && n == 50
	}
	require.Eventually(t, inLog, 20*time.Second, 20*time.Millisecond, "no commit waits for another's sync")
	assert.Zero(t, done.Load())
	release()
	<-entered
	require.Eventually(t, func() bool { return done.Load() == 1 }, 10*time.Second, time.Millisecond, "what the first sync covers")
	hurried, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	var n int
	assert.ErrorIs(t, database.Fault(db.Read().QueryRow(hurried, "SELECT count(*) FROM cosas").Scan(&n)), fault.ErrUnavailable,
		"the others came during that sync: they are not durable, and no reader gets them")
	assert.EqualValues(t, 1, done.Load())
	close(d.gate)
	wg.Wait()
	assert.LessOrEqual(t, d.count(), before+3, "50 commits, two syncs, and the reader's")
}

// A reader reads a commit that is not durable yet, and waits until it is durable. A transaction that fails because of what it has
// read waits too.
func TestSQLite_what_is_read_is_durable(t *testing.T) {
	t.Parallel()
	for name, read := range map[string]func(ctx context.Context, db *database.DB) error{
		"a row": func(ctx context.Context, db *database.DB) error {
			var n int
			return db.Read().QueryRow(ctx, "SELECT cantidad FROM cosas WHERE id = $1", 1).Scan(&n)
		},
		"without arguments": func(ctx context.Context, db *database.DB) error {
			var n int
			return db.Read().QueryRow(ctx, "SELECT cantidad FROM cosas").Scan(&n)
		},
		"by Bun": func(ctx context.Context, db *database.DB) error {
			_, err := db.Read().NewSelect().Table("cosas").Where("id = ?", 1).Exists(ctx)
			return err
		},
		"a refusal": func(ctx context.Context, db *database.DB) error {
			err := db.InTx(ctx, func(context.Context, database.Writer) error { return fault.ErrConflict.New("no") })
			if errors.Is(err, fault.ErrConflict) {
				return nil
			}
			return err
		},
		"nothing to change": func(ctx context.Context, db *database.DB) error {
			return db.InTx(ctx, func(context.Context, database.Writer) error { return nil })
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db, d, _ := durable(t)
			entered, _ := d.hold()
			var wg sync.WaitGroup
			wg.Go(func() { assert.NoError(t, insert["a transaction"](t.Context(), db, 1)) })
			<-entered
			hurried, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			assert.ErrorIs(t, database.Fault(read(hurried, db)), fault.ErrUnavailable, "within its deadline")
			var told atomic.Bool
			wg.Go(func() {
				assert.NoError(t, read(t.Context(), db))
				told.Store(true)
			})
			time.Sleep(30 * time.Millisecond)
			assert.False(t, told.Load())
			close(d.gate)
			wg.Wait()
		})
	}
}

// After a failed sync no statement succeeds until the service starts again.
func TestSQLite_a_sync_that_fails_is_the_end(t *testing.T) {
	t.Parallel()
	for name, commit := range insert {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db, d, path := durable(t)
			require.NoError(t, commit(t.Context(), db, 1))
			d.mu.Lock()
			d.fails = errors.New("the disk is broken")
			d.mu.Unlock()
			err := commit(t.Context(), db, 2)
			require.ErrorIs(t, err, fault.ErrUnavailable)
			require.ErrorContains(t, err, "restart the service")
			d.mu.Lock()
			d.fails = nil
			d.mu.Unlock()
			require.ErrorIs(t, commit(t.Context(), db, 3), fault.ErrUnavailable, "a later sync may say that all is well, and be wrong")
			var n int
			require.ErrorIs(t, database.Fault(db.Read().QueryRow(t.Context(), "SELECT count(*) FROM cosas").Scan(&n)),
				fault.ErrUnavailable)
			require.ErrorIs(t, db.Ready(t.Context()), fault.ErrUnavailable)

			left := d.after(t, path)
			require.NoError(t, left.Read().QueryRow(t.Context(), "SELECT count(*) FROM cosas").Scan(&n))
			assert.Equal(t, 1, n, "what was acknowledged")
		})
	}
}

// When the log is removed, the commits in it are lost.
func TestSQLite_log_removed(t *testing.T) {
	t.Parallel()
	db, _, path := durable(t)
	require.NoError(t, os.Rename(path+"-wal", path+".aside"))
	require.ErrorIs(t, insert["a transaction"](t.Context(), db, 1), fault.ErrUnavailable)
	require.NoError(t, os.Rename(path+".aside", path+"-wal"))
}
