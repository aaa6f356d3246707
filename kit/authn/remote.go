package authn

import (
	"cmp"
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
	"github.com/tienda-go/tienda/kit/logging"
)

const (
	maxKeyAge    = 5 * time.Minute  // older keys are fetched again, in the background
	minFetchGap  = 10 * time.Second // on average, unknown kids cause no more fetches than one in this time
	fetchBurst   = 5                // fetches at once, so that a new key is found soon after another fetch
	retryGap     = time.Second      // between two fetches while there are no keys yet
	fetchTimeout = 3 * time.Second
	maxJWKSBytes = 64 << 10
	refusedFor   = 10 * time.Second // how long a kid that auth did not know is refused without a fetch
	maxRefused   = 1024             // refused kids that are kept
)

// RemoteKeysOptions say where auth publishes its keys.
type RemoteKeysOptions struct {
	URL       string // of the JWK set (RFC 7517)
	CachePath string // file that keeps the last set across restarts; "" = none
	Log       *slog.Logger
	Now       func() time.Time
}

// RemoteKeys holds auth's public keys. It fetches them when they are first needed, refreshes them by Poll and by age, and keeps
// them while auth is down. auth publishes a key 30 s before the key signs, so Poll, every 15 s, fetches it in time. An unknown
// kid causes a fetch too, once in ten seconds and five at once at most; forged kids do not delay Poll.
type RemoteKeys struct {
	o        RemoteKeysOptions
	http     *http.Client
	mu       sync.Mutex
	keys     map[string]ed25519.PublicKey
	fetched  time.Time     // when auth last answered with the keys
	tried    time.Time     // when the last fetch began
	unknown  *rate.Limiter // limits the fetches for unknown kids
	refused  map[string]time.Time
	outage   logging.Outage
	unkept   *logging.Outage // of the cache file
	inFlight chan struct{}   // closed when the current fetch ends; nil = no fetch (singleflight does not say whether there is one)
}

// NewRemoteKeys reads the cache file, if there is one, and fetches nothing yet.
func NewRemoteKeys(o RemoteKeysOptions) *RemoteKeys {
	o.Log = cmp.Or(o.Log, slog.New(slog.DiscardHandler))
	if o.Now == nil {
		o.Now = time.Now
	}
	r := &RemoteKeys{o: o, http: newHTTP(), refused: map[string]time.Time{},
		unknown: rate.NewLimiter(rate.Every(minFetchGap), fetchBurst), unkept: newUnkept(o.Log, o.CachePath),
		outage: logging.Outage{
			Log: o.Log, Fails: "signing keys not refreshed; the known ones stay in use", Works: "signing keys are current again",
		}}
	if raw, err := os.ReadFile(o.CachePath); err == nil {
		r.keys, _ = parseJWKS(raw) // nil for a damaged file
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
		// The fetch that this caller joined may have begun before the key was made: look once more.
	}
}

// refuse remembers a kid that auth does not know. When there are too many, it drops all of them: they are forged, or old.
func (r *RemoteKeys) refuse(kid string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.refused) >= maxRefused {
		clear(r.refused)
	}
	r.refused[kid] = r.o.Now()
}

// Poll fetches the keys now, and waits no longer than ctx. After a failure the known keys stay in use.
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

// look returns a key, or the fetch to wait for: nil when none is allowed now. joined: that fetch had already begun.
func (r *RemoteKeys) look(kid string) (key ed25519.PublicKey, wait chan struct{}, joined bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.o.Now()
	if key, known := r.keys[kid]; known {
		if now.Sub(r.fetched) > maxKeyAge && now.Sub(r.tried) > minFetchGap {
			r.startFetch(now) // no caller waits for this fetch
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

// Ready reports whether there are keys, and fetches them only if not: it would use up the fetch that a new key's token needs.
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

// startFetch needs the lock.
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
		r.outage.Saw(context.Background(), err, "known", len(r.keys))
		if err != nil {
			return
		}
		r.keys, r.fetched = keys, r.o.Now()
		keepFile(r.unkept, r.o.CachePath, raw)
	}()
}

// fetch has its own timeout and not a caller's: all waiting callers share it, so a caller that leaves must not end it.
func (r *RemoteKeys) fetch() ([]byte, map[string]ed25519.PublicKey, error) {
	ctx, cancel := context.WithTimeout(context.Background(), fetchTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, r.o.URL, nil)
	if err != nil {
		return nil, nil, fmt.Errorf("keys: %w", err)
	}
	request.Header.Set("Cache-Control", "no-cache") // a cache on the way may still have the keys from before a rotation
	_, raw, err := get(r.http, request, maxJWKSBytes)
	if err != nil {
		return nil, nil, fmt.Errorf("keys: %w", err)
	}
	keys, err := parseJWKS(raw)
	return raw, keys, err
}

func newHTTP() *http.Client {
	return &http.Client{Timeout: fetchTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// get reads an answer of auth, which must be a 200 of at most that many bytes. The response is there for every status.
func get(client *http.Client, request *http.Request, most int64) (*http.Response, []byte, error) {
	response, err := client.Do(request)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return response, nil, fmt.Errorf("auth answered %d", response.StatusCode)
	}
	raw, err := io.ReadAll(io.LimitReader(response.Body, most+1))
	if err == nil && int64(len(raw)) > most {
		err = fmt.Errorf("auth answered more than %d KiB", most>>10)
	}
	return response, raw, err
}
