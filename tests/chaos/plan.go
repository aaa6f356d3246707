package chaos

import (
	"fmt"
	"strings"
	"time"
)

// Kind is a way to break something.
type Kind string

// The faults.
const (
	Kill    Kind = "kill -9"       // a process, or PostgreSQL; started again a moment later
	Pause   Kind = "hung"          // a process is stopped, and then continues
	Late    Kind = "late request"  // a request arrives late, perhaps after its caller's timeout
	Held    Kind = "held request"  // a request arrives after its caller's last deadline
	Slow    Kind = "late reply"    // an answer arrives late
	Trickle Kind = "trickle"       // an answer comes a few bytes at a time
	Cut     Kind = "cut reply"     // the connection closes in the middle of an answer
	Drop    Kind = "dropped reply" // a request has its effect, but its answer is lost
	Hang    Kind = "hung link"     // no request arrives
	Shut    Kind = "refused"       // connections are closed and new ones refused
)

// Kinds are all of them, in the order in which they are shown.
func Kinds() []Kind { return []Kind{Kill, Pause, Late, Held, Slow, Trickle, Cut, Drop, Hang, Shut} }

// Step is one fault of a target.
type Step struct {
	After time.Duration // that the one before has ended
	Kind  Kind
	For   time.Duration
	Size  int     // milliseconds of what is late, bytes before a cut
	Share float64 // of the connections that are late
}

// Lane is everything that happens to one target, one after the other. Lanes go on at the same time.
type Lane struct {
	Target string // an instance, "postgres", or a link such as "pedidos → inventario"
	Steps  []Step
}

// The databases.
const (
	Postgres = "postgres"
	SQLite   = "sqlite"
)

// Plan is the storm of one run: nothing but data, and nothing but the seed decides it.
type Plan struct {
	Seed   uint64
	Engine string
	Storm  time.Duration
	Lanes  []Lane
}

// String is the plan, a line a target.
func (p Plan) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "seed %d on %s, a storm of %s", p.Seed, p.Engine, p.Storm)
	for _, l := range p.Lanes {
		fmt.Fprintf(&b, "\n  %s:", l.Target)
		for _, s := range l.Steps {
			fmt.Fprintf(&b, " +%s %s %s", s.After, s.Kind, s.For)
			switch s.Kind {
			case Late, Held, Slow:
				fmt.Fprintf(&b, " (%d ms, %.0f %%)", s.Size, 100*s.Share)
			case Cut:
				fmt.Fprintf(&b, " (%d bytes)", s.Size)
			}
			b.WriteByte(';')
		}
	}
	return b.String()
}
