package transport

import (
	"bytes"
	"io"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/tienda-go/tienda/kit/remote"
)

// What a connection is doing, which decides whether it may be closed.
const (
	connIdle     = iota // between requests, or before the first byte of the first one
	connSending         // its request is arriving, or its answer is waiting to be taken
	connHandling        // its request is complete: it is never closed to make room
	connClosed
)

// Listener limits the open connections of the process and of one network. At a limit, the connection is closed that has been
// idle, or sending a request slowly, for the longest time: slow clients keep no other client out, no request is lost.
type Listener struct {
	net.Listener
	most, mostOfOne int // 0 = any number
	trusts          func(netip.Addr) bool
	mu              sync.Mutex
	open            map[*conn]struct{}
	ofOne           map[string]int
	large           int  // how many are sending a large body
	origins         bool // connections note the Origin header
	closing         sync.Once
	last            []net.Conn // had arrived at Close, and are not yet accepted
}

// Limit accepts that many connections, and of one untrusted network; 0 = any number. origins: connections note the Origin header.
func Limit(l net.Listener, most, mostOfOne int, trusts func(netip.Addr) bool, origins bool) *Listener {
	return &Listener{
		Listener: l, most: most, mostOfOne: mostOfOne, trusts: trusts, origins: origins,
		open: map[*conn]struct{}{}, ofOne: map[string]int{},
	}
}

// Accept is the next connection that there is room for.
func (l *Listener) Accept() (net.Conn, error) {
	for {
		raw, err := l.Listener.Accept()
		if err != nil {
			if raw = l.takeLast(); raw == nil {
				return nil, err
			}
		}
		if tcp, ok := raw.(*net.TCPConn); ok { // else the kernel buffers megabytes for a client that does not read
			_ = tcp.SetWriteBuffer(kernelBuffer)
			_ = tcp.SetReadBuffer(kernelBuffer)
		}
		address := remote.AddressOf(raw.RemoteAddr())
		c := &conn{Conn: raw, all: l, network: remote.Network(address), trusted: l.trusts(address)}
		c.enter(connIdle)
		// fasthttp sets a deadline when the first byte has come.
		if l.add(c) && raw.SetReadDeadline(time.Now().Add(ReadTimeout)) == nil {
			return c, nil
		}
		_ = c.Close()
	}
}

// Close stops accepting. Accept still returns connections that had arrived: the kernel would reset them. fasthttp calls it twice.
func (l *Listener) Close() (err error) {
	l.closing.Do(func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.last = arrived(l.Listener)
		err = l.Listener.Close()
	})
	return err
}

// takeLast is one of the connections that had arrived at Close; nil when there is none left.
func (l *Listener) takeLast() (c net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.last) > 0 {
		c, l.last = l.last[0], l.last[1:]
	}
	return c
}

// grace is how long a connection may take to send a request before it may be closed to make room for another of its network: an
// honest client needs less. A network that connects faster than that is refused further ones; the others are not.
const grace = 500 * time.Millisecond

// kernelBuffer is how many bytes the kernel keeps for a connection in each direction; Linux doubles it.
const kernelBuffer = 64 << 10

// add is false when there is no room, and no connection may be closed to make room.
func (l *Listener) add(c *conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	ofOne := func(other *conn) bool { return other.network == c.network && !other.trusted }
	if l.mostOfOne > 0 && !c.trusted && l.ofOne[c.network] >= l.mostOfOne && !l.makeRoom(ofOne, grace) {
		return false
	}
	if l.most > 0 && len(l.open) >= l.most && !l.makeRoom(func(*conn) bool { return true }, 0) {
		return false
	}
	l.open[c] = struct{}{}
	l.ofOne[c.network]++
	return true
}

// makeRoom closes, of the connections that may be closed, the one that was idle, or sending for more than grace, longest.
func (l *Listener) makeRoom(may func(*conn) bool, grace time.Duration) bool {
	for {
		youngest := time.Now().Add(-grace).UnixMicro() << 2
		var chosen *conn
		var best int64
		for c := range l.open {
			if !may(c) {
				continue
			}
			state := c.state.Load()
			closes := state&3 == connIdle || state&3 == connSending && state < youngest
			if closes && (chosen == nil || state < best) {
				chosen, best = c, state
			}
		}
		if chosen == nil {
			return false
		}
		if chosen.state.CompareAndSwap(best, connClosed) { // else its request has arrived meanwhile
			l.forget(chosen)
			_ = chosen.Conn.Close()
			return true
		}
	}
}

// forget needs the lock, and removes a connection once.
func (l *Listener) forget(c *conn) {
	if _, ok := l.open[c]; !ok {
		return
	}
	delete(l.open, c)
	if l.ofOne[c.network]--; l.ofOne[c.network] == 0 {
		delete(l.ofOne, c.network)
	}
	l.shrink(c)
}

// CloseIdle closes connections without a request, for which fasthttp would wait, unless a first byte has just arrived.
func (l *Listener) CloseIdle() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.open {
		switch c.state.Load() & 3 {
		case connIdle:
			_ = c.Conn.SetReadDeadline(time.Now().Add(LastByteDelay))
		case connSending:
			_ = c.Conn.SetReadDeadline(time.Now().Add(lastRequestDelay))
		}
	}
}

