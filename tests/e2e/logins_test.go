package e2e_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/tienda-go/tienda/tests/shop"
)

// TestLogins: 200 logins at once cost a bounded amount of memory, though argon2id takes much for each, and the rest is served.
func TestLogins(t *testing.T) {
	t.Parallel()
	s := shop.New(t, shop.Options{})
	token := s.Customer()
	before := resident(t, s, "auth")
	var all sync.WaitGroup
	statuses := make([]int, 200)
	for i := range statuses {
		all.Go(func() {
			a, err := s.Do("auth", "POST", "/login", "", shop.Object{"username": shop.AdminUsername, "password": shop.AdminPassword})
			if assert.NoError(t, err) {
				statuses[i] = a.Status
			}
		})
	}
	for range 20 {
		assert.Equal(t, 200, s.Call("auth", "GET", "/me", token, nil).Status)
	}
	during := resident(t, s, "auth")
	all.Wait()
	t.Logf("memory: %.0f MiB before, %.0f during", before, during)
	assert.Less(t, during, before+200)
	for _, status := range statuses {
		assert.Contains(t, []int{200, 503}, status, "in turn, or told to come back: never as if the password were wrong")
	}
	assert.Contains(t, statuses, 200)
}
