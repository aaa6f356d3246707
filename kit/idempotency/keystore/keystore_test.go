package keystore_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/dbtest"
	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/idempotency"
	"github.com/tienda-go/tienda/kit/idempotency/keystore"
)

// schema is the table of keys, and a counter that stands for a service's effects.
var schema = func() *dbtest.Schema {
	effects := &fstest.MapFile{Data: []byte(`CREATE TABLE effects (
		id integer UNIQUE, n integer NOT NULL, cause integer REFERENCES effects (id) DEFERRABLE INITIALLY DEFERRED)`)}
	return dbtest.NewSchema(keystore.Join(fstest.MapFS{"postgres/0001_effects.sql": effects, "sqlite/0001_effects.sql": effects}))
}()

func open(t *testing.T, url string) *database.DB {
	t.Helper()
	return schema.Open(t, url, database.Options{})
}

func request(body string) idempotency.Request {
	return idempotency.Request{Caller: "7", Method: "POST", Path: "/pedidos", Key: "k", Body: []byte(body)}
}

// effect writes an effect and its key in one transaction, like a service.
func effect(ctx context.Context, db *database.DB, k idempotency.Key) (done int64, repeated bool, err error) {
	return keystore.Once(ctx, db, k, func(ctx context.Context, tx database.Writer) (int64, error) {
		_, err := tx.Exec(ctx, "INSERT INTO effects (n) VALUES (1)")
		return 17, err
	})
}

// mustEffect is effect for a first try, which must succeed.
func mustEffect(t *testing.T, db *database.DB, k idempotency.Key) {
	t.Helper()
	done, repeated, err := effect(t.Context(), db, k)
	require.NoError(t, err)
	require.False(t, repeated)
	require.EqualValues(t, 17, done)
}

func effects(t *testing.T, db *database.DB) (n int) {
	t.Helper()
	require.NoError(t, db.Read().QueryRow(t.Context(), "SELECT count(*) FROM effects").Scan(&n))
	return n
}

// leaseEnds makes every lease end after that time. A test that waits for a lease would fail on a slower machine.
func leaseEnds(t *testing.T, db *database.DB, in time.Duration) {
	t.Helper()
	_, err := db.Write().Exec(t.Context(), "UPDATE idempotency_keys SET leased_until = $1", time.Now().UTC().Add(in))
	require.NoError(t, err)
}

var created = idempotency.Answer{Status: 201, Header: map[string]string{"Location": "/pedidos/17"},
	Body: []byte(`{"id":17}` + "\n")}

