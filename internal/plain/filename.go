package plain

import (
	"path/filepath"
	"strings"
	"unicode/utf8"
)

// maxFileName bounds a name; longer ones are cut at the end of the stem.
const maxFileName = 120

// FileName makes a file name of what the sender chose: no folders, nothing
// hidden, no character that steers a terminal, nothing that a system reserves.
func FileName(name string) string {
	name = strings.Map(func(r rune) rune {
		if Steers(r) || r == utf8.RuneError || strings.ContainsRune(`/\:*?"<>|`, r) {
			return '_'
		}
		return r
	}, name)
	name = strings.TrimRight(strings.TrimLeft(name, ". "), ". ")
	ext := filepath.Ext(name)
	if len(ext) > 16 {
		ext = ""
	}
	stem := strings.TrimSuffix(name, ext)
	for len(stem)+len(ext) > maxFileName {
		_, n := utf8.DecodeLastRuneInString(stem)
		stem = stem[:len(stem)-n]
	}
	if stem == "" || reserved[strings.ToUpper(stem)] {
		stem = "attachment"
	}
	return stem + ext
}

// reserved are names of devices on Windows.
var reserved = map[string]bool{
	"CON": true, "PRN": true, "AUX": true, "NUL": true,
	"COM1": true, "COM2": true, "COM3": true, "COM4": true,
	"LPT1": true, "LPT2": true, "LPT3": true, "LPT4": true,
}
