package domain

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/text"
)

// The longest texts, in characters.
const (
	MaxMotivo     = 500
	MaxReferencia = 100
)

func revisarProducto(mal *fault.Fields, campo string, id int64) {
	if id < 1 {
		mal.Add(campo, "FUERA_DE_RANGO", "Use el identificador de un producto, un entero mayor que 0.")
	}
}

func revisarRango(mal *fault.Fields, campo string, n, minimo, maximo int64) {
	if n < minimo || n > maximo {
		mal.Add(campo, "FUERA_DE_RANGO", fmt.Sprintf("Use un entero entre %d y %d.", minimo, maximo))
	}
}

// revisarTexto checks an optional text of one line and returns it as it is stored; white space alone is refused.
func revisarTexto(mal *fault.Fields, campo, texto string, limite int) string {
	if texto == "" {
		return ""
	}
	texto = strings.TrimSpace(texto)
	if strings.ContainsFunc(texto, unicode.IsControl) {
		mal.Add(campo, "FORMATO", "No puede contener caracteres de control ni saltos de línea.")
		return texto
	}
	limpio, err := text.Clean(texto)
	switch {
	case errors.Is(err, text.ErrEmpty):
		mal.Add(campo, "FORMATO", "Escriba algún carácter visible, o no envíe el campo.")
	case err != nil:
		mal.Add(campo, "FORMATO", text.InvisibleMessage)
	}
	if utf8.RuneCountInString(limpio) > limite {
		mal.Add(campo, "LONGITUD", fmt.Sprintf("Use como mucho %d caracteres.", limite))
	}
	return limpio
}
