package domain_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/fault"

	"github.com/tienda-go/tienda/auth/domain"
)

func TestParseNombre(t *testing.T) {
	t.Parallel()
	for escrito, guardado := range map[string]string{
		"ana": "ana", "Ana": "ana", "  ana ": "ana", "a.b_c-9": "a.b_c-9",
		// full width, a ligature, long s, kelvin
		"ａｎａ": "ana", "ＡＮＡ": "ana", "ﬁona": "fiona", "ma\u017fter": "master", "\u212Aim": "kim",
		"adán no": "", "añа": "", "аnа": "", // accents; a Cyrillic а
		"an": "", "": "", "...": "...", "a b c": "", "ana@b": "", "ana\x00": "", "ana\u200b": "",
		strings.Repeat("a", 40): strings.Repeat("a", 40), strings.Repeat("a", 41): "",
		"admiral": "admiral", "badminton": "badminton", "vladminov": "vladminov", "a.badminton-2": "a.badminton-2",
		"beetroot": "beetroot", "almacen": "almacen", "catalogo": "catalogo", "soporte-ana": "soporte-ana",
		"mitienda": "mitienda", "super": "super",
		"visor": "visor", "tiendas": "tiendas", "catalogo.ana": "catalogo.ana", "ana-tienda": "ana-tienda",
		"rooted": "rooted", "serviciox": "serviciox", "sistemas": "sistemas",
		"pedidos2": "pedidos2",
	} {
		t.Run(escrito, func(t *testing.T) {
			t.Parallel()
			var f fault.Fields
			nombre := domain.ParseNombre(escrito, false, &f)
			if guardado == "" {
				require.Len(t, f, 1)
				assert.Equal(t, "username FORMATO", f[0].Campo+" "+f[0].Codigo)
				return
			}
			assert.Empty(t, f)
			assert.Equal(t, guardado, nombre)
		})
	}
}

func TestParseNombre_reservados(t *testing.T) {
	t.Parallel()
	for escrito, deServicio := range map[string]bool{
		"admin": false, "ADMIN": false, "Adm1n": false, "4dm1n": false, "a.d.m.i.n": false, "-admin-": false, "admln": false,
		"admin2": false, "administracion": false, "Admin.Tienda": false, "ａｄｍｉｎ": false, "root": false, "r00t": false,
		"superadmin": false, "xadmin": false, "the.admin": false, "miadmin": false, "mi-admin-ana": false, "x.a.d.m.i.n": false,
		"Superadm1n2": false, "superadmin_07": false, "ex.administradora": false, "xadministrat0r": false, "sysadmin": false,
		"sup3rus3r": false, "the-root": false, "root2": false, "r.o.o.t": false, "supervisor": false, "la.supervisora-2": false,
		"sistema": false, "s1stema": false, "servicio": false, "tienda-oficial": false, "tiendaoficial": false,
		"soporte.tienda_oficial": false, "soporte": false, "s0p0rt3": false, "tienda": false, "oficial": false,
		"0ficia1": false, "officia1": false, "webmaster": false,
		"auth": true, "productos": true, "Productos": true, "pr0duct0s": true, "inventario": true, "1nventario": true,
		"lnventario": true, "pedidos": true, "ped1dos": true, "p.e.d.i.d.o.s": true, "servicio-x": true,
		"Servicio-pedidos": true, "serv1cio-x": true, "servicio.x": true, "servicio_x": true, "sistema-x": true,
		"s1stema-x": true, "sistema_x": true,
	} {
		t.Run(escrito, func(t *testing.T) {
			t.Parallel()
			var f fault.Fields
			domain.ParseNombre(escrito, false, &f)
			require.Len(t, f, 1)
			assert.Equal(t, "username VALOR", f[0].Campo+" "+f[0].Codigo)

			f = nil
			domain.ParseNombre(escrito, true, &f)
			if deServicio {
				require.Len(t, f, 1, "an administrator may not have the name of a service")
				assert.Equal(t, "username VALOR", f[0].Campo+" "+f[0].Codigo)
				return
			}
			assert.Empty(t, f, "an administrator may have this name")
		})
	}
}

func TestParseEmail(t *testing.T) {
	t.Parallel()
	for escrito, guardado := range map[string]string{
		"ana@example.com": "ana@example.com", " Ana@Example.COM ": "ana@example.com", "a+b.c@sub.example.com": "a+b.c@sub.example.com",
		"\u0130van@example.com": "i\u0307van@example.com", "Jose\u0301@example.com": "jos\u00e9@example.com",
		"stra\u00dfe@example.com": "stra\u00dfe@example.com", "\uff21\uff4e\uff41@example.com": "ana@example.com",
	} {
		var f fault.Fields
		assert.Equal(t, guardado, domain.ParseEmail(escrito, &f))
		assert.Empty(t, f, escrito)
		assert.Equal(t, guardado, domain.ParseEmail(guardado, &f), "normalizing twice changes nothing")
	}
	for _, escrito := range []string{
		"", "ana", "ana@", "@example.com", "ana@localhost", "ana@@example.com", "ana@example..com", "Ana <ana@example.com>",
		"m\u0085x@example.com", "m\u1680x@example.com", "m\u2028x@example.com", "m\uffffx@example.com", "m\ue000x@example.com",
		"m\u0378x@example.com", "m\u2800x@example.com", "\u0301mx@example.com", "mx@exa\u00a0mple.com", "mx@exa\tmple.com",
		"<ana@example.com>", `"ana b"@example.com`, "ana b@example.com", "ana@example.com,b@example.com", "ana@[127.0.0.1]",
		"ana@example.com\r\nBcc: x@example.com", "ana\x00@example.com", "a\u200bna@example.com", "ana\u202e@example.com",
		"ana@exam\u00adple.com", strings.Repeat("a", 65) + "@example.com", "ana@" + strings.Repeat("a.", 125) + "com",
	} {
		var f fault.Fields
		domain.ParseEmail(escrito, &f)
		if assert.Len(t, f, 1, escrito) {
			assert.Equal(t, "email FORMATO", f[0].Campo+" "+f[0].Codigo)
		}
	}
}

func TestNormalizarIdentificador(t *testing.T) {
	t.Parallel()
	for escrito, i := range map[string]domain.Identificador{
		" ANA ": {Clave: "ana", DeAntes: "ana"}, "ＡＮＡ": {Clave: "ana", DeAntes: "ana"}, "": {},
		"Ana@Example.COM":         {Clave: "ana@example.com", DeAntes: "ana@example.com"},
		"STRA\u1e9eE@example.com": {Clave: "strasse@example.com", DeAntes: "stra\u00dfe@example.com"},
		"strasse@example.com":     {Clave: "strasse@example.com", DeAntes: "strasse@example.com"},
	} {
		assert.Equal(t, i, domain.NormalizarIdentificador(escrito))
	}
}
