//go:build !linux

package database

import "os"

func fdatasync(f *os.File) error { return f.Sync() }
