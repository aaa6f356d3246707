package httpclient

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"reflect"
	"regexp"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/tienda-go/tienda/kit/problem"
	"github.com/tienda-go/tienda/kit/strictjson"
)

// longestWait is the longest Retry-After that counts; a longer one becomes this long.
const longestWait = time.Minute

// codigoPattern is what a peer's codigo must match before it is written to the log.
var codigoPattern = regexp.MustCompile(`^[A-Z_]{1,64}$`)

// answer is a complete answer, of any status.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// exchange sends the request and reads its answer: errStale if a used connection broke before the first byte of an answer.
func exchange(client *http.Client, request *http.Request, most int64) (answer, error) {
	var reused, answered atomic.Bool // net/http calls the trace from its own goroutines
	ctx := httptrace.WithClientTrace(request.Context(), &httptrace.ClientTrace{
		GotConn:              func(conn httptrace.GotConnInfo) { reused.Store(conn.Reused) },
		GotFirstResponseByte: func() { answered.Store(true) },
	})
	resp, err := client.Do(request.WithContext(ctx))
	if err != nil {
		if reused.Load() && !answered.Load() && ctx.Err() == nil {
			return answer{}, failure(errStale, 0, "%w", withoutURL(err))
		}
		return answer{}, failure(errBroken, 0, "%w", withoutURL(err))
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode < 200 { // 101: the "body" is the connection
		return answer{}, failure(errUseless, 0, "answered %d", resp.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, most+1))
	if err != nil {
		return answer{}, failure(errBroken, 0, "answer broke off: %w", err)
	}
	if int64(len(body)) > most {
		return answer{}, failure(errTooLong, 0, "answer is larger than %d bytes", most)
	}
	return answer{resp.StatusCode, resp.Header, body}, nil
}

// read decides what an answer means.
func (a answer) read(out any) error {
	media, _, _ := mime.ParseMediaType(a.header.Get("Content-Type"))
	switch {
	case a.status < 300 && len(a.body) == 0 && out == nil:
		return nil
	case a.status < 300 && media == jsonType:
		if err := decodeInto(out, a.body); err != nil {
			return failure(errBroken, 0, "answered %d with a broken body: %w", a.status, err)
		}
		return nil
	case a.status == http.StatusUnauthorized, a.status == http.StatusForbidden:
		return failure(errRefused, 0, "answered %d to this service's token", a.status)
	case a.status == http.StatusTooManyRequests:
		return failure(errLimited, a.retryAfter(), "answered %d", a.status)
	case a.status == http.StatusRequestTimeout, a.status == http.StatusBadGateway, a.status == http.StatusServiceUnavailable,
		a.status == http.StatusGatewayTimeout:
		return failure(errBroken, a.retryAfter(), "answered %d%s", a.status, a.codigo())
	case a.status >= 400 && a.status < 500 && media == problem.ContentType:
		refusal, err := problem.Read(a.status, a.body)
		if err != nil {
			return failure(errBroken, 0, "answered %d with a broken problem: %w", a.status, err)
		}
		return refusal.After(a.retryAfter())
	default:
		return failure(errUseless, a.retryAfter(), "answered %d with content type %q", a.status, a.header.Get("Content-Type"))
	}
}

// codigo is the codigo of a problem, for the log: PLAZO_AGOTADO shows that the peer had too little time and is not down.
func (a answer) codigo() string {
	var refusal struct {
		Codigo string `json:"codigo"`
	}
	if json.Unmarshal(a.body, &refusal) != nil || !codigoPattern.MatchString(refusal.Codigo) {
		return ""
	}
	return " " + refusal.Codigo
}

// decodeInto copies to out only a complete answer: neither a later attempt nor a caller may find part of a broken one in it.
func decodeInto(out any, raw []byte) error {
	if out == nil {
		var nothing json.RawMessage
		return strictjson.Decode(raw, &nothing)
	}
	target := reflect.ValueOf(out).Elem()
	whole := reflect.New(target.Type())
	if err := strictjson.Decode(raw, whole.Interface()); err != nil {
		return err
	}
	target.Set(whole.Elem())
	return nil
}

// retryAfter reads the header, in seconds or as a date; more than a minute becomes a minute.
func (a answer) retryAfter() time.Duration {
	header := a.header.Get("Retry-After")
	if seconds, err := strconv.Atoi(header); err == nil {
		return time.Duration(min(max(seconds, 0), int(longestWait/time.Second))) * time.Second
	}
	if date, err := http.ParseTime(header); err == nil {
		return min(max(time.Until(date), 0), longestWait)
	}
	return 0
}

// withoutURL is the cause without the address, which may hold secrets.
func withoutURL(err error) error {
	if address, ok := errors.AsType[*url.Error](err); ok {
		return address.Err
	}
	return err
}
