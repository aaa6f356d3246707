package idempotency_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"

	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/dbtest"
	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/idempotency"
)

// open is a database with the table of Schema, and a counter that stands for a service's effects.
func open(t *testing.T, url string) *database.DB {
	t.Helper()
	db, err := database.Open(t.Context(), url, database.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, db.Close()) })
	schema := idempotency.Schema + "CREATE TABLE effects (n integer NOT NULL);"
	lite := strings.NewReplacer("timestamptz", "datetime", "bytea", "blob").Replace(schema)
	require.NoError(t, db.Migrate(t.Context(), fstest.MapFS{
		"postgres/0001_keys.sql": {Data: []byte(schema)}, "sqlite/0001_keys.sql": {Data: []byte(lite)},
	}))
	return db
}

func request(body string) idempotency.Request {
	return idempotency.Request{Caller: "7", Method: "POST", Path: "/pedidos", Key: "k", Body: []byte(body)}
}

// effect does what a service does: something, and the key with it.
func effect(ctx context.Context, db *database.DB, a *idempotency.Attempt) error {
	ctx = idempotency.With(ctx, a)
	return db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.Tx.ExecContext(ctx, "INSERT INTO effects VALUES (1)"); err != nil {
			return err
		}
		return idempotency.Bind(ctx, tx, "17")
	})
}

func effects(t *testing.T, db *database.DB) (n int) {
	t.Helper()
	require.NoError(t, db.DB.DB.QueryRowContext(t.Context(), "SELECT count(*) FROM effects").Scan(&n))
	return n
}

// leaseEnds makes every lease end then: a test that waited for the clock would fail on a machine that is slower than a lease.
func leaseEnds(t *testing.T, db *database.DB, in time.Duration) {
	t.Helper()
	_, err := db.Writer().ExecContext(t.Context(), "UPDATE idempotency_keys SET leased_until = $1", time.Now().UTC().Add(in))
	require.NoError(t, err)
}

var created = idempotency.Answer{Status: 201, Header: map[string]string{"Location": "/pedidos/17"}, Body: []byte(`{"id":17}` + "\n")}

