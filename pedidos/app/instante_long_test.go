//go:build long

package app_test

import "time"

const instante = 75 * time.Second
