// Package authn verifies access tokens and carries their caller in the context. It only verifies: only auth can make tokens.
//
// A strict check runs before golang-jwt, because golang-jwt alone accepts a newline inside a signature, a wrong or missing typ,
// unknown critical headers, duplicate or case-folded members, dates as strings and tokens of a megabyte.
package authn

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	// UserAudience is the one audience of users' tokens.
	UserAudience = "tienda"
	// ServicePrefix starts the subject of a service's own token; its name follows.
	ServicePrefix = "servicio:"
	// TokenType is the typ of every token (RFC 9068).
	TokenType = "at+jwt"

	// MaxUserLife and MaxServiceLife are the longest exp − iat that a token may have.
	MaxUserLife    = time.Hour
	MaxServiceLife = 5 * time.Minute
)

// Caller is the user or the service that a verified token names.
type Caller struct {
	Subject   string // a user's id, or "servicio:" and a service's name
	Audience  string
	Scopes    []string
	SessionID string // users only
	TokenID   string
	IssuedAt  time.Time
	ExpiresAt time.Time
}

// Can reports whether the token holds the scope.
func (c Caller) Can(scope string) bool { return slices.Contains(c.Scopes, scope) }

// UserID is the user's id; 0 and false when the caller is not a user.
func (c Caller) UserID() (int64, bool) {
	id, err := strconv.ParseInt(c.Subject, 10, 64)
	if c.Audience != UserAudience || err != nil || id < 1 {
		return 0, false
	}
	return id, true
}

// Service is the name of the calling service; "" and false when the caller is not a service.
func (c Caller) Service() (string, bool) {
	name, ok := strings.CutPrefix(c.Subject, ServicePrefix)
	if c.Audience == UserAudience || !ok {
		return "", false
	}
	return name, true
}

type callerKey struct{}

// WithCaller puts the caller into the context.
func WithCaller(ctx context.Context, c Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

// CallerFrom is the caller of ctx; false when the request was not authenticated.
func CallerFrom(ctx context.Context) (Caller, bool) {
	c, ok := ctx.Value(callerKey{}).(Caller)
	return c, ok
}
