package database_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/tienda-go/tienda/kit/database"
)

// A transaction is stored completely or not at all, and its error is returned unchanged.
func ExampleDB_InTx() {
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
	err = db.InTx(ctx, func(ctx context.Context, tx database.Writer) error {
		_, err := tx.Exec(ctx, "CREATE TABLE cosas (id integer)")
		return err
	})
	fmt.Println(db.Engine() == database.SQLite, err)
	// Output: true <nil>
}
