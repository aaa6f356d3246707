package transport

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
)

const (
	maxChunkLine = 256     // bytes of a chunk's length and its extensions
	maxTrailers  = 1 << 10 // bytes of all trailer fields
)

// errChunks says that a chunked body breaks the rules of RFC 9112, section 7.1. A proxy in front may have read it differently.
var errChunks = errors.New("malformed chunk")

// chunks reads a chunked body to its end and drops extensions and trailers. Lines end with CR LF: proxies disagree on LF alone.
type chunks struct {
	source io.Reader
	left   int64 // bytes of the current chunk
	begun  bool  // a chunk was read before, and CR LF must follow it
	ended  bool
}

func (c *chunks) Read(p []byte) (int, error) {
	if c.ended {
		return 0, io.EOF
	}
	if c.left == 0 {
		if err := c.next(); err != nil {
			return 0, err
		}
		if c.ended {
			return 0, io.EOF
		}
	}
	n, err := c.source.Read(p[:min(int64(len(p)), c.left)])
	c.left -= int64(n)
	return n, whole(err)
}

// next reads up to the first byte of the next chunk, or past the end of the body.
func (c *chunks) next() error {
	if c.begun {
		if line, err := c.line(0); err != nil || len(line) > 0 {
			return malformed(err, "a chunk is longer than it says")
		}
	}
	c.begun = true
	line, err := c.line(maxChunkLine)
	if err != nil {
		return err
	}
	digits, _, _ := bytes.Cut(line, []byte(";"))
	digits = bytes.TrimRight(digits, " \t")
	length, err := strconv.ParseUint(string(digits), 16, 32)
	if err != nil || len(digits) > 8 {
		return malformed(nil, "the length of a chunk is no number")
	}
	c.left = int64(length)
	if c.left > 0 {
		return nil
	}
	for room := maxTrailers; ; {
		line, err := c.line(room)
		if err != nil {
			return err
		}
		if len(line) == 0 {
			c.ended = true
			return nil
		}
		if scan(line).malformed {
			return malformed(nil, "a trailer field is malformed")
		}
		room -= len(line)
	}
}

// line is the next line without its CR LF, of at most that many bytes.
func (c *chunks) line(most int) ([]byte, error) {
	var line []byte
	for {
		b, err := c.byte()
		if err != nil {
			return nil, err
		}
		switch {
		case b == '\r':
			if b, err = c.byte(); err == nil && b != '\n' {
				err = malformed(nil, "a CR without LF")
			}
			return line, err
		case b == '\n' || b == 0:
			return nil, malformed(nil, "a line ends without CR, or has NUL")
		case len(line) == most:
			return nil, malformed(nil, "a line is too long")
		}
		line = append(line, b)
	}
}

func (c *chunks) byte() (byte, error) {
	var b [1]byte
	_, err := io.ReadFull(c.source, b[:])
	return b[0], whole(err)
}

// whole turns the end of the stream into errCut, because the body has not ended.
func whole(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errCut
	}
	return err
}

func malformed(err error, how string) error {
	if err != nil && !errors.Is(err, errChunks) {
		return err
	}
	return fmt.Errorf("%w: %s", errChunks, how)
}
