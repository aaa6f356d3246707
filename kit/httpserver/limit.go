package httpserver

import (
	"math"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"
	"golang.org/x/time/rate"

	"github.com/tienda-go/tienda/kit/authn"
	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/remote"
)

// limiter allows each caller perMinute requests a minute. It counts users by name, and requests without a good token by address.
// It does not limit services' tokens and health checks. Each process has its own counts.
type limiter struct {
	perMinute int // 0 = no limit
	mu        sync.Mutex
	callers   map[string]*rate.Limiter
	swept     time.Time
}

// sweepEvery is how often full buckets are dropped. A full bucket equals a new one.
const sweepEvery = time.Minute

func newLimiter(perMinute int) *limiter {
	return &limiter{perMinute: perMinute, callers: map[string]*rate.Limiter{}, swept: time.Now()}
}

// take returns nil, or a fault.ErrRateLimited with how long to wait.
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
		for name := range l.callers {
			if len(l.callers) < maxCallers {
				break
			}
			delete(l.callers, name)
		}
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

// maxCallers bounds the limiter's memory. Above it, callers are dropped at random, and a dropped caller starts with a full
// bucket. An attacker with that many networks would not be limited anyway.
const maxCallers = 100_000

// uncounted are the paths that machines request every few seconds: only these, not the paths below them.
func uncounted(metricsHere bool) map[string]bool {
	return map[string]bool{"/health/live": true, "/health/ready": true, "/metrics": metricsHere}
}

// admit counts a request for its caller, once.
func (s *Server) admit(c *fiber.Ctx, caller authn.Caller) error {
	from := remote.From(c.UserContext())
	if from.Counted {
		return nil
	}
	from.Counted = true
	if _, service := caller.Service(); service || s.uncounted[c.Path()] {
		return nil
	}
	return s.limiter.take(nameOf(c, caller))
}

// nameOf is the name under which a caller is counted: the user's name, or the network of a request without a token.
func nameOf(c *fiber.Ctx, caller authn.Caller) string {
	if caller.Subject != "" {
		return "usuario " + caller.Subject
	}
	return "desde " + remote.From(c.UserContext()).Network
}

// admitRefused counts a request that is refused for err and that no operation has counted. The caller is empty for a request
// that could not be read: its token is not verified.
func (s *Server) admitRefused(c *fiber.Ctx, caller authn.Caller, err error) error {
	if limited := s.admit(c, caller); limited != nil {
		return limited
	}
	return err
}

// limited counts the requests that are served outside of Huma.
func (s *Server) limited(c *fiber.Ctx) error {
	if err := s.admit(c, s.visitor(c)); err != nil {
		return err
	}
	return c.Next()
}

// visitor is the caller of a request that needs no token: from its token if that is good, else no caller.
func (s *Server) visitor(c *fiber.Ctx) authn.Caller {
	token, sent, err := bearerToken(c)
	if s.limiter.perMinute == 0 || s.options.Auth == nil || !sent || err != nil {
		return authn.Caller{}
	}
	caller, err := s.options.Auth.Verify(c.UserContext(), token)
	if err != nil {
		return authn.Caller{}
	}
	return caller
}
