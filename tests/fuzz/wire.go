package fuzz

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/tienda-go/tienda/tests/shop"
)

// patience is longer than any request takes, also on a busy machine: a service refuses it after some seconds.
const patience = time.Minute

// wire is one kept connection to a service. It sends raw bytes, which an HTTP library would refuse.
type wire struct {
	address string
	conn    net.Conn
	reader  *bufio.Reader
}

// reply is what came back.
type reply struct {
	Status int
	Header http.Header
	Body   []byte
}

// errClosed: the service has closed the connection without an answer.
var errClosed = errors.New("the connection was closed without an answer")

// errSurplus: there were more answers than requests, so a part of a request was read as a second one.
var errSurplus = errors.New("something follows the answer")

func (w *wire) close() {
	if w.conn != nil {
		_ = w.conn.Close()
		w.conn = nil
	}
}

// exchange sends a request and reads its answer. A kept connection that turns out to be closed is tried once more, anew.
func (w *wire) exchange(method string, request []byte) (reply, error) {
	kept := w.conn != nil
	r, err := w.try(method, request)
	if errors.Is(err, errClosed) && kept {
		return w.try(method, request)
	}
	return r, err
}

func (w *wire) try(method string, request []byte) (reply, error) {
	if w.conn == nil {
		conn, err := net.DialTimeout("tcp", w.address, patience)
		if err != nil {
			return reply{}, fmt.Errorf("connect: %w", err)
		}
		w.conn, w.reader = conn, bufio.NewReaderSize(conn, 64<<10)
	}
	if err := w.conn.SetDeadline(time.Now().Add(patience)); err != nil {
		w.close()
		return reply{}, errClosed
	}
	_, written := w.conn.Write(request) // it may have been refused before its end: there can be an answer all the same
	response, err := w.read(method)
	if err != nil {
		w.close()
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return reply{}, fmt.Errorf("no answer in %s: %w", patience, err)
		}
		return reply{}, errClosed
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if location := response.Header.Get("Location"); location != "" {
		response.Header.Set("Location", shop.Resolve(target(request), location))
	}
	r := reply{Status: response.StatusCode, Header: response.Header, Body: body}
	switch {
	case err != nil:
		w.close()
		return r, fmt.Errorf("the answer breaks off: %w", err)
	case w.reader.Buffered() > 0 && !response.Close:
		w.close()
		return r, errSurplus
	case response.Close || written != nil:
		w.close()
	}
	return r, nil
}

// target is what a request asks for.
func target(request []byte) string {
	line, _, _ := bytes.Cut(request, []byte("\r\n"))
	if words := bytes.Fields(line); len(words) > 1 {
		return string(words[1])
	}
	return ""
}

// read skips interim answers (RFC 9110, section 15.2).
func (w *wire) read(method string) (*http.Response, error) {
	for {
		response, err := http.ReadResponse(w.reader, &http.Request{Method: method})
		if err != nil || response.StatusCode >= 200 {
			return response, err
		}
	}
}
