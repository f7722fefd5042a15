//go:build !js

package normal

import "golang.org/x/text/unicode/norm"

func nfkc(text string) string { return norm.NFKC.String(text) }

func nfd(r rune) string { return norm.NFD.String(string(r)) }
