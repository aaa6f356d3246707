package httpserver

import (
	"github.com/gofiber/fiber/v2"

	"github.com/tienda-go/tienda/kit/authn"
	"github.com/tienda-go/tienda/kit/remote"
)

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
	return s.limiter.Take(nameOf(c, caller))
}

// nameOf is the name under which a caller is counted: the user's name, or the network of a request without a token.
func nameOf(c *fiber.Ctx, caller authn.Caller) string {
	if caller.Subject != "" {
		return "usuario " + caller.Subject
	}
	return "desde " + remote.From(c.UserContext()).Network
}

// admitRefused counts a refused request that no operation has counted. An unread request has no caller: no token was verified.
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
	if s.options.PerMinute == 0 || s.options.Auth == nil || !sent || err != nil {
		return authn.Caller{}
	}
	caller, err := s.options.Auth.Verify(c.UserContext(), token)
	if err != nil {
		return authn.Caller{}
	}
	return caller
}
