package httpclient

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestNewHTTP(t *testing.T) {
	t.Parallel()
	transport, ok := newHTTP().Transport.(*http.Transport)
	require.True(t, ok)
	assert.Nil(t, transport.Proxy, "peers are not behind the environment's proxy")
	assert.True(t, transport.DisableCompression)
	assert.Less(t, transport.IdleConnTimeout, 75*time.Second, "kit/httpserver closes idle connections after 75 s")
	assert.Positive(t, transport.IdleConnTimeout)
	assert.GreaterOrEqual(t, transport.MaxIdleConnsPerHost, 64, "one for each call that a Policy lets through at the same time")
}
