package bunstore_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/idempotency"

	"github.com/tienda-go/tienda/productos/adapters/bunstore"
	"github.com/tienda-go/tienda/productos/domain"
)

// viejo stores a product as it was stored before names and SKUs had an identity.
func viejo(t *testing.T, db *database.DB, id int64, nombre, sku, estado string) {
	t.Helper()
	_, err := db.Write().Exec(t.Context(), `INSERT INTO productos
		(id, nombre, nombre_clave, descripcion, precio, moneda, sku, estado, version, creado_en, actualizado_en)
		VALUES ($1, $2, $3, '', 100, 'EUR', $4, $5, 1, '2026-01-01 00:00:00+00:00', '2026-01-01 00:00:00+00:00')`,
		id, nombre, strings.ToLower(nombre), sku, estado)
	require.NoError(t, err)
}

func TestIdentificar_lo_que_hay_se_queda(t *testing.T) {
	t.Parallel()
	esquema.Each(t, func(t *testing.T, url string) {
		db := abrir(t, url)
		viejo(t, db, 101, "Straße", "ABC-1", "ACTIVO")
		viejo(t, db, 102, "STRASSE", "abc-1", "ACTIVO")
		viejo(t, db, 103, "\ufb01n", "F-1", "ACTIVO") // its identity equals the key that the next product already has
		viejo(t, db, 104, "fin", "F-2", "ACTIVO")
		viejo(t, db, 105, "\u200b", "I-1", "ACTIVO")
		viejo(t, db, 106, "\u200b\u200b", "I-2", "BORRADOR")
		viejo(t, db, 107, "strasse ", "ABC-1", "ARCHIVADO")
		viejo(t, db, 108, "Solo", "S-1", "ACTIVO")
		r := bunstore.New(db)
		var registro bytes.Buffer
		for range 2 { // the second start changes nothing
			require.NoError(t, r.Identificar(t.Context(), slog.New(slog.NewTextHandler(&registro, nil))))
		}
		avisos := registro.String()
		assert.Equal(t, 5, strings.Count(avisos, "level=WARN"), avisos)
		for _, aviso := range []string{"producto=101 campo=nombre", "producto=102 campo=nombre", "producto=102 campo=sku",
			"producto=103 campo=nombre", "producto=104 campo=nombre"} {
			assert.Contains(t, avisos, aviso)
		}

		encarecer := func(p *domain.Producto) error {
			f := p.Ficha()
			f.Precio++
			return p.Editar(f, p.CreadoEn())
		}
		for id := int64(101); id <= 108; id++ {
			_, err := r.Actualizar(t.Context(), idempotency.Key{}, id, encarecer)
			require.NoError(t, err, "what is there can still be changed: %d", id)
		}
		crear := func(nombre, sku string) error {
			nuevo, err := domain.NewProducto(domain.Ficha{Nombre: nombre, SKU: sku}, cuando)
			require.NoError(t, err)
			_, err = r.Crear(t.Context(), idempotency.Key{}, nuevo)
			return err
		}
		exigir := func(err error, kind *fault.Kind, otro int64) {
			t.Helper()
			require.ErrorIs(t, err, kind)
			assert.Equal(t, otro, fault.From(err).Extra["producto_id"])
		}
		exigir(crear("strasse", ""), domain.ErrNombreDuplicado, 101)
		exigir(crear("FIN", ""), domain.ErrNombreDuplicado, 103)
		exigir(crear("otro", "Abc-1"), domain.ErrSKUDuplicado, 101)
		archivar := func(id int64) {
			_, err := r.Actualizar(t.Context(), idempotency.Key{}, id, func(p *domain.Producto) error { p.Archivar(cuando); return nil })
			require.NoError(t, err)
		}
		archivar(101)
		exigir(crear("strasse", ""), domain.ErrNombreDuplicado, 102)
		restaurar := func(id int64) error {
			_, err := r.Actualizar(t.Context(), idempotency.Key{}, id, func(p *domain.Producto) error { p.Restaurar(cuando); return nil })
			return err
		}
		exigir(restaurar(101), domain.ErrNombreDuplicado, 102)
		archivar(102)
		require.NoError(t, restaurar(101))
		exigir(restaurar(107), domain.ErrNombreDuplicado, 101)
	})
}

// Writers take and free one name at the same time: each gets the name, or an error that names the product that has it.
func TestCrear_nombre_que_va_y_viene(t *testing.T) {
	t.Parallel()
	esquema.Each(t, func(t *testing.T, url string) {
		r := bunstore.New(abrir(t, url))
		hecho := make(chan error, 40)
		for i := range cap(hecho) {
			go func() {
				nuevo, err := domain.NewProducto(domain.Ficha{Nombre: "Taza", SKU: fmt.Sprintf("T-%d", i%2)}, cuando)
				if err != nil {
					hecho <- err
					return
				}
				p, err := r.Crear(t.Context(), idempotency.Key{}, nuevo)
				if err == nil {
					_, err = r.Actualizar(t.Context(), idempotency.Key{}, p.ID(),
						func(p *domain.Producto) error { p.Archivar(cuando); return nil })
				}
				hecho <- err
			}()
		}
		creados := 0
		for range cap(hecho) {
			err := <-hecho
			switch fault.CodeOf(err) {
			case "":
				creados++
			case fault.Conflict:
				assert.NotNil(t, fault.From(err).Extra["producto_id"])
			default:
				assert.ErrorIs(t, err, fault.ErrUnavailable)
			}
		}
		assert.Positive(t, creados)
	})
}

// TestIdentificar_espera_a_quien_escribe: while another transaction writes products, it waits: no equal product is missed.
func TestIdentificar_espera_a_quien_escribe(t *testing.T) {
	t.Parallel()
	db := abrir(t, esquema.Postgres(t))
	viejo(t, db, 101, "Straße", "ABC-1", "ACTIVO")
	fin := make(chan error, 1)
	require.NoError(t, db.InTx(t.Context(), func(ctx context.Context, otra database.Writer) error {
		// It locks no row: only the lock of the whole table must wait for it.
		if _, err := otra.Exec(ctx, "UPDATE productos SET precio = precio WHERE false"); err != nil {
			return err
		}
		go func() { fin <- bunstore.New(db).Identificar(t.Context(), slog.New(slog.DiscardHandler)) }()
		for espera := false; !espera; {
			select {
			case err := <-fin:
				return errors.Join(errors.New("it did not wait for the other transaction"), err)
			default:
			}
			err := db.Read().QueryRow(t.Context(), `SELECT EXISTS (SELECT 1 FROM pg_locks JOIN pg_database ON pg_database.oid = database
				WHERE datname = current_database() AND relation = 'productos'::regclass AND NOT granted)`).Scan(&espera)
			if err != nil {
				return err
			}
		}
		return nil
	}))
	require.NoError(t, <-fin)
}
