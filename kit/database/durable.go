package database

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
)

// commits makes SQLite's commits durable, several at a time (ADR 15). With synchronous=NORMAL SQLite does not wait for the disk:
// every caller waits here, without holding the connection that writes, for an fdatasync that began after its commit.
//
// Other connections see a commit before it is durable. So a read waits too: a power cut must not remove what a client has got.
type commits struct {
	force   func() error // forces the log to the disk
	begun   atomic.Int64 // commits that another connection may see
	ended   atomic.Int64 // commits that are completely in the log, and failed ones
	durable atomic.Int64 // how many of the ended commits, from the first on, are on the disk

	mu      sync.Mutex
	next    *turn // the fdatasync that has not begun; nil while no caller waits for one
	working bool
	failed  error
}

// turn is one fdatasync, for all callers that wait for it.
type turn struct {
	done chan struct{}
	err  error
}

// begin is called before a statement that may commit, end after it.
func (c *commits) begin() { c.begun.Add(1) }

func (c *commits) end() { c.ended.Add(1) }

// settled waits until all commits that the caller can have seen are on the disk.
func (c *commits) settled(ctx context.Context) error {
	if c.begun.Load() == c.durable.Load() {
		return nil
	}
	t, err := c.join()
	if err != nil {
		return err
	}
	select {
	case <-t.done:
		return t.err
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", errNotDurable, ctx.Err())
	}
}

// join returns the next fdatasync that begins.
func (c *commits) join() (*turn, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.failed != nil {
		return nil, c.failed
	}
	if c.next == nil {
		c.next = &turn{done: make(chan struct{})}
	}
	if !c.working {
		c.working = true
		go c.work()
	}
	return c.next, nil
}

// work forces the log to the disk until no caller waits.
func (c *commits) work() {
	for {
		c.mu.Lock()
		t := c.next
		c.next = nil
		c.working = t != nil
		c.mu.Unlock()
		if t == nil {
			return
		}
		covered := c.ended.Load()
		if t.err = c.failure(); t.err == nil {
			t.err = c.try(covered)
		}
		close(t.done)
	}
}

// try keeps a failure until the service restarts: the next fdatasync may succeed without the commits (fsync(2)).
func (c *commits) try(covered int64) error {
	err := c.force()
	if err == nil {
		c.durable.Store(covered)
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failed = unavailable(fmt.Errorf("%w: %w; mend the disk and restart the service", errNotDurable, err))
	return c.failed
}

// failure is the error after which no commit can become durable.
func (c *commits) failure() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.failed
}

// errNotDurable is about a commit that may be lost when the power goes.
var errNotDurable = errors.New("SQLite's log could not be forced to the disk")

// openLog opens the log that SQLite has just opened, to force it to the disk, and does that once: a killed process may have left
// commits there that are not durable. Closing the log drops no lock: SQLite's locks are on other files.
func (f *file) openLog(force func(*os.File) error) error {
	log, err := os.OpenFile(f.path+"-wal", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	opened, err := log.Stat()
	if err != nil {
		return errors.Join(err, log.Close())
	}
	f.log = log
	f.commits.force = func() error {
		now, err := os.Stat(log.Name())
		if err != nil {
			return err
		}
		if !os.SameFile(opened, now) {
			return fmt.Errorf("%s was replaced while it was open", log.Name())
		}
		return force(log)
	}
	if err := errors.Join(f.commits.force(), syncFolder(filepath.Dir(f.path))); err != nil {
		return errors.Join(err, f.close())
	}
	return nil
}

// syncFolder makes the names of new files durable.
func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// close may be called twice, like DB.Close.
func (f *file) close() error {
	if f.log == nil {
		return nil
	}
	if err := f.log.Close(); !errors.Is(err, os.ErrClosed) {
		return err
	}
	return nil
}
