package httpserver

import (
	"math"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"
	"golang.org/x/time/rate"

	"github.com/tienda-go/tienda/kit/authn"
	"github.com/tienda-go/tienda/kit/fault"
)

// limiter gives each caller so many requests a minute: a user by name, whoever has no token, or a bad one, by address. The
// services' own tokens are not limited, and neither are health checks. It counts in this process alone.
type limiter struct {
	perMinute int // 0 = no limit
	mu        sync.Mutex
	callers   map[string]*rate.Limiter
	swept     time.Time
}

// sweepEvery is how often callers are forgotten whose allowance is whole again: remembering them changes nothing.
const sweepEvery = time.Minute

func newLimiter(perMinute int) *limiter {
	return &limiter{perMinute: perMinute, callers: map[string]*rate.Limiter{}, swept: time.Now()}
}

// take is nil, or a fault.ErrRateLimited with how long to wait.
func (l *limiter) take(caller string) error {
	if l.perMinute == 0 {
		return nil
	}
	now := time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Sub(l.swept) > sweepEvery {
		l.swept = now
		for name, c := range l.callers {
			if c.TokensAt(now) >= float64(l.perMinute) {
				delete(l.callers, name)
			}
		}
	}
	c, ok := l.callers[caller]
	if !ok {
		c = rate.NewLimiter(rate.Limit(float64(l.perMinute)/60), l.perMinute)
		l.callers[caller] = c
	}
	if c.AllowN(now, 1) {
		return nil
	}
	wait := (1 - c.TokensAt(now)) / float64(c.Limit())
	return fault.ErrRateLimited.New("Puede hacer hasta %d peticiones por minuto. Espere antes de repetirla.", l.perMinute).
		After(time.Duration(math.Ceil(wait)) * time.Second)
}

// admit counts a request for whoever makes it.
func (s *Server) admit(ctx huma.Context, caller authn.Caller) error {
	if _, service := caller.Service(); service || strings.HasPrefix(ctx.Operation().Path, "/health/") {
		return nil
	}
	if caller.Subject != "" {
		return s.limiter.take("usuario " + caller.Subject)
	}
	// The network address that the request came from; a proxy's, if there is one in front.
	return s.limiter.take("desde " + humafiber.Unwrap(ctx).IP())
}
