package domain

import (
	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/text"
)

// Identidad is the form in which names and SKUs are compared: two that look the same are equal. "" for a stored text without a
// visible character, which equals no other.
func Identidad(texto string) string { return text.Kept(texto) }

// IdentidadBuscada is the identity of a text that a client looks for; a text that no product can have is added to mal.
func IdentidadBuscada(mal *fault.Fields, campo, texto string) string {
	identidad, err := text.Identity(texto)
	if err != nil {
		mal.Add(campo, "FORMATO", "Escriba un texto con algún carácter visible y sin caracteres invisibles.")
	}
	return identidad
}