func TestStore(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]func(t *testing.T, db *database.DB){
		"the first answer is given again": func(t *testing.T, db *database.DB) {
			a, answer, err := keystore.New(db).Begin(t.Context(), request(`{"a":1}`))
			require.NoError(t, err)
			require.Nil(t, answer)
			mustEffect(t, db, a)
			first, err := keystore.New(db).Keep(t.Context(), a, created)
			require.NoError(t, err)
			assert.Nil(t, first)

			_, answer, err = keystore.New(db).Begin(t.Context(), request(`{ "a": 1.0 }`))
			require.NoError(t, err)
			assert.Equal(t, &created, answer)
			for _, other := range []func(*idempotency.Request){
				func(r *idempotency.Request) { r.Caller = "8" },
				func(r *idempotency.Request) { r.Method = "PATCH" },
				func(r *idempotency.Request) { r.Path = "/pedidos/1" },
				func(r *idempotency.Request) { r.Key = "K" },
			} {
				r := request(`{"a":1}`)
				other(&r)
				_, answer, err = keystore.New(db).Begin(t.Context(), r)
				require.NoError(t, err)
				assert.Nil(t, answer, "%+v is another request", r)
			}
		},
		"another body is refused, answered or not": func(t *testing.T, db *database.DB) {
			a, _, err := keystore.New(db).Begin(t.Context(), request(`{"a":1}`))
			require.NoError(t, err)
			mustEffect(t, db, a)
			_, _, err = keystore.New(db).Begin(t.Context(), request(`{"a":2}`))
			require.ErrorIs(t, err, idempotency.ErrReused)
			_, err = keystore.New(db).Keep(t.Context(), a, created)
			require.NoError(t, err)
			_, _, err = keystore.New(db).Begin(t.Context(), request(`{"a":2}`))
			require.ErrorIs(t, err, idempotency.ErrReused)
		},
		"in flight until its lease is over, then resumed": func(t *testing.T, db *database.DB) {
			s := keystore.New(db)
			a, _, err := s.Begin(t.Context(), request(`{}`))
			require.NoError(t, err)
			assert.False(t, a.Resumed())
			mustEffect(t, db, a)
			leaseEnds(t, db, time.Hour)
			_, _, err = s.Begin(t.Context(), request(`{}`))
			require.ErrorIs(t, err, idempotency.ErrInFlight)
			assert.Positive(t, fault.From(err).RetryAfter)
			leaseEnds(t, db, -time.Second) // the process that held it was killed
			resumed := time.Now().UTC()
			a, _, err = s.Begin(t.Context(), request(`{}`))
			require.NoError(t, err)
			require.True(t, a.Resumed())
			done, repeated, err := effect(t.Context(), db, a)
			require.NoError(t, err)
			assert.True(t, repeated, "the effect is there already")
			assert.EqualValues(t, 17, done)
			var n int
			require.NoError(t, db.Read().QueryRow(t.Context(), "SELECT count(*) FROM idempotency_keys WHERE leased_until > $1",
				resumed.Add(2*time.Second)).Scan(&n))
			assert.Equal(t, 1, n, "who resumes has a lease: one resumes at a time")
			require.NoError(t, s.Release(t.Context(), a))
			_, _, err = s.Begin(t.Context(), request(`{}`))
			require.NoError(t, err, "a key that was released is free at once")
			assert.Equal(t, 1, effects(t, db))
		},
		"of many at once one has the effect": func(t *testing.T, db *database.DB) {
			s := keystore.New(db)
			var wg sync.WaitGroup
			for range 30 {
				wg.Go(func() {
					a, answer, err := s.Begin(t.Context(), request(`{}`))
					if answer != nil || errors.Is(err, idempotency.ErrInFlight) || !assert.NoError(t, err) {
						return
					}
					if _, _, err := effect(t.Context(), db, a); errors.Is(err, idempotency.ErrInFlight) || !assert.NoError(t, err) {
						return
					}
					_, err = keystore.New(db).Keep(t.Context(), a, created)
					assert.NoError(t, err)
				})
			}
			wg.Wait()
			assert.Equal(t, 1, effects(t, db))
		},
		"an effect that is rolled back leaves no key": func(t *testing.T, db *database.DB) {
			s := keystore.New(db)
			a, _, err := s.Begin(t.Context(), request(`{}`))
			require.NoError(t, err)
			boom := errors.New("boom")
			_, _, err = keystore.Once(t.Context(), db, a, func(context.Context, database.Writer) (int64, error) { return 17, boom })
			require.ErrorIs(t, err, boom)
			assert.False(t, a.Resumed())
			require.NoError(t, s.Release(t.Context(), a))
			a, _, err = s.Begin(t.Context(), request(`{"another":"body"}`))
			require.NoError(t, err)
			mustEffect(t, db, a)
		},
		"a transaction that is repeated binds the key once": func(t *testing.T, db *database.DB) {
			a, _, err := keystore.New(db).Begin(t.Context(), request(`{}`))
			require.NoError(t, err)
			tries := 0
			_, _, err = keystore.Once(t.Context(), db, a, func(ctx context.Context, tx database.Writer) (int64, error) {
				if tries++; tries == 1 {
					return 0, &pgconn.PgError{Code: "40P01"} // a deadlock: InTx runs it again
				}
				_, err := tx.Exec(ctx, "INSERT INTO effects (n) VALUES (1)")
				return 17, err
			})
			require.NoError(t, err)
			assert.Equal(t, 2, tries)
			assert.Equal(t, 1, effects(t, db))
			done, repeated, err := effect(t.Context(), db, a)
			require.NoError(t, err)
			assert.True(t, repeated, "also within one request")
			assert.EqualValues(t, 17, done)
			assert.Equal(t, 1, effects(t, db))
		},
		"a commit that fails has bound nothing": func(t *testing.T, db *database.DB) {
			s := keystore.New(db)
			one, _, err := s.Begin(t.Context(), request(`{}`))
			require.NoError(t, err)
			other, _, err := s.Begin(t.Context(), request(`{}`))
			require.NoError(t, err)
			_, _, err = keystore.Once(t.Context(), db, one, func(ctx context.Context, tx database.Writer) (int64, error) {
				_, err := tx.Exec(ctx, "INSERT INTO effects (n, cause) VALUES (1, 99)") // there is no effect 99: COMMIT fails
				return 17, err
			})
			require.Error(t, err)
			require.False(t, one.Resumed())
			mustEffect(t, db, other)
			_, _, err = effect(t.Context(), db, one)
			require.ErrorIs(t, err, idempotency.ErrInFlight, "the key is another's by now")
			assert.Equal(t, 1, effects(t, db))
		},
		"without a key it is a transaction": func(t *testing.T, db *database.DB) {
			mustEffect(t, db, idempotency.Key{})
			mustEffect(t, db, idempotency.Key{})
			assert.Equal(t, 2, effects(t, db))
		},
		"a refusal never answers for another try's effect": func(t *testing.T, db *database.DB) {
			s := keystore.New(db)
			one, _, err := s.Begin(t.Context(), request(`{}`))
			require.NoError(t, err)
			other, _, err := s.Begin(t.Context(), request(`{}`))
			require.NoError(t, err)
			first, err := s.First(t.Context(), other)
			require.NoError(t, err)
			require.Nil(t, first, "no try has stored the key")
			mustEffect(t, db, one)
			_, err = s.First(t.Context(), other)
			require.ErrorIs(t, err, idempotency.ErrInFlight)
			_, err = s.Keep(t.Context(), other, idempotency.Answer{Status: http.StatusNotFound})
			require.ErrorIs(t, err, idempotency.ErrInFlight)
			_, err = s.Keep(t.Context(), one, created)
			require.NoError(t, err)
			kept, err := s.Keep(t.Context(), other, idempotency.Answer{Status: http.StatusNotFound})
			require.NoError(t, err)
			assert.Equal(t, &created, kept)
			first, err = s.First(t.Context(), other)
			require.NoError(t, err)
			assert.Equal(t, &created, first)
		},
		"RemoveOld takes what has expired and nothing unfinished": func(t *testing.T, db *database.DB) {
			s := keystore.New(db)
			answered, _, err := s.Begin(t.Context(), request(`{}`))
			require.NoError(t, err)
			_, err = s.Keep(t.Context(), answered, created)
			require.NoError(t, err)
			unfinished := request(`{}`)
			unfinished.Key = "unfinished"
			a, _, err := s.Begin(t.Context(), unfinished)
			require.NoError(t, err)
			mustEffect(t, db, a)

			n, err := s.RemoveOld(t.Context(), time.Now().UTC(), 1000)
			require.NoError(t, err)
			assert.Zero(t, n, "an answer is kept for a day")
			_, err = db.Write().Exec(t.Context(), "UPDATE idempotency_keys SET created_at = $1, leased_until = $1", time.Now().UTC().
				Add(-48*time.Hour))
			require.NoError(t, err)
			_, err = db.Write().Exec(t.Context(), "UPDATE idempotency_keys SET expires_at = $1 WHERE expires_at IS NOT NULL",
				time.Now().UTC())
			require.NoError(t, err)
			n, err = s.RemoveOld(t.Context(), time.Now().UTC(), 1000)
			require.NoError(t, err)
			assert.EqualValues(t, 1, n)
			a, _, err = s.Begin(t.Context(), unfinished)
			require.NoError(t, err)
			assert.True(t, a.Resumed())
			month := time.Now().UTC().Add(-31 * 24 * time.Hour)
			_, err = db.Write().Exec(t.Context(), "UPDATE idempotency_keys SET created_at = $1, leased_until = $1", month)
			require.NoError(t, err)
			n, err = s.RemoveOld(t.Context(), time.Now().UTC(), 1000)
			require.NoError(t, err)
			assert.EqualValues(t, 1, n, "after a month it can matter no more")
		},
	} {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			schema.Each(t, func(t *testing.T, url string) { test(t, open(t, url)) })
		})
	}
}

