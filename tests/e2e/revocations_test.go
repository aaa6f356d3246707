package e2e_test

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/dbtest"

	"github.com/tienda-go/tienda/tests/shop"
)

// TestRevocations_of_a_flood: after a quarter of a million logouts within the life of a token, as one attacker can cause with
// many accounts, a ban still reaches every service in time.
func TestRevocations_of_a_flood(t *testing.T) {
	t.Parallel()
	const users, each = 2_500, 100
	cluster := dbtest.StartCluster(t)
	s := shop.New(t, shop.Options{Cluster: cluster})
	// Without the time limit that auth gives its database: on a busy machine so many rows take longer.
	db, err := sql.Open("pgx", strings.Replace(cluster.URL(), "/postgres?", "/auth?statement_timeout=0&", 1))
	require.NoError(t, err)
	defer db.Close()
	for _, statement := range []string{
		fmt.Sprintf(`INSERT INTO usuarios (nombre, email, email_clave, hash, rol, activo, version, creado_en, actualizado_en)
			SELECT 'u' || n, 'u' || n || '@x.example', 'u' || n || '@x.example', 'x', 'cliente', true, 1, now(), now()
			FROM generate_series(1, %d) n`, users),
		fmt.Sprintf(`INSERT INTO sesiones (id, usuario_id, creada_en, expira_en, terminada_en, tokens_hasta)
			SELECT gen_random_uuid()::text, u.id, now(), now() + interval '30 days', now(), now() + interval '15 minutes'
			FROM usuarios u, generate_series(1, %d) WHERE u.nombre LIKE 'u%%'`, each),
	} {
		_, err := db.ExecContext(t.Context(), statement)
		require.NoError(t, err)
	}
	password := "una-frase-larga-de-quien-sea"
	banned := s.Must(201, "auth", "POST", "/register", "",
		shop.Object{"username": "expulsada", "email": "e@tienda.example", "password": password})
	token := s.Login("expulsada", password)
	s.Must(200, "auth", "PATCH", fmt.Sprintf("/usuarios/%d", banned.Int("id")), s.Admin(), shop.Object{"activo": false})
	start := time.Now()
	s.Eventually("the ban is known", func() bool {
		for service, path := range map[string]string{"pedidos": "/pedidos", "inventario": "/inventario/1"} {
			if s.Call(service, "GET", path, token, nil).Status != 401 {
				return false
			}
		}
		return true
	})
	took := time.Since(start)
	assert.Less(t, took, time.Minute)
	kept, err := os.Stat(filepath.Join(s.Dir(), "pedidos-revocaciones.json"))
	require.NoError(t, err)
	t.Logf("%d ended sessions of %d users: a ban was known everywhere after %s; the kept list has %.1f MiB", users*each, users,
		took.Round(time.Second), float64(kept.Size())/(1<<20))
}
