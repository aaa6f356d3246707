package mutants_test

import "github.com/tienda-go/tienda/tests/chaos"

const (
	pedidos    = "pedidos"
	inventario = "inventario"
)

// mutants are the defects that the promises exclude.
func mutants() map[string]mutant {
	calm := chaos.Weather{}
	// pedidos retries so early that many late requests are answered twice. By itself that breaks no promise.
	impatient := edit{"kit/resilience/policy.go", `cmp.Or(o.Timeout, 3*time.Second)`,
		`cmp.Or(o.Timeout, 800*time.Millisecond)`}
	return map[string]mutant{
		"stock is read, modified and written": {
			services: []string{inventario}, engine: chaos.Postgres, weather: calm, red: []string{"conservation", "ledger", "stock", "log"},
			edits: []edit{{"inventario/adapters/bunstore/aplicar.go",
				`	SET fisico = e.fisico + c.delta_fisico,
	    reservado = e.reservado + c.delta_reservado,`,
				`	SET fisico = leidas.fisico + c.delta_fisico,
	    reservado = leidas.reservado + c.delta_reservado,`,
			}, {"inventario/adapters/bunstore/aplicar.go",
				`FROM cambios c
	WHERE e.producto_id = c.producto_id`,
				`FROM cambios c, existencias leidas
	WHERE e.producto_id = c.producto_id AND leidas.producto_id = c.producto_id`,
			}},
		},
		"a release has no guard on the state": {
			services: []string{inventario}, engine: chaos.Postgres, weather: calm,
			red: []string{"conservation", "ledger", "stock", "unexpected answer", "log"},
			edits: []edit{
				{"inventario/adapters/bunstore/motor.go", `bloqueoReserva: "FOR UPDATE OF r"`, `bloqueoReserva: ""`},
				{"inventario/adapters/bunstore/reservas.go", `WHERE id = $1 AND estado = 'ACTIVA'`, `WHERE id = $1`},
				// The single statement ends nothing: its unique index of the ledger would refuse what has no guard.
				{"inventario/adapters/bunstore/unica.go", `WHERE id = $5::uuid AND estado = 'ACTIVA'`, `WHERE id = $5::uuid AND estado = ''`},
			},
		},
		"an unseen id is not closed by liberar": {
			services: []string{inventario, pedidos}, engine: chaos.SQLite, weather: chaos.Weather{Links: 2, Only: chaos.Late},
			red: []string{"stock", "conservation", "ledger"}, edits: []edit{{"inventario/adapters/bunstore/reservas.go",
				`		cerrada, err := insertarReserva(ctx, tx, liberada)
		if err != nil || cerrada {
			return err
		}
		// Another request stored it since the read above: now it is there.
		liberada, err = s.terminar(ctx, tx, id, causa, (*domain.Reserva).Liberar)
		return err`,
				`		return nil`,
			}, impatient},
		},
		"locks are taken in no fixed order": {
			services: []string{inventario}, engine: chaos.Postgres, weather: calm, red: []string{"deadlock", "calm"},
			edits: []edit{{"inventario/adapters/bunstore/unica.go", `ORDER BY l.producto_id FOR UPDATE OF e`,
				`ORDER BY l.producto_id DESC FOR UPDATE OF e`,
			}},
		},
		"the order is durable only after its reservation": {
			services: []string{pedidos}, engine: chaos.SQLite, weather: chaos.Weather{Kills: 2},
			red: []string{"stock", "conservation", "ledger"}, edits: []edit{{"pedidos/app/crear.go",
				`	if err := s.d.Pedidos.Crear(ctx, c.Clave, p, topes); err != nil {`,
				`	if err := s.d.Reservas.Reservar(ctx, p.ReservaID(), 0, p.Lineas()); err != nil &&
		!errors.Is(err, domain.ErrStockInsuficiente) {
		return nil, err
	}
	if err := s.d.Pedidos.Crear(ctx, c.Clave, p, topes); err != nil {`,
			}},
		},
		"the reconciler ignores leases": {
			services: []string{pedidos}, engine: chaos.SQLite, weather: calm, red: []string{"calm", "unexpected answer"},
			edits: []edit{{"pedidos/adapters/bunstore/pendientes.go",
				`WHERE revisar_en <= $2 AND id IN (SELECT id FROM pedidos WHERE revisar_en <= $3 ORDER BY revisar_en, id LIMIT $4)`,
				`WHERE fase IN ('RECIBIDO', 'CANCELANDO', 'COMPLETANDO') AND (revisar_en <= $2 OR true) AND id IN (SELECT id FROM pedidos
	WHERE fase IN ('RECIBIDO', 'CANCELANDO', 'COMPLETANDO') AND (revisar_en <= $3 OR true) ORDER BY id LIMIT $4)`,
			}},
		},
		"a cancel trusts a stale read": {
			services: []string{pedidos}, engine: chaos.Postgres, weather: calm,
			red: []string{"state", "final", "lost", "version", "log", "unexpected answer"},
			edits: []edit{{"pedidos/adapters/bunstore/pedidos.go", `WHERE id = $11 AND revision = $12`,
				`WHERE id = $11 AND revision >= 0 * $12::bigint`}},
		},
		"a key is stored outside the transaction of its effect": {
			services: []string{pedidos}, engine: chaos.SQLite, weather: chaos.Weather{Kills: 2},
			red: []string{"key", "orders", "replay", "conservation", "ledger"},
			edits: []edit{{"kit/idempotency/keystore/once.go", `		bound, err = bind(ctx, tx, key.Try(), done)
		return err
	})`, `		return nil
	})
	if err == nil && key.Given() {
		err = db.InTx(ctx, func(ctx context.Context, tx database.Writer) (err error) {
			bound, err = bind(ctx, tx, key.Try(), done)
			return err
		})
	}`}},
		},
		"a late reservation finds units after a refusal": {
			services: []string{pedidos}, engine: chaos.SQLite, weather: chaos.Weather{Links: 2, Only: chaos.Late},
			red:   []string{"stock", "conservation", "ledger"},
			edits: []edit{{"pedidos/app/conducir.go", `sinStock.Repetida || p.ReservasPedidas() > 1`, `false`}, impatient},
		},
		"a refusal is taken for a reservation": {
			services: []string{inventario}, engine: chaos.SQLite, weather: calm, red: []string{"conservation", "ledger"},
			edits: []edit{{"inventario/adapters/bunstore/reservas.go", `			return faltaStock(negados)
		}`, `			return nil
		}`}},
		},
		"a cancel is told before the units are back": {
			services: []string{pedidos}, engine: chaos.SQLite, weather: chaos.Weather{Kills: 2, Links: 1},
			red: []string{"stock", "conservation", "ledger"},
			edits: []edit{{"pedidos/app/conducir.go", `		err = s.d.Reservas.Liberar(ctx, p.ReservaID())`,
				`		go func() { _ = s.d.Reservas.Liberar(context.WithoutCancel(ctx), p.ReservaID()) }()`}},
		},
		"the reconciler gives up an order whose client will ask again": {
			services: []string{pedidos}, engine: chaos.SQLite, weather: chaos.Weather{Kills: 2, Links: 1},
			red: []string{"orders", "calm", "unexpected answer"}, edits: []edit{{"pedidos/app/reconciliar.go",
				`case p.Fase() == domain.FaseRecibido && !p.ConClave():`, `case p.Fase() == domain.FaseRecibido:`}},
		},
		"an answer to a key is not kept": {
			services: []string{pedidos}, engine: chaos.SQLite, weather: chaos.Weather{Links: 1},
			red: []string{"replay", "unexpected answer"},
			edits: []edit{{"kit/idempotency/keystore/store.go", `	header, err := json.Marshal(answer.Header)
	if err != nil {
		return nil, err
	}`, `	header, err := json.Marshal(answer.Header)
	if err != nil || header != nil {
		return nil, err
	}`}},
		},
		"PostgreSQL acknowledges what is not on disk": {
			services: []string{pedidos, inventario}, engine: chaos.Postgres, weather: chaos.Weather{Kills: 2},
			red: []string{"lost", "stock", "conservation", "orders", "replay", "version", "final", "state", "unexpected answer"},
			edits: []edit{{"kit/database/open.go", `config.RuntimeParams["timezone"] = "UTC"`,
				`config.RuntimeParams["timezone"], config.RuntimeParams["synchronous_commit"] = "UTC", "off"`}},
		},
		"a price is a cent off": {
			services: []string{pedidos}, engine: chaos.SQLite, weather: calm, red: []string{"price"},
			edits: []edit{{"pedidos/adapters/productos/catalogo.go", `Precio: *p.Precio,`, `Precio: *p.Precio + 1,`}},
		},
		"no reconciler runs": {
			services: []string{pedidos}, engine: chaos.SQLite, weather: chaos.Weather{Kills: 2}, red: []string{"settle"},
			edits: []edit{{"pedidos/app/reconciliar.go", `pedidos, err := s.d.Pendientes.Tomar(ctx, ahora, hasta, loteReconciliar)`,
				`pedidos, err := s.d.Pendientes.Tomar(ctx, ahora.AddDate(-1, 0, 0), hasta, loteReconciliar)`}},
		},
		"a return gets another id at each attempt": {
			services: []string{pedidos}, engine: chaos.SQLite, weather: chaos.Weather{Kills: 2, Links: 2, Only: chaos.Drop},
			red: []string{"returns", "conservation", "stock", "ledger"}, edits: []edit{{"pedidos/app/devolver.go",
				`s.d.Reservas.Reponer(ctx, d.MovimientoID(), `, `s.d.Reservas.Reponer(ctx, s.d.NuevoID(), `}},
		},
		"no reconciler finishes returns": {
			services: []string{pedidos}, engine: chaos.SQLite, weather: chaos.Weather{Kills: 2, Links: 1}, red: []string{"settle"},
			edits: []edit{{"pedidos/app/reconciliar.go", `TomarDevoluciones(ctx, ahora, hasta, loteReconciliar)`,
				`TomarDevoluciones(ctx, ahora.AddDate(-1, 0, 0), hasta, loteReconciliar)`}},
		},
		"the sum of returns is only read": {
			services: []string{pedidos}, engine: chaos.Postgres, weather: calm, red: []string{"returns", "unexpected answer", "log"},
			edits: []edit{{"pedidos/adapters/bunstore/motor.go", `paraCambiar: " FOR UPDATE"`, `paraCambiar: ""`}},
		},
		"an owner may cancel what was accepted": {
			services: []string{pedidos}, engine: chaos.SQLite, weather: calm, red: []string{"state", "lost"},
			edits: []edit{{"pedidos/domain/pedido.go",
				`p.negocio.Fase == FaseAceptado && (d.Motivo == MotivoUsuario || d.Motivo == MotivoExpirado)`,
				`p.negocio.Fase == FaseAceptado && d.Motivo == MotivoExpirado`}},
		},
		"a breaker does not close again": {
			services: []string{pedidos}, engine: chaos.SQLite, weather: chaos.Weather{Links: 2}, red: []string{"heal"},
			edits: []edit{{"kit/resilience/circuit.go", `return time.Second, c.probing || !fair`, `return time.Second, true`}},
		},
		"a service gives up when its database dies as it starts": {
			services: []string{pedidos, inventario}, engine: chaos.Postgres, weather: chaos.Weather{Kills: 2, Storage: 2},
			red: []string{"alive"}, edits: []edit{{"kit/database/start.go",
				`if fault.CodeOf(err) != fault.Unavailable || ctx.Err() != nil`,
				`if err == nil || fault.CodeOf(err) != "" || ctx.Err() != nil`}},
		},
	}
}
