// Package archivos keeps in a folder what must survive the end of a process while the database is away.
package archivos

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/tienda-go/tienda/kit/config"

	"github.com/tienda-go/tienda/pedidos/ports"
)

// Abandonados implements ports.Abandonados with an empty file for each order, whose name says all: it is there or not, and never
// half. Several processes may share a folder. Their orders are also in memory, so that a folder that cannot be written matters
// only to a process that dies.
type Abandonados struct {
	carpeta string
	mu      sync.Mutex
	propios map[ports.Abandonado]struct{}
}

var _ ports.Abandonados = (*Abandonados)(nil)

// NewAbandonados makes the folder, whose parent is DATA_DIR, and warns when it cannot.
func NewAbandonados(carpeta string, log *slog.Logger) *Abandonados {
	err := os.MkdirAll(carpeta, 0o700)
	if err == nil {
		err = errors.Join(sincronizar(filepath.Dir(carpeta)), config.Writable(carpeta))
	}
	if err != nil {
		log.Warn("DATA_DIR cannot be written: when this process ends, it forgets the orders that it must still cancel; "+
			"let DATA_DIR be a folder that this user may write", "error", err)
	}
	return &Abandonados{carpeta: carpeta, propios: map[ports.Abandonado]struct{}{}}
}

// sincronizar makes the names in a folder durable.
func sincronizar(carpeta string) error {
	f, err := os.Open(carpeta)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

const separador = "_"

func (a *Abandonados) archivo(p ports.Abandonado) string {
	return filepath.Join(a.carpeta, strconv.FormatInt(p.PedidoID, 10)+separador+p.ReservaID)
}

// Anotar implements ports.Abandonados.
func (a *Abandonados) Anotar(p ports.Abandonado) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.propios[p] = struct{}{}
	archivo, err := os.OpenFile(a.archivo(p), os.O_CREATE|os.O_WRONLY, 0o600)
	if err == nil {
		err = errors.Join(archivo.Close(), sincronizar(a.carpeta))
	}
	if err != nil {
		return fmt.Errorf("anotar pedido abandonado: %w", err)
	}
	return nil
}

// Todos implements ports.Abandonados.
func (a *Abandonados) Todos() ([]ports.Abandonado, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	todos := maps.Clone(a.propios)
	archivos, err := os.ReadDir(a.carpeta)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err = nil
	case err != nil:
		err = fmt.Errorf("leer pedidos abandonados: %w", err)
	}
	for _, archivo := range archivos {
		id, reserva, _ := strings.Cut(archivo.Name(), separador)
		if pedidoID, err := strconv.ParseInt(id, 10, 64); err == nil && reserva != "" {
			todos[ports.Abandonado{PedidoID: pedidoID, ReservaID: reserva}] = struct{}{}
		}
	}
	return slices.Collect(maps.Keys(todos)), err
}

// Borrar implements ports.Abandonados.
func (a *Abandonados) Borrar(p ports.Abandonado) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.propios, p)
	if err := os.Remove(a.archivo(p)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("borrar pedido abandonado: %w", err)
	}
	return nil
}
