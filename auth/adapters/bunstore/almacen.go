// Package bunstore keeps accounts, sessions and signing keys in PostgreSQL or SQLite.
package bunstore

import (
	"embed"
	"io/fs"
	"time"

	"github.com/tienda-go/tienda/kit/database"

	"github.com/tienda-go/tienda/auth/ports"
)

//go:embed migrations
var embedded embed.FS

// Migrations are the steps of the schema, for database.OpenMigrated.
func Migrations() fs.FS { return database.Migrations(embedded) }

// Almacen is the storage.
type Almacen struct {
	db *database.DB
	motor
}

var (
	_ ports.Usuarios        = (*Almacen)(nil)
	_ ports.Actores         = (*Almacen)(nil)
	_ ports.Administradores = (*Almacen)(nil)
	_ ports.Sesiones        = (*Almacen)(nil)
	_ ports.Revocaciones    = (*Almacen)(nil)
	_ ports.Intentos        = (*Almacen)(nil)
	_ ports.Registros       = (*Almacen)(nil)
	_ ports.Auditoria       = (*Almacen)(nil)
	_ ports.Claves          = (*Almacen)(nil)
)

// New builds the storage on a migrated database.
func New(db *database.DB) *Almacen { return &Almacen{db, motorDe(db)} }

func instante(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }
