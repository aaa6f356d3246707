package app

import (
	"sync"
	"time"

	"github.com/tienda-go/tienda/inventario/domain"
)

// Medida is the result of the last verification of the ledger.
type Medida struct {
	mu            sync.Mutex
	discrepancias int
	sabidas       bool
	buena         time.Time
}

func (m *Medida) anotar(v domain.Verificacion, err error, ahora time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.discrepancias, m.sabidas = len(v.Discrepancias), err == nil
	if err == nil && len(v.Discrepancias) == 0 {
		m.buena = ahora
	}
}

// Discrepancias is how many the last verification found; ok is false when it failed, or before the first one.
func (m *Medida) Discrepancias() (n int, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.discrepancias, m.sabidas
}

// UltimaBuena is when the ledger was last found to agree with stock; zero for never.
func (m *Medida) UltimaBuena() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.buena
}
