package ports

import (
	"context"
	"time"

	"github.com/tienda-go/tienda/auth/domain"
)

// Auditoria is the trail of events of accounts. Rows are only added: every change of an account writes domain.Usuario.Hechos in
// its own transaction (Usuarios, Actores, Administradores), and so does Claves.Relevar; the other operations are here.
type Auditoria interface {
	// AnotarFallo records a failed or refused guess. All guesses of one type, account and address in a domain.VentanaHecho are one
	// row, and domain.Hecho.Acotar limits the rows. It reports whether the row is new. fault.ErrUnavailable.
	AnotarFallo(ctx context.Context, h domain.Hecho) (nuevo bool, err error)
	// Rastro reads the trail, the newest first. fault.ErrUnavailable.
	Rastro(ctx context.Context, f FiltroRastro) ([]domain.Hecho, error)
	// OlvidarRastro removes rows that are older than domain.RetencionRastro. fault.ErrUnavailable.
	OlvidarRastro(ctx context.Context, ahora time.Time) error
}

// FiltroRastro says which rows Rastro reads.
type FiltroRastro struct {
	UsuarioID    int64            // 0 = any
	Tipo         domain.TipoHecho // "" = any
	Desde, Hasta *time.Time       // Desde ≤ Cuando < Hasta; nil = open
	AntesDe      int64            // the id of the last row of the previous page; 0 = from the newest
	Limite       int
}
