package app

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestVecindad(t *testing.T) {
	t.Parallel()
	for red, vecinas := range map[string]string{
		"2001:db8:1:2::/64": "2001:db8:1::/48", "2001:db8:1:ffff::/64": "2001:db8:1::/48", "2001:db8:2:2::/64": "2001:db8:2::/48",
		"192.0.2.1": "192.0.2.1", "": "",
	} {
		assert.Equal(t, vecinas, vecindad(red))
	}
}
