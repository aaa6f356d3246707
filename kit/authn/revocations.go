package authn

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/logging"
)

const (
	pollEvery    = 15 * time.Second // every service learns of a logout or a ban within this time and that of one answer
	pollRetry    = 2 * time.Second  // until the first answer
	staleAfter   = time.Minute      // an older list is logged, once
	maxListBytes = 128 << 20        // of all pages together: 3 million entries, far more than the limits of auth allow
	maxPageBytes = 8 << 20
)

// RevocationList is the revoked tokens: those of ended sessions, and those of a user from before an instant.
type RevocationList struct {
	Sessions []string
	Users    []struct {
		ID    int64
		Since time.Time
	}
}

// RevocationsFormat is how auth writes a list.
type RevocationsFormat struct {
	Read  func(raw []byte) (RevocationList, error) // a list that is absent stays nil
	Write func(list RevocationList) ([]byte, error)
}

// Fetch reads a page of the list of revocations, as auth writes it. cursor is "" for the first page; next is "" on the last page.
type Fetch func(ctx context.Context, cursor string) (page []byte, next string, err error)

// RevocationsOptions say where the list comes from.
type RevocationsOptions struct {
	Fetch     Fetch
	CachePath string      // file that keeps the last list across restarts; "" = none
	Keys      *RemoteKeys // fetched at each poll, so that a key is known before it signs; nil = auth, which owns the keys
	Log       *slog.Logger
	Now       func() time.Time
}

// Revocations holds the revoked tokens: those of ended sessions, and of users who were closed or got another role. It polls the
// list in the background, so that no request waits for it; while auth is down the last list stays in force.
type Revocations struct {
	format  RevocationsFormat
	o       RevocationsOptions
	list    atomic.Pointer[revoked]   // nil = there is no list yet
	fetched atomic.Pointer[time.Time] // when auth last answered; nil = not since the start
	kept    []byte                    // the contents of the file; only Poll uses it
	unkept  *logging.Outage           // of the file
}

type revoked struct {
	sessions map[string]struct{}
	users    map[string]time.Time // by subject: tokens issued before this time are revoked
}

// NewRevocations reads the cache file, if there is one. Run polls.
func NewRevocations(format RevocationsFormat, o RevocationsOptions) *Revocations {
	o.Log = cmp.Or(o.Log, slog.New(slog.DiscardHandler))
	if o.Now == nil {
		o.Now = time.Now
	}
	r := &Revocations{format: format, o: o, unkept: newUnkept(o.Log, o.CachePath)}
	if raw, err := os.ReadFile(o.CachePath); err == nil {
		if list, err := r.parse(raw); err == nil {
			r.list.Store(list.index())
		}
	}
	return r
}

// Ready reports whether there is a list. An old one is good enough: the shop must work while auth is down.
func (r *Revocations) Ready(context.Context) error {
	if r.list.Load() == nil {
		return fault.ErrUnavailable.New("auth aún no ha dicho qué tokens han terminado.").After(time.Second)
	}
	return nil
}

// Revoked reports whether a token of this caller was revoked. Services' tokens never are. fault.ErrUnavailable without a list.
func (r *Revocations) Revoked(c Caller) (bool, error) {
	if _, service := c.Service(); service {
		return false, nil
	}
	list := r.list.Load()
	if list == nil {
		return false, r.Ready(context.Background())
	}
	if _, ended := list.sessions[c.SessionID]; ended && c.SessionID != "" {
		return true, nil
	}
	since, changed := list.users[c.Subject]
	return changed && c.IssuedAt.Before(since), nil
}

// AgeSeconds is how old the list is: infinite before the first answer, so that a failure never looks like a fresh list.
func (r *Revocations) AgeSeconds() float64 {
	at := r.fetched.Load()
	if at == nil {
		return math.Inf(1)
	}
	return r.o.Now().Sub(*at).Seconds()
}

