// Package proxies runs the shop behind the programs that are in front of it in production: nginx, HAProxy and pgbouncer, as
// Debian has them, with the samples of docs/samples.
package proxies

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/tests/launcher"
	"github.com/tienda-go/tienda/tests/process"
	"github.com/tienda-go/tienda/tests/shop"
)

// proxy is a program in front of a shop.
type proxy struct {
	t       testing.TB
	address string
}

// change is a part of a sample that is another one in a test.
type change struct{ old, new string }

// kinds start each proxy with its sample.
var kinds = map[string]func(t testing.TB, s *shop.Shop, changes ...change) *proxy{"nginx": nginx, "haproxy": haproxy}

// forwarded are the changes that each sample names for the other header.
var forwarded = map[string]change{
	"nginx": {`proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;`,
		`proxy_set_header Forwarded "$http_forwarded, for=\"$remote_addr\"";`},
	"haproxy": {"http-request deny status 404 if {", `http-request add-header Forwarded for=\"%[src]\"
    http-request deny status 404 if {`},
}

// nginx starts nginx with the sample, a shop's addresses and a certificate of the test.
func nginx(t testing.TB, s *shop.Shop, changes ...change) *proxy {
	t.Helper()
	program := process.Need(t, "nginx", "nginx")
	dir, port := t.TempDir(), shop.FreePorts(t, 1)[0]
	certificate(t, dir)
	changes = append(changes, change{"listen 443 ssl", "listen 127.0.0.1:" + port + " ssl"}, change{"/etc/ssl/tienda/", dir + "/"})
	for n, service := range launcher.Names() {
		own := fmt.Sprintf("server 127.0.0.1:%d max_fails=0;", 8000+n)
		changes = append(changes, change{own, servers(s, service, "server %[2]s max_fails=0;")})
	}
	write(t, filepath.Join(dir, "tienda.conf"), sample(t, "nginx.conf", changes...))
	user := ""
	if os.Geteuid() == 0 {
		user = "user root;\n" // the worker reads and writes in the test's own folder
	}
	write(t, filepath.Join(dir, "nginx.conf"), user+fmt.Sprintf(`daemon off;
pid %[1]s/pid;
error_log stderr warn;
events { worker_connections 1024; }
http {
	access_log off;
	client_body_temp_path %[1]s/body; proxy_temp_path %[1]s/proxy; fastcgi_temp_path %[1]s/fastcgi;
	uwsgi_temp_path %[1]s/uwsgi; scgi_temp_path %[1]s/scgi;
	include %[1]s/tienda.conf;
}
`, dir))
	return start(t, port, program, "-p", dir, "-e", "stderr", "-c", filepath.Join(dir, "nginx.conf"))
}

// haproxy starts HAProxy alike.
func haproxy(t testing.TB, s *shop.Shop, changes ...change) *proxy {
	t.Helper()
	program := process.Need(t, "haproxy", "haproxy")
	dir, port := t.TempDir(), shop.FreePorts(t, 1)[0]
	certificate(t, dir)
	changes = append(changes, change{"bind :443 ssl", "bind 127.0.0.1:" + port + " ssl"}, change{"/etc/ssl/tienda/", dir + "/"})
	for n, service := range launcher.Names() {
		own := fmt.Sprintf("server %s1 127.0.0.1:%d", service, 8000+n)
		changes = append(changes, change{own, servers(s, service, "server %s %s")})
	}
	file := filepath.Join(dir, "haproxy.cfg")
	write(t, file, sample(t, "haproxy.cfg", changes...))
	return start(t, port, program, "-db", "-f", file)
}

// sample is a file of docs/samples, changed; every change must be of something that is there.
func sample(t testing.TB, name string, changes ...change) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(shop.Root(), "docs", "samples", name))
	require.NoError(t, err)
	text := string(raw)
	for _, c := range changes {
		require.Contains(t, text, c.old, name)
		text = strings.ReplaceAll(text, c.old, c.new)
	}
	return text
}

