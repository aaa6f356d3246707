package httpapi_test

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/config"
	"github.com/tienda-go/tienda/kit/httpserver"
	"github.com/tienda-go/tienda/kit/idempotency"
	"github.com/tienda-go/tienda/kit/logging"

	"github.com/tienda-go/tienda/productos/domain"
)

var escribirLecturas = flag.Bool("escribir-lecturas", false, "write testdata/lecturas.txt anew from the answers of today")

// lecturas are requests as they travel. Each has the id that its answer repeats.
var lecturas = []string{
	"GET /productos/1",
	"HEAD /productos/1",
	"GET /productos/2",
	"GET /productos/3",
	"GET /productos/4",
	"GET /productos/4\nAuthorization: Bearer catalogo",
	"GET /productos/5",
	"GET /productos/1\nIf-None-Match: \"1\"",
	"GET /productos/1\nif-none-match: \"7\", W/\"1\"",
	"GET /productos/1\nAuthorization: Bearer cliente",
	"GET /productos/1\nAuthorization: Bearer falso",
	"GET /productos/1\nAuthorization: Basic eA==",
	"GET /productos/1\nAuthorization: Bearer cliente\nAuthorization: Bearer cliente",
	"GET /productos/1\nOrigin: https://tienda.example",
	"GET /productos/1\nOrigin: https://otra.example",
	"GET /productos/1\nX-Forwarded-For: 203.0.113.7",
	"GET /productos/1\nAccept: application/cbor, text/html;q=0.5",
	"GET /productos/1\nAccept: json",
	"GET /productos/1\nAccept: application/x-www-form-urlencoded",
	"GET /productos/1\nIf-Match: \"1\"",
	"GET /productos/1\nContent-Encoding: gzip",
	"GET /productos/1\nX-Timeout-Ms: 5",
	"GET /productos/1?",
	"GET /productos/1?x=1",
	"GET /productos/1?x",
	"GET /productos/1?%zz=1",
	"GET /productos/%31",
	"GET /productos/%00",
	"GET /productos/1/",
	"GET //productos/1",
	"GET /productos/0",
	"GET /productos/uno",
	"GET /productos/01",
	"GET /productos/+1",
	"GET /productos/99",
	"GET /productos/9223372036854775808",
	"GET /productos",
	"HEAD /productos",
	"GET /productos?limite=2",
	"GET /productos?limite=002",
	"GET /productos?limite=2&cursor=Mg",
	"GET /productos?cursor=Mg&limite=1",
	"GET /productos?cursor=NQ",
	"GET /productos?cursor=%20",
	"GET /productos?cursor=",
	"GET /productos?limite=0&cursor=x&q=1",
	"GET /productos?limite=0&cursor=x",
	"GET /productos?limite=201",
	"GET /productos?limite=1&limite=2",
	"GET /productos?limite=%31",
	"GET /productos?limite=1+",
	"GET /productos?limite",
	"GET /productos?&limite=1&",
	"GET /productos?limite=1;cursor=Mg",
	"GET /productos?ids=3,1,99,2,3",
	"GET /productos?ids=1%2C2",
	"GET /productos?ids=1&limite=5",
	"GET /productos?ids=0,x",
	"GET /productos?ids=",
	"GET /productos?sku=t-1",
	"GET /productos?nombre=%20TAZA%20%3Cb%3E",
	"GET /productos?nombre=taza+%3Cb%3E&limite=1",
	"GET /productos?nombre=",
	"GET /productos?estado=BORRADOR",
	"GET /productos?estado=BORRADOR\nAuthorization: Bearer catalogo",
	"GET /productos?estado=OTRO\nAuthorization: Bearer catalogo",
	"GET /productos#x",
	"POST /productos",
	"PUT /productos",
	"DELETE /productos/1",
	"OPTIONS /productos\nOrigin: https://tienda.example\nAccess-Control-Request-Method: GET",
	"OPTIONS /productos",
	"TRACE /productos",
	"BREW /productos",
	"GET /nada",
	"GET /health/live",
	"GET /health/ready",
	"GET /problemas",
}

// fecha matches the parts of an answer and of the log that differ in every run.
var fecha = regexp.MustCompile(`(?m)^Date: .*\r\n|"time":"[^"]*",|"duration_ms":[0-9.e-]+,|"(trace|span)_id":"[0-9a-f]+",` +
	`?|[0-9a-f]{32}`)

