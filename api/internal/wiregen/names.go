package wiregen

import (
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// camel turns snake_case or SCREAMING_CASE into CamelCase.
func camel(s string) string {
	var b strings.Builder
	for _, part := range strings.Split(s, "_") {
		if part == "" {
			continue
		}
		if part == strings.ToUpper(part) {
			part = strings.ToLower(part)
		}
		b.WriteString(strings.ToUpper(part[:1]) + part[1:])
	}
	return b.String()
}

// typeName returns the Go name of a message or enum: the names of the messages
// around it and its own, without separators.
func typeName(d protoreflect.Descriptor) string {
	name := string(d.Name())
	for p := d.Parent(); p != nil; p = p.Parent() {
		if _, ok := p.(protoreflect.MessageDescriptor); !ok {
			break
		}
		name = string(p.Name()) + name
	}
	return name
}

// screaming turns CamelCase into SCREAMING_CASE.
func screaming(s string) string {
	var b strings.Builder
	for i, c := range s {
		if i > 0 && 'A' <= c && c <= 'Z' && !('A' <= s[i-1] && s[i-1] <= 'Z') {
			b.WriteByte('_')
		}
		b.WriteRune(c)
	}
	return strings.ToUpper(b.String())
}

// valueName returns the Go name of an enum value: the enum's Go name, then the
// value's own without the prefix that proto style asks for.
func valueName(v protoreflect.EnumValueDescriptor) string {
	enum := v.Parent()
	own := strings.TrimPrefix(string(v.Name()), screaming(string(enum.Name()))+"_")
	return typeName(enum) + camel(own)
}
