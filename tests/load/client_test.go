package load_test

import (
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tienda-go/tienda/tests/launcher"
	"github.com/valyala/fasthttp"
)

// client asks the services over connections that stay open, and costs little itself: it shares the machine with them.
type client struct {
	hosts map[string]*fasthttp.HostClient
}

// newClient is a client of the services at these addresses.
func newClient(url func(service string) string) *client {
	c := &client{hosts: map[string]*fasthttp.HostClient{}}
	for _, service := range launcher.Names() {
		c.hosts[service] = &fasthttp.HostClient{
			Addr: strings.TrimPrefix(url(service), "http://"), MaxConns: 256, ReadTimeout: 30 * time.Second,
			NoDefaultUserAgentHeader: true,
		}
	}
	return c
}

// do gives the status and the body; 0 when there was no answer.
func (c *client) do(service, method, path, token, body string, headers ...string) (int, []byte) {
	request, response := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
	defer fasthttp.ReleaseRequest(request)
	defer fasthttp.ReleaseResponse(response)
	request.Header.SetMethod(method)
	request.SetRequestURI("http://" + c.hosts[service].Addr + path)
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	if body != "" {
		request.Header.SetContentType("application/json")
		request.SetBodyString(body)
	}
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	if err := c.hosts[service].Do(request, response); err != nil {
		return 0, nil
	}
	return response.StatusCode(), append([]byte(nil), response.Body()...)
}

var figure = regexp.MustCompile(`(?m)^(process_cpu_seconds_total|go_memstats_mallocs_total|process_resident_memory_bytes) (\S+)$`)

// usage is what a service has used of CPU seconds and allocations so far, and of memory now, in bytes.
type usage struct{ cpu, mallocs, memory float64 }

func figures(t testing.TB, url string) (u usage) {
	t.Helper()
	response, err := http.Get(url + "/metrics")
	require.NoError(t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	for _, found := range figure.FindAllSubmatch(text, -1) {
		value, err := strconv.ParseFloat(string(found[2]), 64)
		require.NoError(t, err)
		switch string(found[1]) {
		case "process_cpu_seconds_total":
			u.cpu = value
		case "go_memstats_mallocs_total":
			u.mallocs = value
		default:
			u.memory = value
		}
	}
	return u
}
