//go:build !linux

package process

import "syscall"

// attributes are none elsewhere: a Ctrl-C reaches the children directly, which is an orderly end too.
func attributes() *syscall.SysProcAttr { return nil }
