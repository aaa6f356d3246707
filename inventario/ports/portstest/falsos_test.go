package portstest

import "testing"

func TestCatalogoFalso(t *testing.T) {
	t.Parallel()
	CatalogoSuite(t, func(_ *testing.T, existen ...int64) Catalogo {
		falso := NewCatalogoFalso(existen...)
		return Catalogo{Catalogo: falso, Retirar: falso.Retirar, Caer: falso.Caer}
	})
}