// servers are lines with the name and the address of each instance of a service.
func servers(s *shop.Shop, service, line string) string {
	var lines []string
	for _, name := range s.Instances(service) {
		lines = append(lines, fmt.Sprintf(line, name, strings.TrimPrefix(s.URL(name), "http://")))
	}
	return strings.Join(lines, "\n    ")
}

func write(t testing.TB, file, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
}

// certificate makes the files that the samples name, for a host of the test.
func certificate(t testing.TB, dir string) {
	t.Helper()
	key, chain := filepath.Join(dir, "privkey.pem"), filepath.Join(dir, "fullchain.pem")
	out, err := exec.CommandContext(t.Context(), process.Need(t, "openssl", "openssl"), "req", "-x509", "-newkey", "ec",
		"-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=tienda.example", "-keyout", key, "-out", chain).
		CombinedOutput()
	require.NoError(t, err, "%s", out)
	var both []byte
	for _, file := range []string{chain, key} {
		raw, err := os.ReadFile(file)
		require.NoError(t, err)
		both = append(both, raw...)
	}
	write(t, filepath.Join(dir, "tienda.pem"), string(both))
}

// start runs a proxy until the test ends, and waits until it answers.
func start(t testing.TB, port, program string, args ...string) *proxy {
	t.Helper()
	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	require.NoError(t, err)
	cmd := exec.Command(program, args...)
	cmd.Stdout, cmd.Stderr = log, log
	running, err := process.Start(cmd)
	require.NoError(t, err)
	t.Cleanup(func() {
		running.Stop(time.Now().Add(5 * time.Second)) // nginx ends its workers then
		_ = log.Close()
		if said, err := os.ReadFile(log.Name()); err == nil && t.Failed() {
			t.Logf("%s said:\n%s", program, said[max(0, len(said)-4000):])
		}
	})
	p := &proxy{t: t, address: net.JoinHostPort("127.0.0.1", port)}
	for begin := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		conn, err := net.Dial("tcp", p.address)
		if err == nil {
			_ = conn.Close()
			return p
		}
		require.False(t, running.Ended(), "%s does not start", program)
		require.Less(t, time.Since(begin), time.Minute, "%s does not listen", program)
	}
}

// client is a user of the shop at an address of the loopback network.
type client struct {
	t    testing.TB
	base string
	http *http.Client
}

// from is a client that calls the shop through the proxy from an address such as 127.0.0.2.
func (p *proxy) from(address string) *client {
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}
	transport := &http.Transport{
		DialContext:         dialer.DialContext,
		TLSClientConfig:     &tls.Config{InsecureSkipVerify: true}, // a certificate of the test's own, on the loopback interface
		MaxIdleConnsPerHost: 256,
	}
	p.t.Cleanup(transport.CloseIdleConnections)
	return &client{t: p.t, base: "https://" + p.address, http: &http.Client{Transport: transport, Timeout: 30 * time.Second}}
}

// try sends a request to a path with its prefix, as /pedidos/pedidos. It may be called from any goroutine.
func (c *client) try(method, path, token string, body any, headers ...string) (shop.Answer, error) {
	request, _, err := shop.NewRequest(c.t.Context(), method, c.base+path, token, body, headers...)
	if err != nil {
		return shop.Answer{}, err
	}
	return shop.Send(c.http, request)
}

// call is try for the goroutine of the test.
func (c *client) call(method, path, token string, body any, headers ...string) shop.Answer {
	c.t.Helper()
	a, err := c.try(method, path, token, body, headers...)
	require.NoError(c.t, err)
	return a
}

// ready waits until the proxy has found every service.
func (c *client) ready() *client {
	c.t.Helper()
	require.Eventually(c.t, func() bool {
		for _, service := range launcher.Names() {
			if a, err := c.try("GET", "/"+service+"/health/ready", "", nil); err != nil || a.Status != http.StatusOK {
				return false
			}
		}
		return true
	}, time.Minute, 50*time.Millisecond)
	return c
}
