package matrix

import (
	"database/sql"
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/tests/openapi"
	"github.com/tienda-go/tienda/tests/shop"
)

const keyHeader = "Idempotency-Key"

// done counts the effects of the operations in the database of each service.
func done() map[string]string {
	return map[string]string{
		"productos":  "SELECT count(*) || ' products, versions ' || sum(version) FROM productos",
		"inventario": "SELECT (SELECT count(*) FROM movimientos) || ' movements, versions ' || sum(version) FROM existencias",
		"pedidos": "SELECT (SELECT count(*) FROM devoluciones) || ' returns, ' || count(*) || ' orders, " +
			"versions ' || coalesce(sum(version), 0) FROM pedidos",
	}
}

// keysOf is a shop in which a service can be kept from storing answers, as a crash after the effect does.
type keysOf struct {
	*World
	databases map[string]*sql.DB
	postgres  bool
}

// TestKeys: each operation that takes a key has its effect once, also when its answer is lost after the effect: the next try
// finds the effect and answers from it. An operation is here as soon as its document declares the header.
func TestKeys(t *testing.T) {
	t.Parallel()
	shop.EachWith(t, shop.Options{Env: Secrets(), Quiet: true}, func(t *testing.T, s *shop.Shop) {
		k := &keysOf{World: NewWorld(t, s), databases: map[string]*sql.DB{}, postgres: s.Database("pedidos") != ""}
		for service := range done() {
			k.databases[service] = s.Open(service)
		}
		rules, walked := Rules(), 0
		for _, document := range Documents(t, s) {
			for _, o := range document.Operations {
				if o.Spec.Parameters.GetByInAndName("header", keyHeader) == nil {
					continue
				}
				for _, c := range rules[o.Service+" "+o.String()] {
					t.Run(o.String()+" "+c.Name, func(t *testing.T) { k.check(t, o, c) })
					walked++
				}
			}
		}
		assert.GreaterOrEqual(t, walked, 10, "there are operations that take a key")
	})
}

func (k *keysOf) check(t *testing.T, o openapi.Operation, c Case) {
	require.Contains(t, done(), o.Service, "say in done what its effects are")
	caller, key := k.cast.Named("admin"), k.unique("clave")
	r := c.Ask(k.World, caller)
	ask := func() shop.Answer {
		return k.shop.Call(o.Service, o.Method, r.Path, caller.Tokens[o.Service], r.Body, append(r.Headers, keyHeader, key)...)
	}
	untouched := k.figures(t)
	k.losesAnswers(t, o.Service)
	lost := ask()
	k.keepsAnswers(t, o.Service)
	require.GreaterOrEqual(t, lost.Status, http.StatusInternalServerError, "%s", lost.Body)
	once := k.figures(t)
	require.NotEqual(t, untouched, once, "the request of the table has no effect: nothing is shown about the key")
	var bound int
	row := k.databases[o.Service].QueryRowContext(t.Context(),
		"SELECT count(*) FROM idempotency_keys WHERE key = $1 AND status IS NULL", key)
	require.NoError(t, row.Scan(&bound))
	require.Equal(t, 1, bound, "the effect is there and the key is not bound to it: Once was not asked, or was given no key")

	k.exec(t, o.Service, "UPDATE idempotency_keys SET leased_until = created_at WHERE status IS NULL") // as if its time were over
	resumed := ask()
	require.Equal(t, c.Success, resumed.Status, "%s", resumed.Body)
	assert.Empty(t, resumed.Header.Get("Idempotency-Replayed"))
	assert.Equal(t, once, k.figures(t), "the request that was resumed has had its effect again")
	replayed := ask()
	assert.Equal(t, c.Success, replayed.Status)
	assert.Equal(t, "true", replayed.Header.Get("Idempotency-Replayed"))
	assert.Equal(t, string(resumed.Body), string(replayed.Body))
}

// figures are those of all services: an operation may have its effect at another.
func (k *keysOf) figures(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for service, query := range done() {
		var figures string
		require.NoError(t, k.databases[service].QueryRowContext(t.Context(), query).Scan(&figures))
		all[service] = figures
	}
	return all
}

// losesAnswers makes storing an answer fail, and with it the request; its effect and its key are committed before.
func (k *keysOf) losesAnswers(t *testing.T, service string) {
	t.Helper()
	if k.postgres {
		k.exec(t, service, `CREATE OR REPLACE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''lost''; `+
			`END'`)
		k.exec(t, service, `CREATE TRIGGER lose BEFORE INSERT OR UPDATE ON idempotency_keys FOR EACH ROW WHEN (NEW.status IS NOT `+
			`NULL) EXECUTE FUNCTION lose()`)
		return
	}
	for _, event := range []string{"INSERT", "UPDATE"} {
		k.exec(t, service, fmt.Sprintf(`CREATE TRIGGER lose_%s BEFORE %[1]s ON idempotency_keys WHEN NEW.status IS NOT NULL
			BEGIN SELECT RAISE(ABORT, 'lost'); END`, event))
	}
}

func (k *keysOf) keepsAnswers(t *testing.T, service string) {
	t.Helper()
	if k.postgres {
		k.exec(t, service, "DROP TRIGGER lose ON idempotency_keys")
		return
	}
	for _, event := range []string{"INSERT", "UPDATE"} {
		k.exec(t, service, "DROP TRIGGER lose_"+event)
	}
}

func (k *keysOf) exec(t *testing.T, service, statement string) {
	t.Helper()
	_, err := k.databases[service].ExecContext(t.Context(), statement)
	require.NoError(t, err)
}
