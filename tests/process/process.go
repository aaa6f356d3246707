// Package process runs child processes that always end before or with their parent.
//
// A child has its own process group, so that a Ctrl-C reaches it only through Stop, in the order that the parent chooses. On
// Linux the kernel kills it when the parent ends or is killed.
package process

import (
	"errors"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// Process is a child that was started.
type Process struct {
	cmd  *exec.Cmd
	done chan struct{}
	err  error // how it ended; read after done
}

// Start starts cmd and waits for its end in the background.
func Start(cmd *exec.Cmd) (*Process, error) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	bind(cmd.SysProcAttr)
	cmd.WaitDelay = time.Second // a grandchild that keeps the pipe open must not block Wait
	started := make(chan error)
	spawner() <- func() { started <- cmd.Start() }
	if err := <-started; err != nil {
		return nil, err
	}
	p := &Process{cmd: cmd, done: make(chan struct{})}
	go func() {
		p.err = cmd.Wait()
		close(p.done)
	}()
	return p, nil
}

// spawner starts children on one thread that never ends: for the kernel, the end of the thread that started a child is the end
// of its parent.
var spawner = sync.OnceValue(func() chan<- func() {
	work := make(chan func())
	go func() {
		runtime.LockOSThread()
		for f := range work {
			f()
		}
	}()
	return work
})

// Done is closed when the child has ended and its output was read.
func (p *Process) Done() <-chan struct{} { return p.done }

// Ended reports whether Done is closed.
func (p *Process) Ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// Err waits for the end and says how it was: nil for exit code 0.
func (p *Process) Err() error {
	<-p.done
	return p.err
}

// Pid is the process id.
func (p *Process) Pid() int { return p.cmd.Process.Pid }

// Kill ends the child at once and waits for it (SIGKILL).
func (p *Process) Kill() {
	if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return // it cannot be killed; waiting would be for ever
	}
	<-p.done
}

// Pause freezes the child until Resume (SIGSTOP). It may be killed meanwhile.
func (p *Process) Pause() { _ = p.cmd.Process.Signal(syscall.SIGSTOP) }

// Resume lets a child go on that was frozen.
func (p *Process) Resume() { _ = p.cmd.Process.Signal(syscall.SIGCONT) }

// Stop asks the child to end (SIGTERM), gives it until deadline and then kills it. It reports whether it ended by itself.
func (p *Process) Stop(deadline time.Time) bool {
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // an error means that it has ended already
	select {
	case <-p.done:
		return true
	case <-time.After(time.Until(deadline)):
		p.Kill()
		return false
	}
}
