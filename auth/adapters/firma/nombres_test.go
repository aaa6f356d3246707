package firma_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/tienda-go/tienda/kit/authn"

	"github.com/tienda-go/tienda/auth/domain"
)

// The domain names what tokens say without kit/authn, which reads them.
func TestNombres_de_los_tokens(t *testing.T) {
	t.Parallel()
	assert.Equal(t, authn.UserAudience, domain.AudienciaUsuarios)
	assert.Equal(t, authn.ServicePrefix+"pedidos", domain.SujetoDeServicio("pedidos"))
	assert.Equal(t, authn.MaxServiceLife, domain.VidaTokenDeServicio)
}
