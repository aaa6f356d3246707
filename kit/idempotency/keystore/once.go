package keystore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/idempotency"
)

// Once runs effect in a transaction (see InTx) and, when the request has a key, binds the key there to the JSON of what effect
// returns. When an earlier try has had its effect, Once returns that effect, with repeated true, and does not run effect.
//
// idempotency.ErrInFlight when another try was first: nothing is stored then.
func Once[E any](
	ctx context.Context, db *database.DB, key idempotency.Key,
	effect func(ctx context.Context, tx database.Writer) (E, error),
) (done E, repeated bool, err error) {
	if done, repeated, err = idempotency.Effect[E](key); repeated || err != nil {
		return done, repeated, err
	}
	var bound string
	err = db.InTx(ctx, func(ctx context.Context, tx database.Writer) (err error) {
		if done, err = effect(ctx, tx); err != nil || !key.Given() {
			return err
		}
		bound, err = bind(ctx, tx, key.Try(), done)
		return err
	})
	if err == nil && key.Given() {
		key.Try().Bind(bound) // only after the commit: a rollback removes the key
	}
	return done, false, err
}

// bind stores the key with its effect in the transaction of the effect.
func bind(ctx context.Context, tx database.Writer, try *idempotency.Try, effect any) (string, error) {
	raw, err := json.Marshal(effect)
	if err != nil {
		return "", fmt.Errorf("write effect of an idempotency key: %w", err)
	}
	at := database.Now()
	first, err := database.Changed(tx.Exec(ctx, `
		INSERT INTO idempotency_keys (scope, key, fingerprint, effect, leased_until, created_at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (scope, key) DO NOTHING`, try.Scope, try.Key, try.Fingerprint, string(raw), at.Add(lease), at))
	if err == nil && !first {
		err = idempotency.InFlight(time.Second)
	}
	return string(raw), err
}

// Insert is an effect that is one new row, whose id the database gives.
type Insert struct {
	row    string // the statement without a key
	rowKey string // the statement that stores a key too, on PostgreSQL
}

// keyColumns is how many parameters the key has in rowKey: they are first.
const keyColumns = 5

// InsertInto makes an Insert into a table with an identity column id; values come in the columns' order. Names must be constants.
func InsertInto(table string, columns ...string) Insert {
	names := strings.Join(columns, ", ")
	return Insert{
		row:    `INSERT INTO ` + table + ` (` + names + `) VALUES (` + numbered(1, len(columns)) + `) RETURNING id`,
		rowKey: withKey(table, names, ``, len(columns)),
	}
}

// InsertIf makes an Insert for Behind whose row needs a condition: its SQL from parameter first on; its values come last.
func InsertIf(table string, condition func(first int) string, columns ...string) Insert {
	names := strings.Join(columns, ", ")
	return Insert{
		row: `INSERT INTO ` + table + ` (` + names + `) SELECT ` + numbered(1, len(columns)) +
			` WHERE ` + condition(1+len(columns)) + ` RETURNING id`,
		rowKey: withKey(table, names, ` WHERE `+condition(keyColumns+1+len(columns)), len(columns)),
	}
}

// withKey is the statement that stores a key, bound to the next id, and then a row: none where another try has stored the key.
func withKey(table, names, where string, columns int) string {
	return `WITH bound AS (
	INSERT INTO idempotency_keys (scope, key, fingerprint, leased_until, created_at, effect)
	SELECT $1, $2, $3, $4::timestamptz, $5::timestamptz, nextval(pg_get_serial_sequence('` + table + `', 'id'))::text` + where + `
	ON CONFLICT (scope, key) DO NOTHING RETURNING effect
)
INSERT INTO ` + table + ` (id, ` + names + `) SELECT effect::bigint, ` + numbered(keyColumns+1, columns) + ` FROM bound RETURNING id`
}

// Behind stores the row of an InsertIf, and the request's key if any, behind an advisory lock of PostgreSQL in one round trip.
// stored is false where the condition does not hold, and when another try was first: nothing is stored then.
func (i Insert) Behind(
	ctx context.Context, db *database.DB, lock int64, key idempotency.Key, values ...any,
) (id int64, stored bool, err error) {
	text := i.row
	if key.Given() {
		text, values = i.rowKey, withTry(key.Try(), values)
	}
	err = db.Write().Behind(ctx, lock, text, values, func(scan func(...any) error) error {
		stored = true
		return scan(&id)
	})
	if err != nil {
		return 0, false, database.Fault(err)
	}
	if stored && key.Given() {
		key.Try().Bind(strconv.FormatInt(id, 10))
	}
	return id, stored, nil
}

// numbered are n parameters from $first on.
func numbered(first, n int) string {
	all := make([]string, n)
	for i := range all {
		all[i] = "$" + strconv.Itoa(first+i)
	}
	return strings.Join(all, ", ")
}

// Once is the function Once for the row, and returns its id. check, unless it is nil, runs before it in the same transaction and
// may refuse it. PostgreSQL stores the row and the key by one statement. SQLite has none, but needs no round trips.
func (i Insert) Once(
	ctx context.Context, db *database.DB, key idempotency.Key, check func(ctx context.Context, tx database.Writer) error,
	values ...any,
) (id int64, repeated bool, err error) {
	checked := func(ctx context.Context, tx database.Writer, try *idempotency.Try) (int64, error) {
		if check != nil {
			if err := check(ctx, tx); err != nil {
				return 0, err
			}
		}
		return i.store(ctx, tx, try, values)
	}
	if key.Given() && db.Engine() == database.SQLite {
		return Once(ctx, db, key, func(ctx context.Context, tx database.Writer) (int64, error) { return checked(ctx, tx, nil) })
	}
	if id, repeated, err = idempotency.Effect[int64](key); repeated || err != nil {
		return id, repeated, err
	}
	if check == nil {
		id, err = checked(ctx, db.Write(), key.Try())
	} else {
		err = db.InTx(ctx, func(ctx context.Context, tx database.Writer) (err error) {
			id, err = checked(ctx, tx, key.Try())
			return err
		})
	}
	if err != nil {
		return 0, false, database.Fault(err)
	}
	if key.Given() {
		key.Try().Bind(strconv.FormatInt(id, 10))
	}
	return id, false, nil
}

// store stores the row, and in the same statement the key of try, unless try is nil.
func (i Insert) store(ctx context.Context, w database.Writer, try *idempotency.Try, values []any) (id int64, err error) {
	if try == nil {
		err = w.QueryRow(ctx, i.row, values...).Scan(&id)
		return id, err
	}
	err = w.QueryRow(ctx, i.rowKey, withTry(try, values)...).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		err = idempotency.InFlight(time.Second)
	}
	return id, err
}

// withTry are the values of rowKey.
func withTry(try *idempotency.Try, values []any) []any {
	at := database.Now()
	return append([]any{try.Scope, try.Key, try.Fingerprint, at.Add(lease), at}, values...)
}
