package transport

import (
	"errors"
	"net"
	"os"
	"syscall"
)

// arrived accepts all connections that wait in the kernel, and returns at once when there is none left.
func arrived(l net.Listener) (all []net.Conn) {
	tcp, ok := l.(*net.TCPListener)
	if !ok {
		return nil
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return nil
	}
	_ = raw.Control(func(listening uintptr) {
		for {
			fd, _, err := syscall.Accept4(int(listening), syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC)
			if errors.Is(err, syscall.EINTR) || errors.Is(err, syscall.ECONNABORTED) {
				continue
			}
			if err != nil {
				return
			}
			file := os.NewFile(uintptr(fd), "")
			if c, err := net.FileConn(file); err == nil { // on a copy of fd
				all = append(all, c)
			}
			_ = file.Close()
		}
	})
	return all
}
