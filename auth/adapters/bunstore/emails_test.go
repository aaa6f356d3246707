package bunstore_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/auth/adapters/bunstore"
	"github.com/tienda-go/tienda/auth/domain"
	"github.com/tienda-go/tienda/auth/ports/portstest"
)

// Two old accounts have addresses that are the same today. Each account is found by the address that its owner types, and can be
// changed.
func TestCompararEmails(t *testing.T) {
	t.Parallel()
	esquema.Each(t, func(t *testing.T, url string) {
		db := abrir(t, url)
		a := bunstore.New(db)
		for i, email := range []string{"strasse@example.com", "straße@example.com", "josé@example.com"} {
			u := domain.NewUsuario(fmt.Sprint("usuaria", i), "x"+email, "$h", domain.RolCliente, portstest.Ahora)
			require.NoError(t, a.Crear(t.Context(), u))
			_, err := db.Write().Exec(t.Context(), "UPDATE usuarios SET email = $1, email_clave = NULL WHERE id = $2", email, u.ID())
			require.NoError(t, err)
		}
		_, err := db.Write().Exec(t.Context(), "UPDATE usuarios SET email_clave = email WHERE email = 'strasse@example.com'")
		require.NoError(t, err)

		var log bytes.Buffer
		for range 2 {
			require.NoError(t, a.CompararEmails(t.Context(), slog.New(slog.NewTextHandler(&log, nil))))
		}
		assert.Equal(t, 1, bytes.Count(log.Bytes(), []byte("level=WARN")), log.String())
		assert.NotContains(t, log.String(), "@", "no address is in the log")
		for escrito, email := range map[string]string{
			"Strasse@example.com": "strasse@example.com", "STRAßE@example.com": "straße@example.com",
			"JOSE\u0301@example.com": "josé@example.com",
		} {
			u, err := a.Buscar(t.Context(), domain.NormalizarIdentificador(escrito))
			require.NoError(t, err, escrito)
			assert.Equal(t, email, u.Email())
			_, err = a.Actualizar(t.Context(), u.ID(), func(u *domain.Usuario) error {
				u.CambiarHash("$otro", portstest.Ahora)
				return nil
			})
			require.NoError(t, err, escrito)
		}
	})
}