// Services made the table by steps of their own, some of them without its second index: such a database keeps its keys.
func TestJoin_takes_over_a_table(t *testing.T) {
	t.Parallel()
	const before = `CREATE TABLE idempotency_keys (scope text NOT NULL, key text NOT NULL, fingerprint text NOT NULL, effect text NOT NULL,
			leased_until timestamptz NOT NULL, created_at timestamptz NOT NULL, status integer, header text, body bytea,
			expires_at timestamptz, PRIMARY KEY (scope, key),
			CONSTRAINT idempotency_keys_answered CHECK ((status IS NULL) = (expires_at IS NULL)));
		CREATE INDEX idempotency_keys_expiry ON idempotency_keys (expires_at) WHERE expires_at IS NOT NULL;`
	dbtest.Each(t, func(t *testing.T, url string) {
		db, err := database.Open(t.Context(), url, database.Options{})
		require.NoError(t, err)
		t.Cleanup(func() { assert.NoError(t, db.Close()) })
		step := &fstest.MapFile{Data: []byte(before)}
		if db.Engine() == database.SQLite {
			step.Data = []byte(strings.NewReplacer("timestamptz", "datetime", "bytea", "blob").Replace(before))
		}
		service := fstest.MapFS{string(db.Engine()) + "/0001_keys.sql": step}
		require.NoError(t, db.Migrate(t.Context(), service))
		s := keystore.New(db)
		a, _, err := s.Begin(t.Context(), request(`{}`))
		require.NoError(t, err)
		_, err = s.Keep(t.Context(), a, created)
		require.NoError(t, err)

		require.NoError(t, db.Migrate(t.Context(), keystore.Join(service)))
		_, answer, err := s.Begin(t.Context(), request(`{}`))
		require.NoError(t, err)
		assert.Equal(t, &created, answer)
		_, err = db.Write().Exec(t.Context(), "DROP INDEX idempotency_keys_age")
		require.NoError(t, err, "all steps were made")
	})
}

func TestStore_database_down(t *testing.T) {
	t.Parallel()
	db := open(t, schema.SQLite(t))
	s := keystore.New(db)
	a, _, err := s.Begin(t.Context(), request(`{}`))
	require.NoError(t, err)
	mustEffect(t, db, a)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err = s.Begin(ctx, request(`{}`))
	assert.ErrorIs(t, err, fault.ErrUnavailable)
	_, err = s.Keep(ctx, a, created)
	assert.ErrorIs(t, err, fault.ErrUnavailable)
}
