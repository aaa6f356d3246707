// Package terminal prints for a person: complete lines, and colours on a terminal.
package terminal

import (
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/mattn/go-isatty"
)

// Terminal is where a person reads. Colours are used on a real terminal only, and never when NO_COLOR is set
// (https://no-color.org) or the terminal is dumb.
type Terminal struct {
	mu          sync.Mutex
	out         io.Writer
	interactive bool
	colour      bool
}

// New writes to out.
func New(out io.Writer) *Terminal {
	t := &Terminal{out: out}
	if f, ok := out.(*os.File); ok {
		t.interactive = isatty.IsTerminal(f.Fd()) || isatty.IsCygwinTerminal(f.Fd())
	}
	t.colour = t.interactive && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	return t
}

// Interactive reports whether a person is likely to be looking at it right now.
func (t *Terminal) Interactive() bool { return t.interactive }

// Printf writes at once, whole: lines of several services do not mix.
func (t *Terminal) Printf(format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	_, _ = fmt.Fprintf(t.out, format, args...)
}

// ClearLine empties the line of the cursor.
func (t *Terminal) ClearLine() {
	if t.interactive {
		t.Printf("\r\x1b[K")
	}
}

// Style is an ANSI colour or weight.
type Style string

// The styles that are used.
const (
	Bold   Style = "1"
	Dim    Style = "2"
	Red    Style = "31"
	Green  Style = "32"
	Yellow Style = "33"
	Blue   Style = "34"
	Purple Style = "35"
	Cyan   Style = "36"
)

// Paint is s in a style, or s alone where there are no colours.
func (t *Terminal) Paint(style Style, s string) string {
	if !t.colour || style == "" || s == "" {
		return s
	}
	return "\x1b[" + string(style) + "m" + s + "\x1b[0m"
}
