package limit

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"

	cofferv1 "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/api/wire/codec"
)

// maxDepth is how deep messages may nest.
const maxDepth = 16

// scan counts the elements of repeated fields in an encoded message before
// anything is made of them: two bytes can be a message of a hundred. It leaves
// what is malformed to the parser. A message field that is not repeated may occur
// once, though protobuf would merge it with itself: nobody writes that.
func scan(b []byte, md protoreflect.MessageDescriptor, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("%s: %w", md.FullName(), codec.ErrTooMany)
	}
	var seen map[protowire.Number]int
	for len(b) > 0 {
		num, typ, n := protowire.ConsumeTag(b)
		if n < 0 {
			return nil
		}
		b = b[n:]
		n = protowire.ConsumeFieldValue(num, typ, b)
		if n < 0 {
			return nil
		}
		value := b[:n]
		b = b[n:]
		fd := md.Fields().ByNumber(num)
		if fd == nil {
			continue
		}
		isMessage := fd.Kind() == protoreflect.MessageKind && typ == protowire.BytesType
		if !fd.IsList() && !isMessage {
			continue
		}
		if seen == nil {
			seen = map[protowire.Number]int{}
		}
		seen[num] += elements(fd, typ, value)
		max := 1
		if fd.IsList() {
			max = option(fd.Options(), cofferv1.E_MaxItems)
		}
		if max > 0 && seen[num] > max {
			return fmt.Errorf("%s: %w", fd.FullName(), codec.ErrTooMany)
		}
		if isMessage {
			body, _ := protowire.ConsumeBytes(value)
			if err := scan(body, fd.Message(), depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

// elements is how many elements one occurrence of a field holds.
func elements(fd protoreflect.FieldDescriptor, typ protowire.Type, value []byte) int {
	if typ != protowire.BytesType {
		return 1
	}
	packed, _ := protowire.ConsumeBytes(value)
	switch fd.Kind() {
	case protoreflect.BytesKind, protoreflect.StringKind, protoreflect.MessageKind:
		return 1
	case protoreflect.Fixed32Kind, protoreflect.Sfixed32Kind, protoreflect.FloatKind:
		return len(packed) / 4
	case protoreflect.Fixed64Kind, protoreflect.Sfixed64Kind, protoreflect.DoubleKind:
		return len(packed) / 8
	}
	n := 0
	for _, c := range packed {
		if c < 0x80 {
			n++
		}
	}
	return n
}

// dense reports whether JSON has so many values for its size that parsing them
// would take many times as much.
func dense(b []byte) bool {
	const object, value, factor, base = 256, 32, 16, 256 << 10
	n, inText, escaped := 0, false, false
	for _, c := range b {
		switch {
		case escaped:
			escaped = false
		case inText:
			escaped, inText = c == '\\', c != '"'
		case c == '"':
			inText = true
			n += value
		case c == '{', c == '[':
			n += object
		case c == ',':
			n += value
		}
	}
	return n > factor*len(b)+base
}
