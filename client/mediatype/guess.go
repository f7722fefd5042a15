// Package mediatype guesses what a file is, by Guess: from its first bytes, then
// from its name. It says the same on every machine.
package mediatype

import (
	"bytes"
	"path"
	"strings"
	"unicode/utf8"
)

// Head is how many bytes of a file its media type is guessed from.
const Head = 512

// Unknown is the type of what nothing is known of.
const Unknown = "application/octet-stream"

// signatures are the first bytes of files, from offset at on.
var signatures = []struct {
	at        int
	magic     string
	mediaType string
}{
	{0, "\xff\xd8\xff", "image/jpeg"},
	{0, "\x89PNG\r\n\x1a\n", "image/png"},
	{0, "GIF87a", "image/gif"},
	{0, "GIF89a", "image/gif"},
	{8, "WEBP", "image/webp"},
	{4, "ftypheic", "image/heic"},
	{4, "ftypheix", "image/heic"},
	{4, "ftypmif1", "image/heif"},
	{4, "ftypavif", "image/avif"},
	{4, "ftypM4A ", "audio/mp4"},
	{4, "ftypqt  ", "video/quicktime"},
	{4, "ftyp", "video/mp4"},
	{0, "\x1a\x45\xdf\xa3", "video/webm"},
	{0, "OggS", "audio/ogg"},
	{0, "ID3", "audio/mpeg"},
	{0, "\xff\xfb", "audio/mpeg"},
	{0, "fLaC", "audio/flac"},
	{8, "WAVE", "audio/wav"},
	{0, "%PDF-", "application/pdf"},
	{0, "\x1f\x8b", "application/gzip"},
	{0, "7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"},
}

// extensions name what the first bytes do not tell. It is a table of ours
// because the system's differ from machine to machine.
var extensions = map[string]string{
	".md": "text/markdown", ".csv": "text/csv", ".json": "application/json", ".html": "text/html", ".htm": "text/html",
	".xml": "application/xml", ".svg": "image/svg+xml", ".ics": "text/calendar", ".vcf": "text/vcard", ".txt": "text/plain",
	".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
	".odt":  "application/vnd.oasis.opendocument.text", ".ods": "application/vnd.oasis.opendocument.spreadsheet",
	".epub": "application/epub+zip", ".zip": "application/zip", ".doc": "application/msword",
}

// Guess guesses from a file's first bytes, then from its name. What the
// bytes say outweighs the name.
func Guess(head []byte, name string) string {
	for _, s := range signatures {
		if len(head) >= s.at && bytes.HasPrefix(head[s.at:], []byte(s.magic)) {
			return s.mediaType
		}
	}
	if t := extensions[strings.ToLower(path.Ext(name))]; t != "" {
		return t
	}
	if bytes.HasPrefix(head, []byte("PK\x03\x04")) {
		return "application/zip"
	}
	if len(head) > 0 && isText(head) {
		return "text/plain"
	}
	return Unknown
}

// isText reports whether the first bytes of a file are UTF-8 without control
// characters; the last character may be cut.
func isText(head []byte) bool {
	for len(head) > 0 {
		c, n := utf8.DecodeRune(head)
		if c == utf8.RuneError && n == 1 {
			return !utf8.FullRune(head)
		}
		if c < ' ' && c != '\n' && c != '\r' && c != '\t' || c == 0x7f {
			return false
		}
		head = head[n:]
	}
	return true
}
