package idempotency_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing/fstest"

	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/idempotency"
)

// The answer of the first request is that of every request which is the same.
func ExampleStore() {
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
	schema := strings.NewReplacer("timestamptz", "datetime", "bytea", "blob").Replace(idempotency.Schema)
	if err := db.Migrate(ctx, fstest.MapFS{"sqlite/0001_keys.sql": {Data: []byte(schema)}}); err != nil {
		panic(err)
	}

	store := idempotency.New(db)
	sent := idempotency.Request{Caller: "7", Method: "POST", Path: "/pedidos", Key: "k", Body: []byte(`{"cantidad":1}`)}
	attempt, _, err := store.Begin(ctx, sent)
	if err != nil {
		panic(err)
	}
	if _, err := attempt.Keep(ctx, idempotency.Answer{Status: 201, Body: []byte(`{"id":17}`)}); err != nil {
		panic(err)
	}
	sent.Body = []byte(`{ "cantidad": 1.0 }`)
	_, answer, err := store.Begin(ctx, sent)
	fmt.Println(answer.Status, string(answer.Body), err)
	// Output: 201 {"id":17} <nil>
}
