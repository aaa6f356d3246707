// Package archivos keeps in a folder what pedidos must know also when it dies while its database is away.
package archivos

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/tienda-go/tienda/pedidos/ports"
)

// Abandonados implements ports.Abandonados with an empty file for each order, whose name says all: it is there or not, and never
// half. It also keeps them in memory, so that a folder that cannot be written matters only to a process that dies.
type Abandonados struct {
	carpeta string
	mu      sync.Mutex
	todos   map[ports.Abandonado]struct{}
}

var _ ports.Abandonados = (*Abandonados)(nil)

// NewAbandonados reads what earlier processes left in a folder, which may not exist yet. Several processes may share it.
func NewAbandonados(carpeta string) (*Abandonados, error) {
	a := &Abandonados{carpeta: carpeta, todos: map[ports.Abandonado]struct{}{}}
	archivos, err := os.ReadDir(carpeta)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("leer pedidos abandonados: %w", err)
	}
	for _, archivo := range archivos {
		id, reserva, _ := strings.Cut(archivo.Name(), separador)
		if pedidoID, err := strconv.ParseInt(id, 10, 64); err == nil && reserva != "" {
			a.todos[ports.Abandonado{PedidoID: pedidoID, ReservaID: reserva}] = struct{}{}
		}
	}
	return a, nil
}

const separador = "_"

func (a *Abandonados) archivo(p ports.Abandonado) string {
	return filepath.Join(a.carpeta, strconv.FormatInt(p.PedidoID, 10)+separador+p.ReservaID)
}

// Anotar implements ports.Abandonados.
func (a *Abandonados) Anotar(p ports.Abandonado) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.todos[p] = struct{}{}
	if err := escribir(a.archivo(p)); err != nil {
		return fmt.Errorf("anotar pedido abandonado: %w", err)
	}
	return nil
}

// escribir makes an empty file, and makes its name durable.
func escribir(ruta string) error {
	if err := os.MkdirAll(filepath.Dir(ruta), 0o700); err != nil {
		return err
	}
	archivo, err := os.OpenFile(ruta, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	carpeta, err := os.Open(filepath.Dir(ruta))
	if err != nil {
		return errors.Join(err, archivo.Close())
	}
	return errors.Join(archivo.Close(), carpeta.Sync(), carpeta.Close())
}

// Todos implements ports.Abandonados.
func (a *Abandonados) Todos() []ports.Abandonado {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Collect(maps.Keys(a.todos))
}

// Borrar implements ports.Abandonados. A file that stays does no harm: the next process finds its order cancelled.
func (a *Abandonados) Borrar(p ports.Abandonado) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.todos, p)
	if err := os.Remove(a.archivo(p)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("borrar pedido abandonado: %w", err)
	}
	return nil
}
