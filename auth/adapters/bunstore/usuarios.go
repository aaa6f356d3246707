package bunstore

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/tienda-go/tienda/kit/database"

	"github.com/tienda-go/tienda/auth/domain"
)

// usuario is a row of usuarios.
type usuario struct {
	bun.BaseModel `bun:"table:usuarios,alias:u"`

	domain.RegistroUsuario
	ID          int64        `bun:"id,pk,autoincrement"`
	TokensDesde bun.NullTime // zero is NULL
}

func aFila(u *domain.Usuario) usuario {
	f := usuario{RegistroUsuario: u.Registro()}
	f.ID, f.TokensDesde = f.RegistroUsuario.ID, bun.NullTime{Time: f.RegistroUsuario.TokensDesde.UTC()}
	f.CreadoEn, f.ActualizadoEn = instante(f.CreadoEn), instante(f.ActualizadoEn)
	return f
}

func (f usuario) aDominio() (*domain.Usuario, error) {
	r := f.RegistroUsuario
	r.ID, r.CreadoEn, r.ActualizadoEn, r.TokensDesde = f.ID, f.CreadoEn.UTC(), f.ActualizadoEn.UTC(), f.TokensDesde.UTC()
	if r.EmailClave == "" { // written by an older instance while this one was starting: see CompararEmails
		r.EmailClave = r.Email
	}
	return domain.RehidratarUsuario(r)
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
	id, err := insertar(ctx, a.db.Write(), u)
	if err != nil {
		return fallo(err)
	}
	u.AsignarID(id)
	return nil
}

// insertar does not set the id of u: only a committed account has one, and a transaction may run again.
func insertar(ctx context.Context, w database.Writer, u *domain.Usuario) (id int64, err error) {
	f := aFila(u)
	_, err = w.NewInsert().Model(&f).Exec(ctx)
	return f.ID, err
}

// bloquearUsuarios excludes all other writers of accounts.
const bloquearUsuarios = "LOCK TABLE usuarios IN SHARE ROW EXCLUSIVE MODE"

const leerSQL = `SELECT id, nombre, email, email_clave, hash, rol, activo, version, creado_en, actualizado_en, tokens_desde ` +
	`FROM usuarios WHERE `

// Obtener implements ports.Usuarios.
func (a *Almacen) Obtener(ctx context.Context, id int64) (*domain.Usuario, error) {
	return a.leerEn(ctx, a.db.Read(), leerSQL+"id = $1", id)
}

// Buscar implements ports.Usuarios. A name has no @ and an address has one. The account that stores the address exactly as typed
// comes first: an older account may have the same EmailClave.
func (a *Almacen) Buscar(ctx context.Context, i domain.Identificador) (*domain.Usuario, error) {
	return a.leerEn(ctx, a.db.Read(), leerSQL+`nombre = $1 OR email = $2 OR email_clave = $1
		ORDER BY CASE WHEN email = $2 THEN 0 ELSE 1 END LIMIT 1`, i.Clave, i.DeAntes)
}

// bloquear reads an account and locks it until tx ends: with paraCambiar when tx may change it, with paraLeer when no other may.
func (a *Almacen) bloquear(ctx context.Context, tx database.Writer, id int64, bloqueo string) (*domain.Usuario, error) {
	return a.leerEn(ctx, tx.Reader, leerSQL+"id = $1"+bloqueo, id)
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
func (a *Almacen) Actualizar(ctx context.Context, id int64, change func(*domain.Usuario) error) (u *domain.Usuario, err error) {
	err = a.db.InTx(ctx, func(ctx context.Context, tx database.Writer) (err error) {
		if u, err = a.bloquear(ctx, tx, id, a.paraCambiar); err != nil {
			return err
		}
		return cambiar(ctx, tx, u, change)
	})
	return u, fallo(err)
}

// cambiar applies a change to a locked account, and stores it.
func cambiar(ctx context.Context, tx database.Writer, u *domain.Usuario, change func(*domain.Usuario) error) error {
	if err := change(u); err != nil || !u.Cambiado() {
		return err
	}
	return escribir(ctx, tx, u)
}

// escribir stores a locked account with its new events, and ends the sessions that the change ends.
func escribir(ctx context.Context, tx database.Writer, u *domain.Usuario) error {
	f := aFila(u)
	if _, err := tx.NewUpdate().Model(&f).ExcludeColumn("id", "creado_en").WherePK().Exec(ctx); err != nil {
		return err
	}
	if err := anotar(ctx, tx, u.Hechos()...); err != nil {
		return err
	}
	salvo, ok := u.TerminaSesiones()
	if !ok {
		return nil
	}
	// When no session stays, the change has revoked all tokens of the user: tokens_desde is one entry for all of them.
	_, err := tx.NewUpdate().Model((*sesion)(nil)).Set("terminada_en = ?, en_bloque = ?", f.ActualizadoEn, salvo == "").
		Where("usuario_id = ? AND id <> ? AND terminada_en IS NULL", f.ID, salvo).Exec(ctx)
	return err
}
