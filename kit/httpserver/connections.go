package httpserver

import (
	"io"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/valyala/fasthttp"
)

// What a connection is doing, as far as closing it matters.
const (
	connIdle     = iota // between requests, or before the first byte of the first one
	connSending         // its request is arriving
	connHandling        // its request is whole: it is never closed to make room
	connClosed
)

// connections bounds how many are open, of the process and of one network. At a cap, room is made for the new one: the longest
// idle one is closed, and if none is idle, the one that has been sending its request the longest. So a slow sender cannot hold
// the door, and what is being worked on is finished.
type connections struct {
	net.Listener
	most, mostOfOne int // 0 = any number
	trusts          func(netip.Addr) bool
	mu              sync.Mutex
	open            map[*conn]struct{}
	ofOne           map[string]int
	held            int  // bytes of bodies that are being read
	origins         bool // connections remember the Origin header
}

func limitConnections(l net.Listener, most, mostOfOne int, trusts func(netip.Addr) bool) *connections {
	return &connections{
		Listener: l, most: most, mostOfOne: mostOfOne, trusts: trusts, open: map[*conn]struct{}{}, ofOne: map[string]int{},
	}
}

// Accept is the next connection that there is room for.
func (l *connections) Accept() (net.Conn, error) {
	for {
		raw, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		address := addressOfConn(raw.RemoteAddr())
		c := &conn{Conn: raw, all: l, network: networkOf(address), trusted: l.trusts(address)}
		c.enter(connIdle)
		// fasthttp sets a deadline when the first byte has come.
		if l.add(c) && raw.SetReadDeadline(time.Now().Add(readTimeout)) == nil {
			return c, nil
		}
		_ = c.Close()
	}
}

// add is false when there is no room, and none can be made.
func (l *connections) add(c *conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	ofOne := func(other *conn) bool { return other.network == c.network && !other.trusted }
	if l.mostOfOne > 0 && !c.trusted && l.ofOne[c.network] >= l.mostOfOne && !l.makeRoom(ofOne) {
		return false
	}
	if l.most > 0 && len(l.open) >= l.most && !l.makeRoom(func(*conn) bool { return true }) {
		return false
	}
	l.open[c] = struct{}{}
	l.ofOne[c.network]++
	return true
}

// makeRoom closes the connection that is missed the least, of those that may be closed.
func (l *connections) makeRoom(may func(*conn) bool) bool {
	for {
		var chosen *conn
		var best int64
		for c := range l.open {
			if !may(c) {
				continue
			}
			// Idle ones come before sending ones; within each, the one that has been so the longest.
			if state := c.state.Load(); state&3 < connHandling && (chosen == nil || before(state, best)) {
				chosen, best = c, state
			}
		}
		if chosen == nil {
			return false
		}
		if chosen.state.CompareAndSwap(best, connClosed) { // else its request has come meanwhile
			l.forget(chosen)
			_ = chosen.Conn.Close()
			return true
		}
	}
}

func before(a, b int64) bool {
	if a&3 != b&3 {
		return a&3 < b&3
	}
	return a < b
}

// forget needs the lock; a connection is forgotten once.
func (l *connections) forget(c *conn) {
	if _, ok := l.open[c]; !ok {
		return
	}
	delete(l.open, c)
	if l.ofOne[c.network]--; l.ofOne[c.network] == 0 {
		delete(l.ofOne, c.network)
	}
	l.held -= c.held
	c.held = 0
}

// closeIdle closes those without a request, which fasthttp would wait for. Each is asked once more for a first byte that came
// just now.
func (l *connections) closeIdle() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.open {
		switch c.state.Load() & 3 {
		case connIdle:
			_ = c.Conn.SetReadDeadline(time.Now().Add(lastByteDelay))
		case connSending:
			_ = c.Conn.SetReadDeadline(time.Now().Add(lastRequestDelay))
		}
	}
}

// How long a connection may still begin a request, and send the rest of one, when the server stops.
const (
	lastByteDelay    = 50 * time.Millisecond
	lastRequestDelay = 4 * time.Second
)

// conn is a connection that knows what it is doing: in state, since when in microseconds, and in the last two bits what.
type conn struct {
	net.Conn
	all     *connections
	network string
	trusted bool
	state   atomic.Int64
	held    int // bytes of the body that is being read; all.mu guards it
	origin  string
	lingers bool // its client may still be sending
}

// enter begins a state, unless the connection was closed to make room.
func (c *conn) enter(state int64) {
	for {
		old := c.state.Load()
		if old&3 == connClosed || c.state.CompareAndSwap(old, time.Now().UnixMicro()<<2|state) {
			return
		}
	}
}

// The bytes of unfinished bodies, over all connections. Above it the connection that has been sending the longest is closed: a
// body that comes at once needs its bytes for a moment only.
const maxHeld = 16 << 20

// hold counts size bytes for the body that is being read; false when this connection was closed to make room.
func (c *conn) hold(size int) bool {
	l := c.all
	l.mu.Lock()
	defer l.mu.Unlock()
	if c.state.Load()&3 == connClosed {
		return false
	}
	l.held += size - c.held
	c.held = size
	for l.held > maxHeld {
		if !l.makeRoom(func(other *conn) bool { return other.held > 0 }) {
			break // their bodies are whole by now
		}
	}
	return c.state.Load()&3 != connClosed
}

// release says that the body was read.
func (c *conn) release() {
	c.all.mu.Lock()
	defer c.all.mu.Unlock()
	c.all.held -= c.held
	c.held = 0
}

// How long, and how much, a connection is still read after an answer that came before the end of the body. A connection that is
// closed with bytes unread is reset, and the client may lose the answer (RFC 9112, section 9.6).
const (
	lingerTime  = time.Second
	lingerBytes = 256 << 10
)

// linger makes Close wait for the client to have read the answer.
func linger(c net.Conn) {
	if own, ok := c.(*conn); ok {
		own.lingers = true
	}
}

// Close ends the connection, and makes its place free.
func (c *conn) Close() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok && c.lingers {
		c.enter(connIdle) // the first to go when room is needed
		if half.CloseWrite() == nil && c.Conn.SetReadDeadline(time.Now().Add(lingerTime)) == nil {
			_, _ = io.CopyN(io.Discard, c.Conn, lingerBytes)
		}
	}
	c.enter(connClosed)
	c.all.mu.Lock()
	c.all.forget(c)
	c.all.mu.Unlock()
	return c.Conn.Close()
}

// follow tells a connection what fasthttp does with it.
func follow(c net.Conn, state fasthttp.ConnState) {
	own, ok := c.(*conn)
	if !ok {
		return
	}
	switch state {
	case fasthttp.StateActive:
		own.enter(connSending)
	case fasthttp.StateIdle:
		own.origin = ""
		own.enter(connIdle)
	}
}

// handling says that the request on c is whole.
func handling(c net.Conn) {
	if own, ok := c.(*conn); ok {
		own.enter(connHandling)
	}
}
