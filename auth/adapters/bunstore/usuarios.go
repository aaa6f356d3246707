package bunstore

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/fault"

	"github.com/tienda-go/tienda/auth/domain"
)

// maxColisiones is how often a change is repeated because another change came first.
const maxColisiones = 20

// usuario is a row of usuarios.
type usuario struct {
	bun.BaseModel `bun:"table:usuarios,alias:u"`

	ID            int64        `bun:"id,pk,autoincrement"`
	Nombre        string       `bun:"nombre"`
	Email         string       `bun:"email"`
	ClaveEmail    string       `bun:"email_clave"`
	Hash          string       `bun:"hash"`
	Rol           string       `bun:"rol"`
	Activo        bool         `bun:"activo"`
	Version       int64        `bun:"version"`
	CreadoEn      time.Time    `bun:"creado_en"`
	ActualizadoEn time.Time    `bun:"actualizado_en"`
	TokensDesde   bun.NullTime `bun:"tokens_desde"` // zero is NULL
}

func aFila(u *domain.Usuario) usuario {
	i := u.Registro()
	return usuario{
		ID: i.ID, Nombre: i.Nombre, Email: i.Email, ClaveEmail: i.ClaveEmail, Hash: i.Hash,
		Rol: string(i.Rol), Activo: i.Activo, Version: i.Version,
		CreadoEn: instante(i.CreadoEn), ActualizadoEn: instante(i.ActualizadoEn), TokensDesde: bun.NullTime{Time: i.TokensDesde.UTC()},
	}
}

func (f usuario) aDominio() (*domain.Usuario, error) {
	if f.ClaveEmail == "" { // written by an older instance while this one was starting: see CompararEmails
		f.ClaveEmail = f.Email
	}
	return domain.RehidratarUsuario(domain.RegistroUsuario{
		ID: f.ID, Nombre: f.Nombre, Email: f.Email, ClaveEmail: f.ClaveEmail, Hash: f.Hash,
		Rol: domain.Rol(f.Rol), Activo: f.Activo, Version: f.Version,
		CreadoEn: f.CreadoEn.UTC(), ActualizadoEn: f.ActualizadoEn.UTC(), TokensDesde: f.TokensDesde.UTC(),
	})
}

// fallo turns the violation of a unique name or address into its fault.
func fallo(err error) error {
	if _, kind, ok := database.Violation(err); ok && kind == database.Unique {
		return domain.ErrUsuarioExiste.New("Ya hay un usuario con ese nombre o ese correo.").Because(err)
	}
	return database.Fault(err)
}

// Crear implements ports.Usuarios.
func (a *Almacen) Crear(ctx context.Context, u *domain.Usuario) error {
	f := aFila(u)
	if _, err := a.db.Write().NewInsert().Model(&f).Exec(ctx); err != nil {
		return fallo(err)
	}
	u.AsignarID(f.ID)
	return nil
}

const leerSQL = `SELECT id, nombre, email, email_clave, hash, rol, activo, version, creado_en, actualizado_en, tokens_desde ` +
	`FROM usuarios WHERE `

// Obtener implements ports.Usuarios.
func (a *Almacen) Obtener(ctx context.Context, id int64) (*domain.Usuario, error) {
	return a.leerEn(ctx, a.db.Read(), leerSQL+"id = $1", id)
}

// Buscar implements ports.Usuarios. A name has no @ and an address has one. The account that stores the address exactly as typed
// comes first: an older account may have the same ClaveEmail.
func (a *Almacen) Buscar(ctx context.Context, i domain.Identificador) (*domain.Usuario, error) {
	return a.leerEn(ctx, a.db.Read(), leerSQL+`nombre = $1 OR email = $2 OR email_clave = $1
		ORDER BY CASE WHEN email = $2 THEN 0 ELSE 1 END LIMIT 1`, i.Clave, i.DeAntes)
}

func (a *Almacen) leerEn(ctx context.Context, q database.Reader, query string, args ...any) (*domain.Usuario, error) {
	rows, err := q.Query(ctx, query, args...)
	if err != nil {
		return nil, database.Fault(err)
	}
	var filas []usuario
	if err := a.db.ScanRows(ctx, rows, &filas); err != nil {
		return nil, database.Fault(err)
	}
	if len(filas) == 0 {
		return nil, domain.ErrUsuarioDesconocido.New("No hay ningún usuario con ese identificador.")
	}
	return filas[0].aDominio()
}

// Actualizar implements ports.Usuarios.
func (a *Almacen) Actualizar(ctx context.Context, id int64, change func(*domain.Usuario) error) (*domain.Usuario, error) {
	for range maxColisiones {
		u, err := a.Obtener(ctx, id)
		if err != nil {
			return nil, err
		}
		read := u.Version()
		if err := change(u); err != nil {
			return u, err
		}
		if !u.Cambiado() {
			return u, nil
		}
		written, err := a.guardar(ctx, u, read)
		if err != nil {
			return nil, fallo(err)
		}
		if written {
			return u, nil
		}
	}
	return nil, fault.ErrUnavailable.New("La cuenta está cambiando demasiado deprisa. Repita la petición.")
}

// guardar writes u if its version is still the one that was read, and ends the sessions that the change ends.
func (a *Almacen) guardar(ctx context.Context, u *domain.Usuario, read int64) (written bool, err error) {
	err = a.db.InTx(ctx, func(ctx context.Context, tx database.Writer) error {
		written, err = escribir(ctx, tx, u, read)
		return err
	})
	return written, err
}

func escribir(ctx context.Context, tx database.Writer, u *domain.Usuario, read int64) (written bool, err error) {
	f := aFila(u)
	written, err = database.Changed(
		tx.NewUpdate().Model(&f).ExcludeColumn("id", "creado_en").WherePK().Where("version = ?", read).Exec(ctx))
	if err != nil || !written {
		return false, err
	}
	if err := anotar(ctx, tx, u.Hechos()...); err != nil {
		return false, err
	}
	salvo, ok := u.TerminaSesiones()
	if !ok {
		return true, nil
	}
	// When no session stays, the change has revoked all tokens of the user: tokens_desde is one entry for all of them.
	_, err = tx.NewUpdate().Model((*sesion)(nil)).Set("terminada_en = ?, en_bloque = ?", f.ActualizadoEn, salvo == "").
		Where("usuario_id = ? AND id <> ? AND terminada_en IS NULL", f.ID, salvo).Exec(ctx)
	return true, err
}
