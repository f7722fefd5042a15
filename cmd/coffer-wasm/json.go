package main

import (
	"strconv"
	"time"
	"unicode/utf8"
)

// object writes one JSON object, member by member. It is a fraction of
// encoding/json, whose reflection would cost the page 130 kB.
type object struct{ b []byte }

func newObject(typ string) *object {
	o := &object{b: []byte{'{'}}
	return o.text("type", typ)
}

func (o *object) name(name string) {
	if len(o.b) > 1 {
		o.b = append(o.b, ',')
	}
	o.b = append(appendText(o.b, name), ':')
}

func (o *object) text(name, value string) *object {
	o.name(name)
	o.b = appendText(o.b, value)
	return o
}

func (o *object) number(name string, value int64) *object {
	o.name(name)
	o.b = strconv.AppendInt(o.b, value, 10)
	return o
}

func (o *object) flag(name string, value bool) *object {
	o.name(name)
	o.b = strconv.AppendBool(o.b, value)
	return o
}

// time writes a time in RFC 3339, UTC; "" for none.
func (o *object) time(name string, t time.Time) *object {
	return o.text(name, timeText(t))
}

func timeText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// raw writes a member whose value is JSON already.
func (o *object) raw(name, json string) *object {
	o.name(name)
	o.b = append(o.b, json...)
	return o
}

func (o *object) end() string { return string(append(o.b, '}')) }

// list writes an array of what f makes of each.
func list[T any](from []T, f func(T) string) string {
	b := []byte{'['}
	for i, x := range from {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, f(x)...)
	}
	return string(append(b, ']'))
}

func quoted(s string) string { return string(appendText(nil, s)) }

// appendText appends a JSON string. What is not UTF-8 becomes U+FFFD.
func appendText(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c < 0x20:
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		case c < utf8.RuneSelf:
			b = append(b, c)
		default:
			r, n := utf8.DecodeRuneInString(s[i:])
			b = utf8.AppendRune(b, r)
			i += n
			continue
		}
		i++
	}
	return append(b, '"')
}
