package firma

import (
	"context"
	"time"

	"golang.org/x/sync/singleflight"
)

const (
	// minEspera is the least time between two reads: unknown kids and requests for the published set must cost little.
	minEspera = 50 * time.Millisecond
	// maxLectura is how long a caller waits for a database that hangs.
	maxLectura = 2 * time.Second
)

// lector reads again when a caller asks: one read at a time, shared by all callers that wait. A read that began before a caller
// asked is not enough for that caller: the key of its token may be newer.
type lector struct {
	leer    func(ctx context.Context) error
	turno   chan struct{}      // held by the current read
	proxima singleflight.Group // the read that has not begun yet
}

func nuevoLector(leer func(ctx context.Context) error) *lector {
	return &lector{leer: leer, turno: make(chan struct{}, 1)}
}

// reciente waits for a read that begins after the call, and returns its error. A caller that leaves does not end the shared read.
func (l *lector) reciente(ctx context.Context) error {
	select {
	case hecha := <-l.proxima.DoChan("", func() (any, error) { return nil, l.correr(context.WithoutCancel(ctx)) }):
		return hecha.Err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (l *lector) correr(ctx context.Context) error {
	l.turno <- struct{}{}
	defer func() { time.AfterFunc(minEspera, func() { <-l.turno }) }()
	l.proxima.Forget("") // later callers wait for the next read
	ctx, cancel := context.WithTimeout(ctx, maxLectura)
	defer cancel()
	return l.leer(ctx)
}
