//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package homelock_test

const endsWithProcess = true
