//go:build !long

package app_test

import "time"

// instante is for how long TestServicio_Aceptar_en_el_mismo_instante runs.
const instante = 2 * time.Second
