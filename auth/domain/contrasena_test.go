package domain_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/fault"

	"github.com/tienda-go/tienda/auth/domain"
)

func TestParseContrasena(t *testing.T) {
	t.Parallel()
	larga := strings.Repeat("correcto caballo ", 16) // 272 characters
	for nombre, c := range map[string]struct{ contrasena, codigo string }{
		"siete":                   {"kR3+vbz", "LONGITUD"},
		"siete_de_varios_bytes":   {"ñandúñé", "LONGITUD"},
		"vacia":                   {"", "LONGITUD"},
		"ocho":                    {"kR3+vbzq", ""},
		"ocho_de_varios_bytes":    {"ñandú€😀x", ""},
		"sesenta_y_cuatro":        {larga[:64], ""},
		"256":                     {larga[:256], ""},
		"256_de_cuatro_bytes":     {strings.Repeat("😀🐴🔋📎🍎🚲🌵🎈", 32), ""},
		"257":                     {larga[:257], "LONGITUD"},
		"con_espacios_a_los_lado": {"  kR3+vb ", ""},
		"NUL":                     {"kR3+vbzq\x00", "FORMATO"},
		"comun":                   {"password", "VALOR"},
		"comun_con_mayusculas":    {"PassWord", "VALOR"},
		"comun_con_cifras":        {"Password1", "VALOR"},
		"cifras_seguidas":         {"12345678", "VALOR"},
		"del_teclado":             {"qwertyuiop", "VALOR"},
		"un_caracter":             {"zzzzzzzzzzzz", "VALOR"},
		"dos_caracteres":          {"xyxyyxyxyy", "VALOR"},
		"el_nombre":               {"ana.garcia", "VALOR"},
		"el_nombre_en_mayusculas": {"ANA.Garcia", "VALOR"},
		"el_correo":               {"Ana@Example.com", "VALOR"},
		"comun_con_adorno":        {"dragon2024", "VALOR"},
		"comun_con_signos":        {"!!Princesa1", "VALOR"},
		"comun_disfrazada":        {"P4ssw0rd!", "VALOR"},
		"cifras_de_una_fecha":     {"19840213", "VALOR"},
		"cifras_de_un_telefono":   {"612345987", "VALOR"},
		"doce_cifras_al_azar":     {"482915730664", ""},
		"filas_del_teclado":       {"asdfgh1234", "VALOR"},
		"hacia_atras":             {"987654abcd", "VALOR"},
		"tres_caracteres":         {"abcabcabcabc", "VALOR"},
		"trozo_repetido":          {"hola7hola7hola7", "VALOR"},
		"el_nombre_con_cifras":    {"AnaGarcia1999", "VALOR"},
		"el_nombre_al_reves":      {"aicrag-ana-12", "VALOR"},
		"del_correo":              {"ana@example.com12", "VALOR"},
		"de_la_tienda":            {"Tienda-2024!", "VALOR"},
		"ancha":                   {"ｐａｓｓｗｏｒｄ", "VALOR"},
		"ocho_al_plegarse":        {"ﬃﬃﬃx", "VALOR"}, // ten letters
		"palabra_repetida":        {"barcelonabarcelona", "VALOR"},
		"fecha_con_barras":        {"01/01/1990", "VALOR"},
		"telefono_con_espacios":   {"600 123 456", "VALOR"},
		"verano":                  {"Summer2026!", "VALOR"},
		"el_nombre_en_otro_orden": {"garciaana2020", "VALOR"},
		"el_nombre_disfrazado":    {"4n4g4rc14", "VALOR"},
		"comun_con_invisible":     {"pass\u200bword", "VALOR"},
		"palabras":                {"tres palabras juntas", ""},
		"palabras_con_cifras":     {"caballo-lunes-42", ""},
		"larga_y_sencilla":        {"me gusta el cafe con leche", ""},
		"al_azar":                 {"xQ7-fRw2", ""},
		"contiene_el_nombre":      {"ana.garcia tiene un caballo", ""},
		"sin_reglas_de_formacion": {"solo letras minusculas", ""},
	} {
		t.Run(nombre, func(t *testing.T) {
			t.Parallel()
			var f fault.Fields
			forma := domain.ParseContrasena(c.contrasena, "nueva", []string{"ana.garcia", "ana@example.com", ""}, &f)
			if c.codigo == "" {
				assert.Empty(t, f)
				assert.Equal(t, forma, domain.FormasDeContrasena(c.contrasena)[0], "a password that may be chosen can log in")
				return
			}
			require.Len(t, f, 1)
			assert.Equal(t, "nueva", f[0].Campo)
			assert.Equal(t, c.codigo, f[0].Codigo)
			assert.Equal(t, c.codigo == "VALOR", len(domain.FormasDeContrasena(c.contrasena)) > 0,
				"a text that no account can have as its password has no form")
		})
	}
}

func TestFormasDeContrasena(t *testing.T) {
	t.Parallel()
	assert.Equal(t, []string{"correcto caballo"}, domain.FormasDeContrasena("correcto caballo"))
	assert.Equal(t, []string{"contraseña", "contrasen\u0303a"}, domain.FormasDeContrasena("contrasen\u0303a"), "NFC, and as typed")
	assert.Equal(t, []string{"fififix1"}, domain.FormasDeContrasena("ﬁﬁﬁx1"), "as typed it is too short for any account")
	assert.Empty(t, domain.FormasDeContrasena("corta"))
	assert.Empty(t, domain.FormasDeContrasena(""))
}

func FuzzParseContrasena(f *testing.F) {
	for _, s := range []string{"correcto caballo", "\xff\xfe12345678", "ﷺﷺﷺﷺ", "ªªªªªªªªª", strings.Repeat("e\u0301", 300)} {
		f.Add(s, "ana")
	}
	f.Fuzz(func(t *testing.T, s, nombre string) {
		var fields fault.Fields
		forma := domain.ParseContrasena(s, "nueva", []string{nombre}, &fields)
		if len(fields) > 0 {
			return
		}
		formas := domain.FormasDeContrasena(s)
		if len(formas) == 0 || formas[0] != forma {
			t.Fatalf("%q was accepted as %q, and a login would try %q", s, forma, formas)
		}
	})
}
