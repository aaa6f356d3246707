package database

import (
	"context"
	"errors"
	"net"
	"syscall"

	"github.com/jackc/pgx/v5/stdlib"
)

// doubtful reports whether a connection must be asked before it is used again. The kernel knows without a round trip: PostgreSQL sends
// nothing between statements, so what can be read is its farewell, or the end of the connection.
func doubtful(_ context.Context, p stdlib.ShouldPingParams) bool {
	conn := p.Conn.PgConn().Conn()
	if secured, ok := conn.(interface{ NetConn() net.Conn }); ok {
		conn = secured.NetConn()
	}
	socket, ok := conn.(syscall.Conn)
	if !ok {
		return true
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return true
	}
	silent := false
	err = raw.Read(func(fd uintptr) bool {
		_, _, err := syscall.Recvfrom(int(fd), make([]byte, 1), syscall.MSG_PEEK)
		silent = errors.Is(err, syscall.EAGAIN)
		return true
	})
	return err != nil || !silent
}
