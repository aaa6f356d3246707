package httpclient

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"time"
	"unicode/utf8"
)

const problemType = "application/problem+json"

// longestWait is how much of a peer's Retry-After is believed.
const longestWait = time.Minute

// read decides what an answer means.
func read(resp *http.Response, raw []byte, out any) error {
	status := resp.StatusCode
	media, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	switch {
	case status < 300 && len(raw) == 0 && out == nil:
		return nil
	case status < 300 && media != jsonType:
		return failure(errUseless, 0, "answered %d with content type %q", status, resp.Header.Get("Content-Type"))
	case status < 300:
		if err := decodeInto(out, raw); err != nil {
			return failure(errBroken, 0, "answered %d with a broken body: %w", status, err)
		}
		return nil
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return failure(errRefused, 0, "answered %d to this service's token", status)
	case status == http.StatusTooManyRequests:
		return failure(errLimited, retryAfter(resp), "answered %d", status)
	case status == http.StatusRequestTimeout, status == http.StatusBadGateway, status == http.StatusServiceUnavailable,
		status == http.StatusGatewayTimeout:
		return failure(errBroken, retryAfter(resp), "answered %d", status)
	case status >= 400 && status < 500 && media == problemType:
		refusal, err := readProblem(status, raw)
		if err != nil {
			return failure(errBroken, 0, "answered %d with a broken problem: %w", status, err)
		}
		return refusal.After(retryAfter(resp))
	default:
		return failure(errUseless, retryAfter(resp), "answered %d with content type %q", status, resp.Header.Get("Content-Type"))
	}
}

// decodeInto decodes into a new value and moves it to out only when it is whole: a later attempt, or a caller who looks in
// spite of the error, must not find the remains of a broken answer.
func decodeInto(out any, raw []byte) error {
	if out == nil {
		var nothing json.RawMessage
		return decode(raw, &nothing)
	}
	target := reflect.ValueOf(out).Elem()
	whole := reflect.New(target.Type())
	if err := decode(raw, whole.Interface()); err != nil {
		return err
	}
	target.Set(whole.Elem())
	return nil
}

// decode reads exactly one JSON value, not null, of valid UTF-8; members that out does not know are a newer peer's.
func decode(raw []byte, out any) error {
	if !utf8.Valid(raw) {
		return errors.New("not UTF-8")
	}
	if bytes.Equal(bytes.TrimSpace(raw), []byte("null")) {
		return errors.New("null")
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	if err := decoder.Decode(out); err != nil {
		return err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the value")
	}
	return nil
}

// retryAfter reads the header, in seconds or as a date, and believes no more than a minute.
func retryAfter(resp *http.Response) time.Duration {
	header := resp.Header.Get("Retry-After")
	if seconds, err := strconv.Atoi(header); err == nil {
		return time.Duration(min(max(seconds, 0), int(longestWait/time.Second))) * time.Second
	}
	if date, err := http.ParseTime(header); err == nil {
		return min(max(time.Until(date), 0), longestWait)
	}
	return 0
}

// withoutURL is the cause alone: an address may hold what a log should not.
func withoutURL(err error) error {
	var address *url.Error
	if errors.As(err, &address) {
		return address.Err
	}
	return err
}
