// Package freeport gives tests ports that no other test process gets, and that the system uses for no outgoing connection.
//
// "Listen on port 0, close, and use the number" is not safe: until the server starts, the system may give the same port to an
// outgoing connection, or to another test. A test that kills a server also needs the same port again later.
package freeport

import (
	"fmt"
	"net"
	"strconv"
	"sync"
)

// The ports are below the range that the system uses for outgoing connections.
const (
	firstPort = 15000
	lastPort  = 29999
	blockSize = 250
)

// block is the ports of one process, which listens on the first port until it ends.
type block struct {
	mu    sync.Mutex
	first int
	lock  net.Listener
	given int // so far; a port is reused only after all others
}

// own is the block of this process, nil if all are taken.
var own = sync.OnceValue(takeBlock)

func takeBlock() *block {
	for first := firstPort; first+blockSize-1 <= lastPort; first += blockSize {
		if lock, err := net.Listen("tcp", Address(first)); err == nil {
			return &block{first: first, lock: lock}
		}
	}
	return nil
}

// Take gives n ports of 127.0.0.1 that nothing listens on. An error means that too many test processes run at once.
func Take(n int) ([]int, error) {
	b := own()
	if b == nil {
		return nil, fmt.Errorf("no block of %d free ports from %d to %d: end test processes that are left",
			blockSize, firstPort, lastPort)
	}
	return b.take(n)
}

// Address is where a server with this port listens.
func Address(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

func (b *block) take(n int) ([]int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var ports []int
	for range blockSize {
		if len(ports) == n {
			return ports, nil
		}
		port := b.first + 1 + b.given%(blockSize-1)
		b.given++
		if free(port) {
			ports = append(ports, port)
		}
	}
	return nil, fmt.Errorf("fewer than %d free ports from %d on", n, b.first)
}

// free connects and does not listen: a program that another goroutine starts at that moment would inherit the listener.
func free(port int) bool {
	c, err := net.Dial("tcp", Address(port))
	if err == nil {
		_ = c.Close()
	}
	return err != nil
}
