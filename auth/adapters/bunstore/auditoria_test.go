package bunstore_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/database"

	"github.com/tienda-go/tienda/auth/adapters/bunstore"
	"github.com/tienda-go/tienda/auth/domain"
)

// The database itself protects the trail, also from a program that has its password.
func TestAuditoria_solo_crece(t *testing.T) {
	t.Parallel()
	esquema.Each(t, func(t *testing.T, url string) {
		db := abrir(t, url)
		a := bunstore.New(db)
		for _, tipo := range []domain.TipoHecho{domain.AccesoFallido, domain.Bloqueo} {
			_, err := a.AnotarFallo(t.Context(), domain.Hecho{Tipo: tipo, Cuando: time.Now(), UsuarioID: 7, Direccion: "192.0.2.1"})
			require.NoError(t, err)
		}
		sentencias := []string{
			"DELETE FROM auditoria", "DELETE FROM auditoria WHERE id = 1", "UPDATE auditoria SET usuario_id = 8",
			"UPDATE auditoria SET direccion = ''", "UPDATE auditoria SET cuando = '2020-01-01 00:00:00+00:00'",
			"UPDATE auditoria SET detalle = '{\"x\": 1}'", "UPDATE auditoria SET veces = 0",
			"UPDATE auditoria SET veces = veces + 1", // not of a BLOQUEO
			"UPDATE auditoria SET veces = veces + 1, usuario_id = 8 WHERE tipo = 'ACCESO_FALLIDO'",
			"UPDATE auditoria SET veces = veces + 1, id = id + 10 WHERE tipo = 'ACCESO_FALLIDO'",
			"UPDATE auditoria SET veces = veces + 1, ventana = NULL WHERE tipo = 'ACCESO_FALLIDO'",
			"INSERT INTO auditoria (tipo, cuando, actor_id, usuario_id, direccion, detalle, veces) VALUES ('OTRO', " +
				"'2026-01-01 00:00:00+00:00', 0, 0, '', '{}', 0)",
		}
		if db.Engine() == database.Postgres {
			sentencias = append(sentencias, "TRUNCATE auditoria")
		} else {
			sentencias = append(sentencias,
				"REPLACE INTO auditoria (id, tipo, cuando, actor_id, usuario_id, direccion, detalle, veces) VALUES (1, 'BLOQUEO', "+
					"'2026-01-01 00:00:00+00:00', 0, 0, '', '{}', 0)",
				"REPLACE INTO auditoria (tipo, cuando, actor_id, usuario_id, direccion, detalle, ventana, veces) SELECT tipo, cuando, 9, "+
					"usuario_id, direccion, detalle, ventana, 1 FROM auditoria")
		}
		for _, s := range sentencias {
			_, err := db.Write().Exec(t.Context(), s)
			assert.Error(t, err, s)
		}
		_, err := db.Write().Exec(t.Context(), "UPDATE auditoria SET veces = veces + 1 WHERE tipo = 'ACCESO_FALLIDO'")
		require.NoError(t, err, "only the count may grow")
		var filas, suma int
		require.NoError(t, db.Read().QueryRow(t.Context(), "SELECT count(*), sum(veces) FROM auditoria WHERE usuario_id = 7").
			Scan(&filas, &suma))
		assert.Equal(t, []int{2, 3}, []int{filas, suma})
	})
}
