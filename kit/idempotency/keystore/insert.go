package keystore

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/idempotency"
)

// Insert is an effect that is one new row, whose id the database gives.
type Insert struct {
	row    string // the statement without a key
	rowKey string // the statement that stores a key too, on PostgreSQL
}

// InsertInto makes an Insert into a table with an identity column named id. Values are given for the columns in this order. The
// names become part of a statement: they must be constants of the program.
func InsertInto(table string, columns ...string) Insert {
	names := strings.Join(columns, ", ")
	return Insert{
		row: `INSERT INTO ` + table + ` (` + names + `) VALUES (` + numbered(1, len(columns)) + `) RETURNING id`,
		// The key is first: where another try has stored it, there is no row. It is bound to the id, so the id is taken before.
		rowKey: `WITH bound AS (
	INSERT INTO idempotency_keys (scope, key, fingerprint, leased_until, created_at, effect)
	VALUES ($1, $2, $3, $4, $5, nextval(pg_get_serial_sequence('` + table + `', 'id'))::text)
	ON CONFLICT (scope, key) DO NOTHING RETURNING effect
)
INSERT INTO ` + table + ` (id, ` + names + `) SELECT effect::bigint, ` + numbered(6, len(columns)) + ` FROM bound RETURNING id`,
	}
}

// numbered are n parameters from $first on.
func numbered(first, n int) string {
	all := make([]string, n)
	for i := range all {
		all[i] = "$" + strconv.Itoa(first+i)
	}
	return strings.Join(all, ", ")
}

// Once is the function Once for the row, and returns its id. check, unless it is nil, runs before in the same transaction; its
// error is returned, and nothing is stored. On PostgreSQL the row and the key are one statement, and without a check that statement is
// the transaction. SQLite has no such statement; there a transaction costs no round trip.
func (i Insert) Once(
	ctx context.Context, db *database.DB, key idempotency.Key, check func(ctx context.Context, tx database.Writer) error, values ...any,
) (id int64, repeated bool, err error) {
	if key.Given() && db.Engine() == database.SQLite {
		return Once(ctx, db, key, func(ctx context.Context, tx database.Writer) (int64, error) {
			if check != nil {
				if err := check(ctx, tx); err != nil {
					return 0, err
				}
			}
			return i.store(ctx, tx, nil, values)
		})
	}
	if id, repeated, err = idempotency.Effect[int64](key); repeated || err != nil {
		return id, repeated, err
	}
	if check == nil {
		id, err = i.store(ctx, db.Write(), key.Try(), values)
	} else {
		err = db.InTx(ctx, func(ctx context.Context, tx database.Writer) (err error) {
			if err := check(ctx, tx); err != nil {
				return err
			}
			id, err = i.store(ctx, tx, key.Try(), values)
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
	at := database.Now()
	args := append([]any{try.Scope, try.Key, try.Fingerprint, at.Add(lease), at}, values...)
	err = w.QueryRow(ctx, i.rowKey, args...).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		err = idempotency.InFlight(time.Second)
	}
	return id, err
}