// Run polls until ctx ends.
func (r *Revocations) Run(ctx context.Context) {
	warned := false
	for {
		if r.o.Keys != nil {
			r.o.Keys.Poll(ctx)
		}
		err := r.Poll(ctx)
		switch age := r.AgeSeconds(); {
		case err == nil && warned:
			r.o.Log.InfoContext(ctx, "revocations are current again")
			warned = false
		case err != nil && !warned && ctx.Err() == nil && age > staleAfter.Seconds():
			r.o.Log.WarnContext(ctx, "revocations not refreshed; the last ones stay in force, newer ones are not known here", "error", err)
			warned = true
		}
		wait := pollEvery
		if r.fetched.Load() == nil {
			wait = pollRetry
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}

// Poll fetches all pages once. When a page is missing, the list is dropped and the previous one stays in force.
func (r *Revocations) Poll(ctx context.Context) error {
	var whole RevocationList
	size := 0
	for cursor, first := "", true; first || cursor != ""; first = false {
		raw, next, err := r.o.Fetch(ctx, cursor)
		if err != nil {
			return fmt.Errorf("revocations: %w", err)
		}
		page, err := r.parse(raw)
		if err != nil {
			return err
		}
		if size += len(raw); size > maxListBytes || next != "" && next == cursor {
			return fmt.Errorf("revocations: the list has no end, or more than %d MiB", maxListBytes>>20)
		}
		if first {
			whole = page
		} else {
			whole.Sessions, whole.Users = append(whole.Sessions, page.Sessions...), append(whole.Users, page.Users...)
		}
		cursor = next
	}
	r.list.Store(whole.index())
	now := r.o.Now()
	r.fetched.Store(&now)
	raw, err := r.format.Write(whole)
	if err == nil && !bytes.Equal(raw, r.kept) && keepFile(r.unkept, r.o.CachePath, raw) {
		r.kept = raw
	}
	return err
}

func (r *Revocations) parse(raw []byte) (RevocationList, error) {
	list, err := r.format.Read(raw)
	if err != nil {
		return list, fmt.Errorf("revocations: %w", err)
	}
	if list.Sessions == nil || list.Users == nil {
		return list, errors.New("revocations: not a list of them")
	}
	return list, nil
}

func (l RevocationList) index() *revoked {
	list := &revoked{sessions: make(map[string]struct{}, len(l.Sessions)), users: make(map[string]time.Time, len(l.Users))}
	for _, id := range l.Sessions {
		list.sessions[id] = struct{}{}
	}
	for _, u := range l.Users {
		list.users[strconv.FormatInt(u.ID, 10)] = u.Since
	}
	return list
}

// TokenSource gives this service's own token for auth. *httpclient.ClientCredentials is one.
type TokenSource interface {
	Token(ctx context.Context) (string, error)
	Invalidate(token string)
}

// FetchFrom reads the list over HTTP with the service's own token.
func FetchFrom(address string, tokens TokenSource) Fetch {
	client := newHTTP()
	return func(ctx context.Context, cursor string) (page []byte, next string, err error) {
		token, err := tokens.Token(ctx)
		if err != nil {
			return nil, "", err
		}
		target := address
		if cursor != "" {
			target += "?" + url.Values{"cursor": {cursor}}.Encode()
		}
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
		if err != nil {
			return nil, "", err
		}
		request.Header.Set("Authorization", "Bearer "+token)
		response, raw, err := get(client, request, maxPageBytes)
		if response == nil {
			return nil, "", err
		}
		if response.StatusCode == http.StatusUnauthorized {
			tokens.Invalidate(token) // the next poll gets another token
		}
		return raw, nextCursor(response.Header.Get("Link")), err
	}
}

// nextCursor reads the cursor of a Link header (RFC 8288) that leads to the next page; "" when there is none.
func nextCursor(link string) string {
	reference, parameters, found := strings.Cut(strings.TrimPrefix(link, "<"), ">")
	if !found || !strings.Contains(parameters, `rel="next"`) {
		return ""
	}
	target, err := url.Parse(reference)
	if err != nil {
		return ""
	}
	return target.Query().Get("cursor")
}
