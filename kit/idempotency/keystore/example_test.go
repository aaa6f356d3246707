package keystore_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing/fstest"

	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/idempotency"
	"github.com/tienda-go/tienda/kit/idempotency/keystore"
)

// A request that is sent again has no second effect, and gets the answer of the first one.
func ExampleOnce() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	ctx := context.Background()
	db, err := database.Open(ctx, "sqlite://"+filepath.ToSlash(filepath.Join(dir, "x.db")), database.Options{})
	if err != nil {
		panic(err)
	}
	defer func() { _ = db.Close() }()
	orders := &fstest.MapFile{Data: []byte("CREATE TABLE orders (id integer PRIMARY KEY)")}
	if err := db.Migrate(ctx, keystore.Join(fstest.MapFS{"sqlite/0001_orders.sql": orders,
		"postgres/0001_orders.sql": orders})); err != nil {
		panic(err)
	}

	store := keystore.New(db)
	sent := idempotency.Request{Caller: "7", Method: "POST", Path: "/pedidos", Key: "k", Body: []byte(`{"cantidad":1}`)}
	key, _, err := store.Begin(ctx, sent)
	if err != nil {
		panic(err)
	}
	id, _, err := keystore.Once(ctx, db, key, func(ctx context.Context, tx database.Writer) (int64, error) {
		_, err := tx.Exec(ctx, "INSERT INTO orders (id) VALUES (17)")
		return 17, err
	})
	if err != nil {
		panic(err)
	}
	if _, err := store.Keep(ctx, key, idempotency.Answer{Status: 201, Body: fmt.Appendf(nil, `{"id":%d}`, id)}); err != nil {
		panic(err)
	}

	sent.Body = []byte(`{ "cantidad": 1.0 }`) // the same JSON
	_, answer, err := store.Begin(ctx, sent)
	fmt.Println(answer.Status, string(answer.Body), err)
	// Output: 201 {"id":17} <nil>
}
