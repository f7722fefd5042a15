package apitest

import (
	"math/rand/v2"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	cofferv1 "github.com/coffer-chat/coffer/api/gen/coffer/v1"
)

// form is what every plain struct can do.
type form interface {
	Append(b []byte) []byte
	Merge(b []byte) error
}

// option returns the value of a uint32 option, 0 where it is not set.
func option(opts proto.Message, ext protoreflect.ExtensionType) int {
	return int(proto.GetExtension(opts, ext).(uint32))
}

// fill sets fields of m at random, within their limits and small.
func fill(r *rand.Rand, m protoreflect.Message, full bool) {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		fd := fields.Get(i)
		if o := fd.ContainingOneof(); o != nil && !o.IsSynthetic() && m.WhichOneof(o) != nil && r.IntN(2) == 0 {
			continue
		}
		switch {
		case !full && r.IntN(3) == 0:
		case fd.IsList():
			list := m.Mutable(fd).List()
			for range r.IntN(1 + min(4, option(fd.Options(), cofferv1.E_MaxItems))) {
				if fd.Message() != nil {
					fill(r, list.AppendMutable().Message(), full)
				} else {
					list.Append(value(r, fd))
				}
			}
			if full && list.Len() == 0 {
				if fd.Message() != nil {
					list.AppendMutable()
				} else {
					list.Append(value(r, fd))
				}
			}
		case fd.Message() != nil:
			fill(r, m.Mutable(fd).Message(), full)
		default:
			m.Set(fd, value(r, fd))
		}
	}
}

// value returns a random value of fd's kind; edges are likely.
func value(r *rand.Rand, fd protoreflect.FieldDescriptor) protoreflect.Value {
	n := r.Uint64() >> r.IntN(64)
	if r.IntN(4) == 0 {
		n = -n
	}
	size := r.IntN(1 + min(200, option(fd.Options(), cofferv1.E_MaxLen)))
	switch fd.Kind() {
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(n&1 == 1)
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind:
		return protoreflect.ValueOfInt32(int32(n))
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind:
		return protoreflect.ValueOfInt64(int64(n))
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		return protoreflect.ValueOfUint32(uint32(n))
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		return protoreflect.ValueOfUint64(n)
	case protoreflect.EnumKind:
		if r.IntN(8) == 0 {
			return protoreflect.ValueOfEnum(protoreflect.EnumNumber(int32(n))) // unknown
		}
		values := fd.Enum().Values()
		return protoreflect.ValueOfEnum(values.Get(r.IntN(values.Len())).Number())
	case protoreflect.StringKind:
		b := make([]byte, 0, size)
		for len(b) < size {
			c := []string{"a", "é", "€", "𝄞"}[r.IntN(4)]
			if len(b)+len(c) > size {
				c = "z"
			}
			b = append(b, c...)
		}
		return protoreflect.ValueOfString(string(b))
	case protoreflect.BytesKind:
		b := make([]byte, size)
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		return protoreflect.ValueOfBytes(b)
	}
	panic("no value for kind " + fd.Kind().String())
}
