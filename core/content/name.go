package content

import (
	"path"
	"strings"
)

// FileName makes a name that can be a file's in any folder, as messages
// demand it.
func FileName(name string) string {
	name = path.Base(strings.ReplaceAll(strings.ToValidUTF8(name, "_"), `\`, "/"))
	name = strings.Map(func(c rune) rune {
		if c < ' ' || c >= 0x7f && c < 0xa0 || c >= 0x202a && c <= 0x202e || c >= 0x2066 && c <= 0x2069 || c == ':' || c == '/' {
			return '_'
		}
		return c
	}, name)
	for len(name) > MaxName {
		// Cut before the extension, which says what the file is.
		ext := path.Ext(name)
		if len(ext) > 16 {
			ext = ""
		}
		name = strings.ToValidUTF8(name[:MaxName-len(ext)], "") + ext
	}
	if name == "." || name == ".." {
		return ""
	}
	return name
}
