package authn

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/tienda-go/tienda/kit/fault"
)

const (
	maxKeyAge    = 5 * time.Minute  // then they are fetched anew, in the background
	minFetchGap  = 10 * time.Second // unknown kids cannot make this service ask more often on average
	fetchBurst   = 5                // but a key that was just made is found, even if there was a fetch a moment ago
	retryGap     = time.Second      // while no keys were ever seen
	fetchTimeout = 3 * time.Second
	maxJWKSBytes = 64 << 10
	refusedFor   = 10 * time.Second // a kid that auth did not know a moment ago costs no fetch
	maxRefused   = 1024             // kids that are remembered as refused
)

// RemoteKeysOptions say where auth publishes its keys.
type RemoteKeysOptions struct {
	URL       string       // of the JWK set (RFC 7517)
	HTTP      *http.Client // nil = a client with a timeout
	CachePath string       // file that keeps the last set across restarts; "" = none
	Log       *slog.Logger
	Now       func() time.Time
}

// RemoteKeys are auth's public keys, fetched when first needed, refreshed by Poll and by age, and kept while auth is down. auth
// publishes a key 30 s before it signs, so Poll, every 15 s, brings it in time; forged kids cannot use that up. Besides, unknown kids
// lead to one fetch every ten seconds, and to five at once at the most.
type RemoteKeys struct {
	o        RemoteKeysOptions
	mu       sync.Mutex
	keys     map[string]ed25519.PublicKey
	fetched  time.Time     // when the keys were last known to be auth's
	tried    time.Time     // when they were last asked for
	unknown  *rate.Limiter // fetches for kids that are not known
	refused  map[string]time.Time
	failing  bool          // the log has said that auth does not answer
	inFlight chan struct{} // closed when the fetch under way is over; nil = none
}

// NewRemoteKeys reads the cache file, if there is one, and fetches nothing yet.
func NewRemoteKeys(o RemoteKeysOptions) *RemoteKeys {
	if o.HTTP == nil {
		o.HTTP = &http.Client{Timeout: fetchTimeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	r := &RemoteKeys{o: o, unknown: rate.NewLimiter(rate.Every(minFetchGap), fetchBurst), refused: map[string]time.Time{}}
	if o.CachePath != "" {
		if raw, err := os.ReadFile(o.CachePath); err == nil {
			if keys, err := parseJWKS(raw); err == nil {
				r.keys = keys
			}
		}
	}
	return r
}

// Key implements Keys.
func (r *RemoteKeys) Key(ctx context.Context, kid string) (ed25519.PublicKey, error) {
	for first := true; ; first = false {
		key, wait, joined := r.look(kid)
		if key != nil {
			return key, nil
		}
		if wait != nil {
			select {
			case <-wait:
			case <-ctx.Done():
				return nil, fault.ErrUnavailable.New("auth no ha publicado sus claves a tiempo.").Because(ctx.Err())
			}
		}
		r.mu.Lock()
		key, known := r.keys[kid]
		none := r.keys == nil
		r.mu.Unlock()
		switch {
		case known:
			return key, nil
		case none:
			return nil, fault.ErrUnavailable.New("auth aún no ha publicado sus claves.").After(time.Second)
		case !joined || !first:
			r.refuse(kid)
			return nil, ErrUnknownKey
		}
		// The fetch that was under way may have begun before the key was made: look once more.
	}
}

// refuse remembers a kid that auth does not know. When there are too many all are forgotten: they are forged, or old.
func (r *RemoteKeys) refuse(kid string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.refused) >= maxRefused {
		clear(r.refused)
	}
	r.refused[kid] = r.o.Now()
}

// Poll fetches the keys now, and waits for them no longer than ctx. A failure leaves the known ones in use.
func (r *RemoteKeys) Poll(ctx context.Context) {
	r.mu.Lock()
	r.startFetch(r.o.Now())
	under := r.inFlight
	r.mu.Unlock()
	select {
	case <-under:
	case <-ctx.Done():
	}
}

// look finds a key, or the fetch to wait for, nil when none may be made; joined when it was under way before.
func (r *RemoteKeys) look(kid string) (key ed25519.PublicKey, wait chan struct{}, joined bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.o.Now()
	if key, known := r.keys[kid]; known {
		if now.Sub(r.fetched) > maxKeyAge && now.Sub(r.tried) > minFetchGap {
			r.startFetch(now) // nobody waits for it
		}
		return key, nil, false
	}
	if r.keys != nil && now.Sub(r.refused[kid]) < refusedFor {
		return nil, nil, false
	}
	if r.inFlight != nil {
		return nil, r.inFlight, true
	}
	if r.keys == nil && now.Sub(r.tried) > retryGap || r.keys != nil && r.unknown.AllowN(now, 1) {
		r.startFetch(now)
	}
	return nil, r.inFlight, false
}

// Ready reports whether tokens can be verified, and fetches the keys if none were ever seen. Once they are known it asks nobody:
// it is called every few seconds, and would take the fetch that the first token of a new key needs.
func (r *RemoteKeys) Ready(ctx context.Context) error {
	r.mu.Lock()
	known := r.keys != nil
	r.mu.Unlock()
	if known {
		return nil
	}
	if _, err := r.Key(ctx, ""); !errors.Is(err, ErrUnknownKey) {
		return err
	}
	return nil
}

// startFetch is called with the lock held.
func (r *RemoteKeys) startFetch(now time.Time) {
	if r.inFlight != nil {
		return
	}
	r.tried = now
	done := make(chan struct{})
	r.inFlight = done
	go func() {
		raw, keys, err := r.fetch()
		r.mu.Lock()
		defer r.mu.Unlock()
		r.inFlight = nil
		close(done)
		if err != nil {
			if !r.failing {
				r.o.Log.Warn("signing keys not refreshed; the known ones stay in use", "known", len(r.keys), "error", err)
			}
			r.failing = true
			return
		}
		if r.failing {
			r.o.Log.Info("signing keys are current again")
		}
		r.failing = false
		r.keys, r.fetched = keys, r.o.Now()
		r.store(raw)
	}()
}

// fetch has a time of its own: it serves everybody who waits, so that nobody's leaving ends it.
func (r *RemoteKeys) fetch() ([]byte, map[string]ed25519.PublicKey, error) {
	ctx, cancel := context.WithTimeout(context.Background(), fetchTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, r.o.URL, nil)
	if err != nil {
		return nil, nil, fmt.Errorf("keys: %w", err)
	}
	request.Header.Set("Cache-Control", "no-cache") // what a proxy on the way has kept is of before the rotation
	resp, err := r.o.HTTP.Do(request)
	if err != nil {
		return nil, nil, fmt.Errorf("keys: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return nil, nil, fmt.Errorf("keys: auth answered %d", resp.StatusCode)
	}
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxJWKSBytes+1))
	if err != nil {
		return nil, nil, fmt.Errorf("keys: %w", err)
	}
	if len(raw) > maxJWKSBytes {
		return nil, nil, fmt.Errorf("keys: auth answered more than %d KiB", maxJWKSBytes>>10)
	}
	keys, err := parseJWKS(raw)
	return raw, keys, err
}
