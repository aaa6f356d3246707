//go:build !linux

package process

import "syscall"

// bind does nothing elsewhere: a Ctrl-C reaches the children directly, which is an orderly end too.
func bind(*syscall.SysProcAttr) {}