// TestLecturas_byte_a_byte compares every byte of the answers, with their headers, and of the log with a file: a change that
// makes reads faster must not change them. This command writes the file:
// go test ./adapters/httpapi -run Lecturas -escribir-lecturas.
func TestLecturas_byte_a_byte(t *testing.T) {
	t.Parallel()
	var registro bytes.Buffer
	s := abrirTienda(t, httpserver.Options{
		Log: logging.New(&registro, "productos", slog.LevelDebug, nil), SharedAge: 5 * time.Second, PerMinute: 6000,
		Origins: []string{"https://tienda.example"}, TrustedProxies: []config.Network{{Prefix: netip.MustParsePrefix("192.0.2.0/24")}},
	})
	s.llenar(t)
	s.servidor.App().Handler() // builds the tree of routes, as Listen does
	var vistas strings.Builder
	for i, lectura := range lecturas {
		primera, cabeceras, _ := strings.Cut(lectura, "\n")
		texto := primera + " HTTP/1.1\nHost: tienda.example\nX-Request-Id: lectura-" + fmt.Sprint(i) + "\n" + cabeceras
		enviada := strings.ReplaceAll(strings.TrimSuffix(texto, "\n")+"\n\n", "\n", "\r\n")
		linea := &linea{peticion: []byte(enviada), veces: 1}
		_ = s.servidor.App().Server().ServeConn(linea) // its error says how the connection ended, and so does the answer
		fmt.Fprintf(&vistas, "### %s\n%s\n%s\n", lectura, linea.visto.String(), registro.String())
		registro.Reset()
	}
	const archivo = "testdata/lecturas.txt"
	salida := strings.ReplaceAll(fecha.ReplaceAllString(vistas.String(), ""), "\r", "")
	if *escribirLecturas {
		require.NoError(t, os.WriteFile(archivo, []byte(salida), 0o644))
	}
	esperada, err := os.ReadFile(archivo)
	require.NoError(t, err)
	antes, ahora := strings.Split(string(esperada), "### "), strings.Split(salida, "### ")
	require.Len(t, ahora, len(antes))
	for i := range antes {
		assert.Equal(t, antes[i], ahora[i])
	}
}

// llenar stores texts that are hard to write as JSON, at instants of every precision.
func (s *tienda) llenar(t testing.TB) {
	t.Helper()
	for i, ficha := range []domain.Ficha{
		{Nombre: "Taza <b>", Descripcion: "De barro & \"fría\"\\ \t\u2028 \u00e9 \U0001F375", Precio: 1999, Moneda: "USD", SKU: "T-1",
			Categoria: "Menaje", Estado: domain.Activo, Atributos: map[string]string{"z": "1", "color": "rojo & <negro>", "\"": ""}},
		{Nombre: "Vela", Precio: 5, Estado: domain.Activo},
		{Nombre: "Vaso", Descripcion: "De vidrio", Precio: 123456789012, Moneda: "EUR", Estado: domain.Activo, Categoria: "Menaje"},
		{Nombre: "Idea", Precio: 0, Moneda: "EUR", Estado: domain.Borrador, SKU: "I-1"},
		{Nombre: "Vieja", Precio: 100, Moneda: "EUR", Estado: domain.Archivado},
		{Nombre: "Jarra", Precio: 250, Moneda: "EUR", Estado: domain.Activo, SKU: "J-1"},
	} {
		instante := time.Date(2026, 1, 2, 3, 4, i, []int{0, 1000, 600700000, 999999000, 120000000, 10}[i], time.UTC)
		nuevo, err := domain.NewProducto(ficha, instante)
		require.NoError(t, err)
		_, err = s.repositorio.Crear(t.Context(), idempotency.Key{}, nuevo)
		require.NoError(t, err)
	}
}

// linea is the other end of a connection without a socket: it sends one request several times.
type linea struct {
	peticion []byte
	enviado  int
	veces    int
	otra     func() bool // reports whether to send again; nil: veces counts
	visto    bytes.Buffer
	tirar    bool // true: the answer is not kept
}

func (l *linea) Read(p []byte) (int, error) {
	if l.enviado == 0 && !l.hayOtra() {
		return 0, io.EOF
	}
	n := copy(p, l.peticion[l.enviado:])
	l.enviado = (l.enviado + n) % len(l.peticion)
	return n, nil
}

func (l *linea) hayOtra() bool {
	if l.otra != nil {
		return l.otra()
	}
	l.veces--
	return l.veces >= 0
}

func (l *linea) Write(p []byte) (int, error) {
	if l.tirar {
		return len(p), nil
	}
	return l.visto.Write(p)
}

func (l *linea) Close() error                     { return nil }
func (l *linea) LocalAddr() net.Addr              { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 80} }
func (l *linea) RemoteAddr() net.Addr             { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 2), Port: 4711} }
func (l *linea) SetDeadline(time.Time) error      { return nil }
func (l *linea) SetReadDeadline(time.Time) error  { return nil }
func (l *linea) SetWriteDeadline(time.Time) error { return nil }