func TestStore(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]func(t *testing.T, db *database.DB){
		"the first answer is given again": func(t *testing.T, db *database.DB) {
			a, answer, err := idempotency.New(db).Begin(t.Context(), request(`{"a":1}`))
			require.NoError(t, err)
			require.Nil(t, answer)
			require.NoError(t, effect(t.Context(), db, a))
			kept, err := a.Keep(t.Context(), created)
			require.NoError(t, err)
			assert.Equal(t, created, kept)

			_, answer, err = idempotency.New(db).Begin(t.Context(), request(`{ "a": 1.0 }`))
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
				_, answer, err = idempotency.New(db).Begin(t.Context(), r)
				require.NoError(t, err)
				assert.Nil(t, answer, "%+v is another request", r)
			}
		},
		"another body is refused, answered or not": func(t *testing.T, db *database.DB) {
			a, _, err := idempotency.New(db).Begin(t.Context(), request(`{"a":1}`))
			require.NoError(t, err)
			require.NoError(t, effect(t.Context(), db, a))
			_, _, err = idempotency.New(db).Begin(t.Context(), request(`{"a":2}`))
			require.ErrorIs(t, err, idempotency.ErrReused)
			_, err = a.Keep(t.Context(), created)
			require.NoError(t, err)
			_, _, err = idempotency.New(db).Begin(t.Context(), request(`{"a":2}`))
			require.ErrorIs(t, err, idempotency.ErrReused)
		},
		"in flight until its lease is over, then resumed": func(t *testing.T, db *database.DB) {
			s := idempotency.New(db)
			a, _, err := s.Begin(t.Context(), request(`{}`))
			require.NoError(t, err)
			assert.Empty(t, idempotency.Effect(idempotency.With(t.Context(), a)))
			require.NoError(t, effect(t.Context(), db, a))
			leaseEnds(t, db, time.Hour)
			_, _, err = s.Begin(t.Context(), request(`{}`))
			require.ErrorIs(t, err, idempotency.ErrInFlight)
			assert.Positive(t, fault.From(err).RetryAfter)
			leaseEnds(t, db, -time.Second) // its holder has died
			resumed := time.Now().UTC()
			a, _, err = s.Begin(t.Context(), request(`{}`))
			require.NoError(t, err)
			assert.Equal(t, "17", idempotency.Effect(idempotency.With(t.Context(), a)))
			assert.False(t, idempotency.Pending(idempotency.With(t.Context(), a)), "the effect is there already")
			var n int
			require.NoError(t, db.DB.DB.QueryRowContext(t.Context(), "SELECT count(*) FROM idempotency_keys WHERE leased_until > $1",
				resumed.Add(2*time.Second)).Scan(&n))
			assert.Equal(t, 1, n, "who resumes has a lease: one resumes at a time")
			require.NoError(t, a.Release(t.Context()))
			_, _, err = s.Begin(t.Context(), request(`{}`))
			require.NoError(t, err, "what was given up is free at once")
			assert.Equal(t, 1, effects(t, db))
		},
		"of many at once one has the effect": func(t *testing.T, db *database.DB) {
			s := idempotency.New(db)
			var wg sync.WaitGroup
			for range 30 {
				wg.Go(func() {
					a, answer, err := s.Begin(t.Context(), request(`{}`))
					if answer != nil || errors.Is(err, idempotency.ErrInFlight) || !assert.NoError(t, err) {
						return
					}
					if err := effect(t.Context(), db, a); errors.Is(err, idempotency.ErrInFlight) || !assert.NoError(t, err) {
						return
					}
					_, err = a.Keep(t.Context(), created)
					assert.NoError(t, err)
				})
			}
			wg.Wait()
			assert.Equal(t, 1, effects(t, db))
		},
		"an effect that is rolled back leaves no key": func(t *testing.T, db *database.DB) {
			s := idempotency.New(db)
			a, _, err := s.Begin(t.Context(), request(`{}`))
			require.NoError(t, err)
			ctx := idempotency.With(t.Context(), a)
			boom := errors.New("boom")
			require.ErrorIs(t, db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
				require.NoError(t, idempotency.Bind(ctx, tx, "17"))
				return boom
			}), boom)
			require.NoError(t, a.Release(t.Context()))
			a, _, err = s.Begin(t.Context(), request(`{"another":"body"}`))
			require.NoError(t, err)
			require.NoError(t, effect(t.Context(), db, a))
		},
		"a refusal never answers for another try's effect": func(t *testing.T, db *database.DB) {
			s := idempotency.New(db)
			one, _, err := s.Begin(t.Context(), request(`{}`))
			require.NoError(t, err)
			other, _, err := s.Begin(t.Context(), request(`{}`))
			require.NoError(t, err)
			require.NoError(t, effect(t.Context(), db, one))
			_, err = other.Keep(t.Context(), idempotency.Answer{Status: http.StatusNotFound})
			require.ErrorIs(t, err, idempotency.ErrInFlight)
			_, err = one.Keep(t.Context(), created)
			require.NoError(t, err)
			kept, err := other.Keep(t.Context(), idempotency.Answer{Status: http.StatusNotFound})
			require.NoError(t, err)
			assert.Equal(t, created, kept)
			first, err := other.First(t.Context())
			require.NoError(t, err)
			assert.Equal(t, &created, first)
		},
		"the reaper takes what has expired and nothing unfinished": func(t *testing.T, db *database.DB) {
			s := idempotency.New(db)
			answered, _, err := s.Begin(t.Context(), request(`{}`))
			require.NoError(t, err)
			_, err = answered.Keep(t.Context(), created)
			require.NoError(t, err)
			unfinished := request(`{}`)
			unfinished.Key = "unfinished"
			a, _, err := s.Begin(t.Context(), unfinished)
			require.NoError(t, err)
			require.NoError(t, effect(t.Context(), db, a))

			n, err := s.Reap(t.Context())
			require.NoError(t, err)
			assert.Zero(t, n, "an answer is kept for a day")
			_, err = db.Writer().ExecContext(t.Context(), "UPDATE idempotency_keys SET created_at = $1, leased_until = $1", time.Now().UTC().Add(-48*time.Hour))
			require.NoError(t, err)
			_, err = db.Writer().ExecContext(t.Context(), "UPDATE idempotency_keys SET expires_at = $1 WHERE expires_at IS NOT NULL", time.Now().UTC())
			require.NoError(t, err)
			n, err = s.Reap(t.Context())
			require.NoError(t, err)
			assert.EqualValues(t, 1, n)
			a, _, err = s.Begin(t.Context(), unfinished)
			require.NoError(t, err)
			assert.Equal(t, "17", idempotency.Effect(idempotency.With(t.Context(), a)))
			month := time.Now().UTC().Add(-31 * 24 * time.Hour)
			_, err = db.Writer().ExecContext(t.Context(), "UPDATE idempotency_keys SET created_at = $1, leased_until = $1", month)
			require.NoError(t, err)
			n, err = s.Reap(t.Context())
			require.NoError(t, err)
			assert.EqualValues(t, 1, n, "after a month it can matter no more")
		},
	} {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			dbtest.Each(t, func(t *testing.T, url string) { test(t, open(t, url)) })
		})
	}
}

func TestStore_database_down(t *testing.T) {
	t.Parallel()
	db := open(t, dbtest.SQLite(t))
	s := idempotency.New(db)
	a, _, err := s.Begin(t.Context(), request(`{}`))
	require.NoError(t, err)
	require.NoError(t, effect(t.Context(), db, a))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err = s.Begin(ctx, request(`{}`))
	assert.ErrorIs(t, err, fault.ErrUnavailable)
	_, err = a.Keep(ctx, created)
	assert.ErrorIs(t, err, fault.ErrUnavailable)
}