// How long a connection may still begin a request, and send the rest of one, when the server stops.
const (
	LastByteDelay    = 200 * time.Millisecond
	lastRequestDelay = 4 * time.Second
)

// conn is a connection with its state: what it is doing, in the last two bits, and since when, in microseconds.
type conn struct {
	net.Conn
	all     *Listener
	network string
	trusted bool
	state   atomic.Int64
	large   bool // it is sending a large body; all.mu guards this
	origin  string
	line    []byte // of the request, until the rest of it arrives
	lingers bool   // its client may still be sending
}

// enter begins a state, unless the connection was closed to make room.
func (c *conn) enter(state int64) { c.enterSince(state, time.Now()) }

func (c *conn) enterSince(state int64, since time.Time) {
	for {
		old := c.state.Load()
		if old&3 == connClosed || c.state.CompareAndSwap(old, since.UnixMicro()<<2|state) {
			return
		}
	}
}

// maxLarge is how many large bodies may be incomplete at a time, over all connections. Beyond it, in the network that has the
// most of them, the connection is closed that has been sending for the longest time: a steady body needs its buffer for a moment.
const maxLarge = 64

// enlarge counts the body that c is sending as a large one; false when c was closed to make room.
func (l *Listener) enlarge(c *conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, open := l.open[c]; !open {
		return false
	}
	c.large = true
	l.large++
	for l.large > maxLarge && l.makeRoom(l.ofLargest(), 0) {
	}
	return c.large
}

// ofLargest selects the connections with a large body, in the network that has the most of them.
func (l *Listener) ofLargest() func(*conn) bool {
	count := map[string]int{}
	var most string
	for c := range l.open {
		if !c.large {
			continue
		}
		if count[c.network]++; count[c.network] > count[most] {
			most = c.network
		}
	}
	return func(c *conn) bool { return c.large && c.network == most }
}

func (l *Listener) received(c *conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.shrink(c)
}

// shrink needs the lock.
func (l *Listener) shrink(c *conn) {
	if c.large {
		c.large = false
		l.large--
	}
}

// How long, and how much, a connection is still read after an answer that came before the end of the body. A connection that is
// closed with bytes unread is reset, and the client may lose the answer (RFC 9112, section 9.6); nginx answers 502 then.
const (
	lingerTime  = time.Second
	lingerBytes = 8 << 20
)

// Linger makes the end of the connection wait until the client has read the answer.
func Linger(c net.Conn) {
	if own, ok := c.(*conn); ok {
		own.lingers = true
	}
}

// Write sends bytes of an answer. A connection whose client does not read may be closed to make room, as when it sends slowly.
func (c *conn) Write(p []byte) (int, error) {
	c.enter(connSending)
	defer c.enter(connHandling)
	return c.Conn.Write(p)
}

// Read notes the Origin header: when fasthttp cannot read the request, as with too long headers, it is not there later.
func (c *conn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if c.all.origins && n > 0 {
		c.note(p[:n])
	}
	return n, err
}

// maxNoted is how many bytes are kept of a line that has not arrived completely; an Origin is shorter.
const maxNoted = 512

// note looks for Origin in the next bytes of a request, and reports whether its headers end there. A line may come in pieces.
func (c *conn) note(piece []byte) (ended bool) {
	if len(c.line) > 0 {
		piece = append(c.line, piece...)
	}
	ended = bytes.HasPrefix(piece, []byte("\r\n")) || bytes.Contains(piece, []byte("\n\r\n"))
	end := bytes.LastIndexByte(piece, '\n') + 1
	if origin := headerValue(piece[:end], "origin"); origin != nil {
		c.origin = string(origin)
	}
	c.line = append(c.line[:0], piece[end:min(end+maxNoted, len(piece))]...)
	return ended
}

// maxAwaited is how many bytes of further headers AwaitOrigin reads.
const maxAwaited = 256 << 10

// AwaitOrigin reads on, after too long headers, for a second at most, until the Origin header is there.
func AwaitOrigin(c net.Conn) {
	own, ok := c.(*conn)
	if !ok || !own.all.origins {
		return
	}
	_ = own.SetReadDeadline(time.Now().Add(lingerTime))
	piece := make([]byte, smallBody)
	for read := 0; read < maxAwaited && own.origin == ""; {
		n, err := own.Conn.Read(piece)
		if ended := own.note(piece[:n]); err != nil || ended {
			return
		}
		read += n
	}
}

// Close ends the connection and frees its place.
func (c *conn) Close() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok && c.lingers {
		c.enterSince(connIdle, time.UnixMicro(0)) // the first to be closed when room is needed
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

func follow(c net.Conn, state fasthttp.ConnState) {
	own, ok := c.(*conn)
	if !ok {
		return
	}
	switch state {
	case fasthttp.StateActive:
		own.enter(connSending)
	case fasthttp.StateIdle:
		own.origin, own.line = "", own.line[:0]
		own.enter(connIdle)
	}
}

func handling(c net.Conn) {
	if own, ok := c.(*conn); ok {
		own.enter(connHandling)
	}
}

// OriginOf is the Origin header of the request that c has sent last, also of one that could not be read.
func OriginOf(c net.Conn) string {
	if own, ok := c.(*conn); ok {
		return own.origin
	}
	return ""
}
