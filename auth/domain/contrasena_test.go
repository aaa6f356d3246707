package domain_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/fault"

	"github.com/tienda-go/tienda/auth/domain"
)

func TestComprobarContrasena(t *testing.T) {
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
		"256_de_cuatro_bytes":     {strings.Repeat("😀🐴🔋📎", 64), ""},
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
		"contiene_el_nombre":      {"ana.garcia tiene un caballo", ""},
		"sin_reglas_de_formacion": {"solo letras minusculas", ""},
	} {
		t.Run(nombre, func(t *testing.T) {
			t.Parallel()
			var f fault.Fields
			domain.ComprobarContrasena(c.contrasena, "nueva", []string{"ana.garcia", "ana@example.com", ""}, &f)
			if c.codigo == "" {
				assert.Empty(t, f)
				assert.True(t, domain.Evaluable(c.contrasena), "what may be chosen may be sent")
				return
			}
			require.Len(t, f, 1)
			assert.Equal(t, "nueva", f[0].Campo)
			assert.Equal(t, c.codigo, f[0].Codigo)
			assert.Equal(t, c.codigo == "VALOR", domain.Evaluable(c.contrasena), "only what nobody can have is not worth hashing")
		})
	}
}
