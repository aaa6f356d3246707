package transport

import (
	"bytes"
	"errors"
	"io"
	"math"
	"net"
	"slices"
	"sync"

	"github.com/valyala/fasthttp"

	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/problem"
)

// smallBody is the size in bytes up to which a body has its own buffer. Larger bodies share a few large buffers.
const smallBody = 4 << 10

// rooms are buffers that hold the largest body.
var rooms = sync.Pool{New: func() any { return new([MaxBody]byte) }}

// postpone leaves the body, and the header Expect, to Body, after the checks of token and scope. RawHeaders keeps both headers.
func postpone(h *fasthttp.RequestHeader) fasthttp.RequestConfig {
	if h.ContentLength() > 0 {
		h.SetContentLength(-1) // fasthttp reads nothing ahead of a body of unknown length
	}
	h.Del(fasthttp.HeaderExpect)
	return fasthttp.RequestConfig{}
}

type body struct {
	length    int64 // -1 = chunked
	continues bool  // the client waits for 100 Continue
}

const bodyKey = "transport.body"

func announce(c *fasthttp.RequestCtx) {
	if !c.Request.IsBodyStream() || c.Request.Header.ContentLength() >= 0 {
		return
	}
	raw := c.Request.Header.RawHeaders()
	b := body{length: -1,
		continues: c.Request.Header.IsHTTP11() && bytes.EqualFold(headerValue(raw, "expect"), []byte("100-continue"))}
	if length, err := fasthttp.ParseUint(headerValue(raw, "content-length")); err == nil {
		b.length = int64(length)
	}
	c.SetUserValue(bodyKey, b)
}

// unread reports whether a body was announced and not read to its end.
func unread(c *fasthttp.RequestCtx) bool {
	_, announced := c.UserValue(bodyKey).(body)
	return announced
}

// Body is the body of the request, read up to MaxBody; nil when none was announced. The server reads it only after the caller's
// token and scope were checked. When it is not read to its end, Guard closes the connection, because it cannot be used again.
func Body(c *fasthttp.RequestCtx) ([]byte, error) {
	announced, ok := c.UserValue(bodyKey).(body)
	if !ok {
		return nil, nil
	}
	content, err := read(c, announced)
	if err != nil {
		return nil, err
	}
	c.RemoveUserValue(bodyKey)
	c.Request.SetBodyRaw(content)
	return content, nil
}

// TooLarge is the refusal of a body that is larger than MaxBody.
func TooLarge() *fault.Error {
	return problem.ErrTooLarge.New("El cuerpo puede tener hasta %d KiB.", MaxBody>>10)
}

// Slow is the refusal of a request that takes longer than ReadTimeout to arrive.
func Slow() *fault.Error {
	return problem.ErrSlow.New("La petición debe llegar entera en %d segundos.", int(ReadTimeout.Seconds()))
}

func read(c *fasthttp.RequestCtx, b body) ([]byte, error) {
	if b.length > MaxBody {
		return nil, TooLarge()
	}
	own, _ := c.Conn().(*conn)
	if own != nil {
		own.enter(connSending)
		defer own.enter(connHandling)
	}
	if b.continues {
		if _, err := c.Conn().Write([]byte("HTTP/1.1 100 Continue\r\n\r\n")); err != nil {
			return nil, problem.ErrUnreadable.New("El cuerpo no ha llegado entero.").Because(err)
		}
	}
	stream := c.Request.BodyStream()
	c.Request.Header.SetContentLength(math.MaxInt) // from here on the stream returns the raw bytes
	content, err := collect(stream, b.length, own)
	if _, known := errors.AsType[*fault.Error](err); known || err == nil {
		return content, err
	}
	if slow, ok := errors.AsType[net.Error](err); ok && slow.Timeout() {
		return nil, Slow().Because(err)
	}
	if errors.Is(err, errChunks) {
		return nil, problem.ErrUnreadable.New("El cuerpo no cumple HTTP/1.1: sus trozos (chunked) no se pueden leer.").Because(err)
	}
	return nil, problem.ErrUnreadable.New("El cuerpo no ha llegado entero.").Because(err)
}

// collect reads a body of that many bytes, or a chunked one (-1). own, which may be nil, must allow a large one.
func collect(stream io.Reader, length int64, own *conn) ([]byte, error) {
	source := io.Reader(&chunks{source: stream})
	if length >= 0 {
		source = io.LimitReader(stream, length)
	}
	first := smallBody
	if length >= 0 && length < smallBody {
		first = int(length)
	}
	content := make([]byte, first)
	n, err := io.ReadFull(source, content)
	if err != nil || length == int64(n) {
		return ended(content, n, length, err)
	}
	if own != nil {
		if !own.all.enlarge(own) {
			return nil, fault.ErrUnavailable.New("Llegan demasiadas peticiones a medias. Repita la petición en unos segundos.").
				Because(errors.New("the room for unfinished bodies is taken"))
		}
		defer own.all.received(own)
	}
	room := rooms.Get().(*[MaxBody]byte)
	defer rooms.Put(room)
	more, err := io.ReadFull(source, room[copy(room[:], content):])
	if err == nil {
		if _, err = io.ReadFull(source, make([]byte, 1)); err == nil {
			return nil, TooLarge()
		}
	}
	whole, err := ended(room[:], n+more, length, err)
	return slices.Clone(whole), err
}

// ended returns the body of n bytes, if reading ended at the end of the body.
func ended(content []byte, n int, length int64, err error) ([]byte, error) {
	switch {
	case err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF): // these mean the end of source
		return nil, err
	case length >= 0 && int64(n) < length:
		return nil, errCut
	}
	return content[:n], nil
}

var errCut = errors.New("the body ends before its end")
