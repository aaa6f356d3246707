package authn

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"sync/atomic"
	"time"
)

const (
	pollEvery    = 15 * time.Second // a logout or a ban is known everywhere within it, and the time of one answer
	pollRetry    = 2 * time.Second  // while there was no answer at all
	staleAfter   = time.Minute      // then the log says so, once
	maxListBytes = 8 << 20
)

// Fetch reads the current list of revocations, as GET /revocaciones of auth writes it.
type Fetch func(ctx context.Context) ([]byte, error)

// RevocationsOptions say where the list comes from.
type RevocationsOptions struct {
	Fetch     Fetch
	CachePath string // file that keeps the last list across restarts; "" = none
	Log       *slog.Logger
	Now       func() time.Time
}

// Revocations are the tokens that are dead before their time: ended sessions, and users who were closed or given another role.
// The list is polled in the background and held in memory, so that no request waits for it; while auth is down the last one
// stays in force.
type Revocations struct {
	o       RevocationsOptions
	list    atomic.Pointer[revoked]
	fetched atomic.Int64 // Unix nanoseconds of the last answer; 0 = none since the start
}

// revoked is one list.
type revoked struct {
	sessions map[string]struct{}
	users    map[string]time.Time // by subject: tokens issued before it are dead
}

// NewRevocations reads the cache file, if there is one. Run does the rest.
func NewRevocations(o RevocationsOptions) *Revocations {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	r := &Revocations{o: o}
	r.list.Store(&revoked{})
	if o.CachePath != "" {
		if raw, err := os.ReadFile(o.CachePath); err == nil {
			if list, err := parseRevocations(raw); err == nil {
				r.list.Store(list)
			}
		}
	}
	return r
}

// Revoked reports whether a token of this caller is dead although its dates are good.
func (r *Revocations) Revoked(c Caller) bool {
	list := r.list.Load()
	if _, ended := list.sessions[c.SessionID]; ended && c.SessionID != "" {
		return true
	}
	since, changed := list.users[c.Subject]
	return changed && c.IssuedAt.Before(since)
}

// Age is how old the list is; false when there was no answer since the start.
func (r *Revocations) Age() (time.Duration, bool) {
	at := r.fetched.Load()
	if at == 0 {
		return 0, false
	}
	return r.o.Now().Sub(time.Unix(0, at)), true
}

// Run polls until ctx ends.
func (r *Revocations) Run(ctx context.Context) {
	warned := false
	for {
		err := r.Poll(ctx)
		wait := pollEvery
		age, known := r.Age()
		switch {
		case err == nil && warned:
			r.o.Log.InfoContext(ctx, "revocations are current again")
			warned = false
		case err != nil && !known:
			wait = pollRetry
		}
		if err != nil && ctx.Err() == nil && !warned && (!known || age > staleAfter) {
			r.o.Log.WarnContext(ctx, "revocations not refreshed; the last ones stay in force, newer ones are not known here", "error", err)
			warned = true
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
	}
}

// Poll asks once.
func (r *Revocations) Poll(ctx context.Context) error {
	raw, err := r.o.Fetch(ctx)
	if err != nil {
		return fmt.Errorf("revocations: %w", err)
	}
	list, err := parseRevocations(raw)
	if err != nil {
		return err
	}
	r.list.Store(list)
	r.fetched.Store(r.o.Now().UnixNano())
	if r.o.CachePath != "" {
		if err := replaceFile(r.o.CachePath, raw); err != nil {
			r.o.Log.WarnContext(ctx, "revocations not kept for a restart", "error", err)
		}
	}
	return nil
}

func parseRevocations(raw []byte) (*revoked, error) {
	var answer struct {
		Sessions *[]string `json:"sesiones"`
		Users    *[]struct {
			ID    int64     `json:"id"`
			Since time.Time `json:"desde"`
		} `json:"usuarios"`
	}
	if err := json.Unmarshal(raw, &answer); err != nil {
		return nil, fmt.Errorf("revocations: %w", err)
	}
	if answer.Sessions == nil || answer.Users == nil {
		return nil, errors.New("revocations: not a list of them")
	}
	list := &revoked{sessions: make(map[string]struct{}, len(*answer.Sessions)), users: make(map[string]time.Time, len(*answer.Users))}
	for _, id := range *answer.Sessions {
		list.sessions[id] = struct{}{}
	}
	for _, u := range *answer.Users {
		list.users[fmt.Sprint(u.ID)] = u.Since
	}
	return list, nil
}

// TokenSource gives this service's own token for auth. *httpclient.ClientCredentials is one.
type TokenSource interface {
	Token(ctx context.Context) (string, error)
	Invalidate(token string)
}

// FetchFrom reads the list over HTTP with the service's own token.
func FetchFrom(url string, tokens TokenSource) Fetch {
	client := &http.Client{Timeout: fetchTimeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return func(ctx context.Context) ([]byte, error) {
		token, err := tokens.Token(ctx)
		if err != nil {
			return nil, err
		}
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return nil, err
		}
		request.Header.Set("Authorization", "Bearer "+token)
		response, err := client.Do(request)
		if err != nil {
			return nil, err
		}
		defer func() { _ = response.Body.Close() }()
		if response.StatusCode == http.StatusUnauthorized {
			tokens.Invalidate(token) // the next poll asks with another
		}
		if response.StatusCode != http.StatusOK {
			return nil, fmt.Errorf("auth answered %d", response.StatusCode)
		}
		raw, err := io.ReadAll(io.LimitReader(response.Body, maxListBytes+1))
		if err == nil && len(raw) > maxListBytes {
			err = fmt.Errorf("auth answered more than %d MiB", maxListBytes>>20)
		}
		return raw, err
	}
}
