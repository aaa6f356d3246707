// Package text brings what people type into one form, so that spellings that look the same are equal: NFKC, folded white space
// and, for identity, folded case. Invisible and bidirectional characters are refused, not removed: the person must know.
package text

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// ErrInvisible says that a text has a control, a default-ignorable or a bidirectional character, or is not UTF-8.
var ErrInvisible = errors.New("text has a character that cannot be seen")

// InvisibleMessage is ErrInvisible for the person who typed the text.
const InvisibleMessage = "No puede contener caracteres invisibles ni los que cambian el sentido de la escritura. Quítelos."

// ErrEmpty says that a text has no character that can be seen.
var ErrEmpty = errors.New("text has no visible character")

// Clean is the form in which a text is kept and shown. ErrInvisible, ErrEmpty.
func Clean(s string) (string, error) {
	if !utf8.ValidString(s) || strings.ContainsFunc(s, invisible) {
		return "", ErrInvisible
	}
	s = strings.Join(strings.Fields(norm.NFKC.String(s)), " ")
	if strings.ContainsFunc(s, invisible) {
		return "", ErrInvisible
	}
	if !strings.ContainsFunc(s, visible) {
		return "", ErrEmpty
	}
	return s, nil
}

// Identity is the form in which two texts are compared. ErrInvisible, ErrEmpty.
func Identity(s string) (string, error) {
	s, err := Clean(s)
	if err != nil {
		return "", err
	}
	return norm.NFKC.String(cases.Fold().String(s)), nil
}

// Seen reports whether every character of a text is visible or white space, and none changes the direction of others.
func Seen(s string) bool { return utf8.ValidString(s) && !strings.ContainsFunc(s, invisible) }

// Kept is Identity for a text stored before these rules: invisible characters are removed, not refused. "" when none remains.
func Kept(s string) string {
	s = strings.Map(func(r rune) rune {
		if invisible(r) {
			return -1
		}
		return r
	}, norm.NFKC.String(strings.ToValidUTF8(s, "")))
	identity, err := Identity(s)
	if err != nil {
		return ""
	}
	return identity
}

// invisible follows Default_Ignorable_Code_Point of the Unicode Character Database (DerivedCoreProperties.txt) and adds controls,
// the other format characters and noncharacters. Prepended marks (Arabic number signs) are visible format characters.
func invisible(r rune) bool {
	if unicode.IsSpace(r) || unicode.Is(unicode.Prepended_Concatenation_Mark, r) {
		return false
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector,
		unicode.Noncharacter_Code_Point)
}

// visible excludes marks, which need a base character, and the blank pattern of Braille.
func visible(r rune) bool {
	return r != '\u2800' && unicode.In(r, unicode.L, unicode.N, unicode.P, unicode.S)
}
