package authn

import (
	"crypto/ed25519"
	"sync"
)

// maxGeneration is how many tokens a generation of the cache has. A token has about 500 bytes, 4 KiB at most.
const maxGeneration = 2048

// verified is a token with a good signature. Each request still checks what can change: its times, key and revocation.
type verified struct {
	token *parsed
	key   ed25519.PublicKey
}

// cache keeps verified tokens, in two generations: a token that is not used for a generation is dropped.
type cache struct {
	mu         sync.Mutex
	young, old map[string]verified
}

// get returns the zero value for an unknown token.
func (c *cache) get(token string) verified {
	c.mu.Lock()
	defer c.mu.Unlock()
	if v, ok := c.young[token]; ok {
		return v
	}
	v, ok := c.old[token]
	if ok {
		c.add(token, v)
	}
	return v
}

func (c *cache) put(token string, v verified) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.add(token, v)
}

// add needs the lock.
func (c *cache) add(token string, v verified) {
	if len(c.young) >= maxGeneration {
		c.old, c.young = c.young, make(map[string]verified, maxGeneration)
	}
	c.young[token] = v
}
