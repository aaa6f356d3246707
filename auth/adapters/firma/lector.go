package firma

import (
	"context"
	"sync"
	"time"
)

const (
	// minEspera is the least time between two reads, so that unknown kids and requests for the published set cost the database
	// little.
	minEspera = 50 * time.Millisecond
	// maxLectura is how long a caller waits for a database that hangs.
	maxLectura = 2 * time.Second
)

// lector reads again when a caller asks: one read at a time, shared by all callers that wait. A read that began before a caller
// asked is not enough for that caller: the key of its token may be newer.
type lector struct {
	leer    func(ctx context.Context) error
	turno   chan struct{} // held by the current read
	mu      sync.Mutex
	proxima *lectura // the read that has not begun yet; nil = no caller waits
}

// lectura is one read; err is set before hecha is closed.
type lectura struct {
	hecha chan struct{}
	err   error
}

func nuevoLector(leer func(ctx context.Context) error) *lector {
	return &lector{leer: leer, turno: make(chan struct{}, 1)}
}

// reciente waits for a read that begins after the call, and returns its error.
func (l *lector) reciente(ctx context.Context) error {
	l.mu.Lock()
	esta := l.proxima
	if esta == nil {
		esta = &lectura{hecha: make(chan struct{})}
		l.proxima = esta
		go l.correr(context.WithoutCancel(ctx), esta) // all waiting callers share the read, so a caller that leaves must not end it
	}
	l.mu.Unlock()
	select {
	case <-esta.hecha:
		return esta.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (l *lector) correr(ctx context.Context, esta *lectura) {
	l.turno <- struct{}{}
	defer func() { time.Sleep(minEspera); <-l.turno }()
	l.mu.Lock()
	l.proxima = nil // later callers wait for the next read
	l.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, maxLectura)
	defer cancel()
	esta.err = l.leer(ctx)
	close(esta.hecha)
}
