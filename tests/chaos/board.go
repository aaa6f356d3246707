package chaos

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/tienda-go/tienda/tests/terminal"
)

// Board shows progress: on a terminal one line that changes, elsewhere a line every few seconds. A nil Board shows nothing.
type Board struct {
	out   *terminal.Terminal
	start time.Time

	mu    sync.Mutex
	title string
	rows  map[string]*row // by engine
	done  chan struct{}
}

// row is a current run.
type row struct {
	phase  string
	record *Record
}

// NewBoard begins to show.
func NewBoard(out *terminal.Terminal) *Board {
	b := &Board{out: out, start: time.Now(), done: make(chan struct{})}
	every := 5 * time.Second
	if out.Interactive() {
		every = 200 * time.Millisecond
	}
	go func() {
		ticker := time.NewTicker(every)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				b.show()
			case <-b.done:
				return
			}
		}
	}()
	return b
}

// Close stops showing.
func (b *Board) Close() {
	close(b.done)
	b.out.ClearLine()
}

// Title says what runs from now on.
func (b *Board) Title(format string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.title, b.rows = fmt.Sprintf(format, args...), map[string]*row{}
}

// Line prints a line of its own.
func (b *Board) Line(format string, args ...any) {
	b.out.ClearLine()
	b.out.Printf(format+"\n", args...)
}

func (b *Board) watch(engine string, r *Record) {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.rows[engine] = &row{record: r}
}

func (b *Board) phase(engine, phase string) {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.rows[engine].phase = phase
}

func (b *Board) show() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.rows) == 0 {
		return
	}
	text := fmt.Sprintf("%4.0f s  %s", time.Since(b.start).Seconds(), b.title)
	for _, engine := range slices.Sorted(maps.Keys(b.rows)) {
		r := b.rows[engine]
		c := r.record.Counts()
		bad := fmt.Sprintf("%d violations", c[violations])
		if c[violations] > 0 {
			bad = b.out.Paint(terminal.Red, bad)
		}
		text += fmt.Sprintf("  | %s %s: %d operations, %d faults, %d reads, %s", engine, r.phase, c[operations], c[faults],
			c[reads], bad)
	}
	if b.out.Interactive() {
		b.out.Printf("\r\x1b[K%s", text)
		return
	}
	b.out.Printf("%s\n", text)
}
