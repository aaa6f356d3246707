package domain

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/money"
	"github.com/tienda-go/tienda/kit/text"
)

// Ficha is the data of a product that people write. A new field of a product goes here, with its rule in revisada. The zero
// value of an optional field means that the product does not have it.
type Ficha struct {
	Nombre      string
	Descripcion string
	Precio      money.Amount
	Moneda      money.Currency
	SKU         string // optional
	Categoria   string // optional
	Estado      Estado
	Atributos   map[string]string // optional; free names and values, like color: rojo
}

// The longest texts, in characters, and the most attributes.
const (
	MaxNombre      = 200
	MaxDescripcion = 5000
	MaxSKU         = 64
	MaxCategoria   = 100
	MaxAtributos   = 50
	MaxClave       = 64  // of the name of an attribute
	MaxValor       = 500 // of the value of an attribute
)

var formatoSKU = regexp.MustCompile(`^[A-Za-z0-9._-]+$`)

// conDefectos fills in the fields that a new product may omit.
func (f Ficha) conDefectos() Ficha {
	f.Moneda, f.Estado = cmp.Or(f.Moneda, money.EUR), cmp.Or(f.Estado, Activo)
	return f
}

// revisada returns f in its canonical form (texts as kit/text keeps them, no empty map, nothing shared with f), or an ErrInvalid
// with every field that breaks its rule. A text that equals that of antes is not checked: it may be older than today's rules.
func (f Ficha) revisada(antes Ficha) (Ficha, error) {
	var mal fault.Fields

	if f.Nombre == "" || f.Nombre != antes.Nombre {
		f.Nombre = revisarTexto(&mal, "nombre", f.Nombre, MaxNombre,
			falta{"OBLIGATORIO", "Escriba un nombre con algún carácter visible."})
	}

	if f.Descripcion != antes.Descripcion {
		revisarParrafos(&mal, "descripcion", f.Descripcion, MaxDescripcion)
	}

	if !f.Precio.Valid() {
		mal.Add("precio", "FUERA_DE_RANGO", fmt.Sprintf("Use un importe entre 0 y %s.", money.Max))
	}

	if _, err := money.ParseCurrency(string(f.Moneda)); err != nil {
		mal.Add("moneda", "VALOR", "Use el código ISO 4217 de una moneda con dos decimales, por ejemplo EUR.")
	}

	revisarLongitud(&mal, "sku", f.SKU, MaxSKU)
	if f.SKU != "" && !formatoSKU.MatchString(f.SKU) {
		mal.Add("sku", "FORMATO", "Use solo letras sin acentos, cifras, puntos, guiones y guiones bajos.")
	}

	if f.Categoria != "" && f.Categoria != antes.Categoria {
		f.Categoria = revisarTexto(&mal, "categoria", f.Categoria, MaxCategoria,
			falta{"LONGITUD", "Escriba una categoría con algún carácter visible, o no envíe el campo."})
	}

	if !f.Estado.Valido() {
		mal.Add("estado", "VALOR", "Use BORRADOR, ACTIVO o ARCHIVADO.")
	}

	f.Atributos = f.copia().Atributos
	if len(f.Atributos) > 0 && !maps.Equal(f.Atributos, antes.Atributos) {
		f.Atributos = revisarAtributos(&mal, f.Atributos)
	}

	return f, mal.Err()
}

// copia shares no memory with f.
func (f Ficha) copia() Ficha {
	f.Atributos = maps.Clone(f.Atributos)
	if len(f.Atributos) == 0 {
		f.Atributos = nil
	}
	return f
}

// igual compares two canonical fichas, by all their fields.
func (f Ficha) igual(otra Ficha) bool { return reflect.DeepEqual(f, otra) }

// falta is the message for a text without a visible character.
type falta struct{ codigo, mensaje string }

// revisarTexto checks the length of a text of one line, and returns it in the form in which it is stored.
func revisarTexto(mal *fault.Fields, campo, texto string, limite int, vacio falta) string {
	texto = strings.TrimSpace(texto)
	if strings.ContainsFunc(texto, unicode.IsControl) {
		mal.Add(campo, "FORMATO", "No puede contener caracteres de control ni saltos de línea.")
		return texto
	}
	limpio, err := text.Clean(texto)
	switch {
	case errors.Is(err, text.ErrEmpty):
		mal.Add(campo, vacio.codigo, vacio.mensaje)
	case err != nil:
		mal.Add(campo, "FORMATO", text.InvisibleMessage)
	}
	revisarLongitud(mal, campo, limpio, limite)
	return limpio
}

// revisarParrafos is for a text that may have line breaks and tabs.
func revisarParrafos(mal *fault.Fields, campo, texto string, limite int) {
	revisarLongitud(mal, campo, texto, limite)
	if strings.ContainsFunc(texto, func(r rune) bool { return unicode.IsControl(r) && !strings.ContainsRune("\n\r\t", r) }) {
		mal.Add(campo, "FORMATO", "No puede contener caracteres de control, salvo saltos de línea y tabuladores.")
	} else if !text.Seen(texto) {
		mal.Add(campo, "FORMATO", text.InvisibleMessage)
	}
}

func revisarLongitud(mal *fault.Fields, campo, texto string, limite int) {
	if utf8.RuneCountInString(texto) > limite {
		mal.Add(campo, "LONGITUD", fmt.Sprintf("Use como mucho %d caracteres.", limite))
	}
}

// revisarAtributos returns the attributes with their names in the form in which they are stored.
func revisarAtributos(mal *fault.Fields, atributos map[string]string) map[string]string {
	if len(atributos) > MaxAtributos {
		mal.Add("atributos", "LONGITUD", fmt.Sprintf("Use como mucho %d atributos.", MaxAtributos))
		return nil
	}
	limpios, vistas := make(map[string]string, len(atributos)), make(map[string]bool, len(atributos))
	for clave, valor := range atributos { // one message for each kind of error: messages never repeat the client's names
		limpia, err := text.Clean(clave)
		identidad, _ := text.Identity(clave)
		switch {
		case errors.Is(err, text.ErrEmpty) || utf8.RuneCountInString(clave) > MaxClave:
			mal.Add("atributos", "LONGITUD",
				fmt.Sprintf("Los nombres tienen entre 1 y %d caracteres, y alguno visible.", MaxClave))
			return nil
		case utf8.RuneCountInString(valor) > MaxValor:
			mal.Add("atributos", "LONGITUD", fmt.Sprintf("Los valores tienen como mucho %d caracteres.", MaxValor))
			return nil
		case strings.ContainsFunc(clave+valor, unicode.IsControl):
			mal.Add("atributos", "FORMATO", "Nombres y valores no pueden contener caracteres de control.")
			return nil
		case !text.Seen(clave + valor):
			mal.Add("atributos", "FORMATO",
				"Nombres y valores no pueden contener caracteres invisibles ni los que cambian el sentido de la escritura.")
			return nil
		case vistas[identidad]:
			mal.Add("atributos", "DUPLICADO", "Dos nombres se distinguen solo en mayúsculas o espacios, o se ven igual. Deje uno.")
			return nil
		}
		limpios[limpia], vistas[identidad] = valor, true
	}
	return limpios
}
