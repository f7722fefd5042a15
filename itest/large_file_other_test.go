//go:build !linux

package itest

import "testing"

func TestLargeFile(t *testing.T) {
	t.Skip("not run: measures a program's memory as Linux tells it")
}
