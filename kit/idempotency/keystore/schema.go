package keystore

import (
	"embed"
	"io/fs"

	"github.com/tienda-go/tienda/kit/database"
)

//go:embed migrations
var migrations embed.FS

// Join adds the table of keys to the schema of a service. Its steps are numbered separately from the service's own.
func Join(service fs.FS) fs.FS {
	steps, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic(err) // the folder is compiled in
	}
	return database.WithLibrary(service, "idempotency", steps)
}
