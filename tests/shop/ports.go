package shop

import (
	"net"
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// Ports of services are below the range that the system takes the ports of outgoing connections from: there, a client that
// waits for a killed service to come back may be given its port, even be connected to itself, and the service could not start.
// They are above those of kit/dbtest.
const (
	firstPort = 20000
	lastPort  = 29999
	blockSize = 250
)

// portBlock is the ports that no other test process hands out: it listens on the first of them for as long as it lives, which
// only one process can.
type portBlock struct {
	mu    sync.Mutex
	first int
	lock  net.Listener
	given int // so far; a port comes again only after all others
}

// ownPorts is the block of this process.
var ownPorts = sync.OnceValue(takeBlock)

// takeBlock gives a free block, nil if all are taken.
func takeBlock() *portBlock {
	for first := firstPort; first+blockSize-1 <= lastPort; first += blockSize {
		if lock, err := listen(first); err == nil {
			return &portBlock{first: first, lock: lock}
		}
	}
	return nil
}

// FreePorts are ports without a listener. No other caller gets them, in this process or another.
func FreePorts(t testing.TB, n int) []string {
	t.Helper()
	block := ownPorts()
	require.NotNil(t, block, "no block of %d free ports from %d to %d", blockSize, firstPort, lastPort)
	return block.next(t, n)
}

func (b *portBlock) next(t testing.TB, n int) []string {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	var ports []string
	for tries := 1; len(ports) < n; tries++ {
		require.Less(t, tries, blockSize, "fewer than %d free ports from %d on", n, b.first)
		port := b.first + 1 + b.given%(blockSize-1)
		b.given++
		if free(port) {
			ports = append(ports, strconv.Itoa(port))
		}
	}
	return ports
}

// free asks by calling, not by listening: a program that is started elsewhere at that moment would hold the listener for a
// while longer than this process does, and the port would be taken for who asked.
func free(port int) bool {
	c, err := net.Dial("tcp", "127.0.0.1:"+strconv.Itoa(port))
	if err == nil {
		_ = c.Close()
	}
	return err != nil
}

func listen(port int) (net.Listener, error) {
	return net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(port))
}
