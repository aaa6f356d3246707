package httpclient

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/tienda-go/tienda/kit/logging"
	"github.com/tienda-go/tienda/kit/telemetry"
)

const (
	jsonType      = "application/json"
	headerTimeout = "X-Timeout-Ms" // kit/httpserver reads it
)

// newHTTP keeps idle connections for a shorter time than kit/httpserver does (75 s by default), so that a peer does not close a
// connection just when it is reused. It follows no redirect and ignores proxies of the environment.
func newHTTP() *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			DialContext:            (&net.Dialer{Timeout: time.Second}).DialContext,
			MaxIdleConnsPerHost:    64,
			IdleConnTimeout:        60 * time.Second,
			TLSHandshakeTimeout:    2 * time.Second,
			MaxResponseHeaderBytes: 64 << 10,
			DisableCompression:     true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// prepare builds what all attempts have in common.
func (c *Client) prepare(ctx context.Context, r Request) (request *http.Request, body []byte, err error) {
	if r.Body != nil {
		if body, err = json.Marshal(r.Body); err != nil {
			return nil, nil, err
		}
	}
	target := c.o.BaseURL + r.Path
	if len(r.Query) > 0 {
		target += "?" + r.Query.Encode()
	}
	if request, err = http.NewRequestWithContext(ctx, r.Method, target, nil); err != nil {
		return nil, nil, err
	}
	for name, values := range r.Header {
		request.Header[http.CanonicalHeaderKey(name)] = values
	}
	request.Header.Set("Accept", jsonType)
	if r.Body != nil {
		request.Header.Set("Content-Type", jsonType)
	}
	setTrace(ctx, request)
	return request, body, nil
}

func setTrace(ctx context.Context, request *http.Request) {
	from := logging.RequestFrom(ctx)
	if from.ID != "" {
		request.Header.Set("X-Request-Id", from.ID)
	}
	if trace := from.Traceparent(); trace != "" {
		request.Header.Set("traceparent", trace)
	}
}

// send makes one attempt and reads the complete answer.
func (c *Client) send(
	ctx context.Context, prepared *http.Request, body []byte, token string, out any,
) (status int, err error) {
	request := prepared.Clone(ctx)
	end := telemetry.Call(ctx, c.o.Peer, request)
	defer func() { end(status) }()
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	if deadline, ok := ctx.Deadline(); ok {
		request.Header.Set(headerTimeout, strconv.FormatInt(max(time.Until(deadline).Milliseconds(), 1), 10))
	}
	sendOnce(request, body)
	a, err := exchange(c.http, request, maxBody)
	if err != nil {
		return 0, err
	}
	status = a.status
	return status, a.read(out)
}

// sendOnce sets the request's body so that net/http does not send it twice: only the Policy repeats.
//
// When a kept connection breaks before the answer begins, net/http silently repeats every request that it considers replayable:
// one without a body or with GetBody, if its method is GET or HEAD or it has an Idempotency-Key. So bodies have no GetBody here;
// a GET has an empty body of unknown length, and is sent like one without a body; and any other request without a body has its
// key header in lower case, which is the same for the peer, but which net/http does not recognize. (net/http still repeats a
// request when not one byte of it was written: the peer cannot have seen it.)
func sendOnce(request *http.Request, body []byte) {
	switch {
	case len(body) > 0:
		request.Body, request.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	case request.Method == http.MethodGet || request.Method == http.MethodHead || request.Method == http.MethodOptions:
		// "identity" keeps net/http from waiting 200 ms to see whether a body comes; on a busy machine it would then send chunks.
		request.Body, request.ContentLength, request.TransferEncoding = io.NopCloser(bytes.NewReader(nil)), -1, []string{"identity"}
	default:
		request.Body = http.NoBody
		for name, lower := range map[string]string{"Idempotency-Key": "idempotency-key", "X-Idempotency-Key": "x-idempotency-key"} {
			if values, ok := request.Header[name]; ok {
				delete(request.Header, name)
				request.Header[lower] = values
			}
		}
	}
}
