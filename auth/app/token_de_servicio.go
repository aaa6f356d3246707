package app

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"slices"
	"strings"
	"time"

	"github.com/tienda-go/tienda/auth/domain"
	"github.com/tienda-go/tienda/auth/ports"
)

// PedirToken is a service's request for a token of its own (RFC 6749, section 4.4).
type PedirToken struct {
	Cliente, Secreto, Audiencia string
	Alcance                     string // space separated; "" = all scopes that the client may have there
	Direccion                   string // of the client, for the log
}

// TokenDeServicio is the answer to PedirToken.
type TokenDeServicio struct {
	Acceso  string
	Alcance string
	Vida    time.Duration
}

// EmitirTokenDeServicio issues a token with which a service calls another one. domain.ErrClienteInvalido,
// domain.ErrPeticionDeToken with the member `error` of RFC 6749, fault.ErrUnavailable.
func (s *Servicio) EmitirTokenDeServicio(ctx context.Context, p PedirToken) (TokenDeServicio, error) {
	// An unknown client is compared with a secret too, so that the time of the answer does not show which clients exist.
	secret, known := s.d.Secretos[p.Cliente]
	want, got := sha256.Sum256([]byte(secret.Reveal())), sha256.Sum256([]byte(p.Secreto))
	if subtle.ConstantTimeCompare(want[:], got[:]) != 1 || !known || secret == "" {
		cliente := p.Cliente
		if !known {
			cliente = "" // the sent name may be a secret
		}
		s.d.Log.WarnContext(ctx, "service refused", "cliente", cliente, "direccion", p.Direccion)
		return TokenDeServicio{}, domain.ErrClienteInvalido.New("El client_id o el client_secret no son correctos.").
			With("error", "invalid_client")
	}
	if !slices.Contains(domain.Servicios, p.Audiencia) {
		return TokenDeServicio{}, domain.ErrPeticionDeToken.New("audience debe ser auth, productos, inventario o pedidos.").
			With("error", "invalid_target")
	}
	granted := domain.AlcancesDeServicio(p.Cliente, p.Audiencia)
	if p.Alcance != "" {
		asked := strings.Fields(p.Alcance)
		if len(asked) == 0 || slices.ContainsFunc(asked, func(scope string) bool { return !slices.Contains(granted, scope) }) {
			return TokenDeServicio{}, domain.ErrPeticionDeToken.
				New("scope pide más de lo que este cliente puede hacer allí, o nada; quítelo para tenerlo todo.").
				With("error", "invalid_scope")
		}
		granted = asked
	}
	token, err := s.d.Firmador.Firmar(ctx, ports.DatosDeToken{
		Sujeto: domain.SujetoDeServicio(p.Cliente), Audiencia: p.Audiencia, Alcances: granted, Vida: domain.VidaTokenDeServicio,
	})
	if err != nil {
		return TokenDeServicio{}, err
	}
	return TokenDeServicio{Acceso: token, Alcance: strings.Join(granted, " "), Vida: domain.VidaTokenDeServicio}, nil
}
