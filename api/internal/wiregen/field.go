package wiregen

import (
	"fmt"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// shape is how often a field occurs in its struct.
type shape int

const (
	plain    shape = iota // zero value means absent
	optional              // a pointer (for bytes: a slice); nil means absent
	member                // as optional, and setting it unsets the others of its oneof
	repeated              // a slice
)

// scalar is how a number of some kind is held and converted.
type scalar struct {
	goType string
	wire   string // Varint, Fixed32 or Fixed64: which codec functions
	read   string // codec function from the wire's integer
	write  string // format of the conversion to the wire's integer
}

var scalars = map[protoreflect.Kind]scalar{
	protoreflect.BoolKind:     {"bool", "Varint", "ToBool", "codec.BoolVarint(%s)"},
	protoreflect.Int32Kind:    {"int32", "Varint", "ToInt32", "uint64(%s)"},
	protoreflect.Int64Kind:    {"int64", "Varint", "ToInt64", "uint64(%s)"},
	protoreflect.Uint32Kind:   {"uint32", "Varint", "ToUint32", "uint64(%s)"},
	protoreflect.Uint64Kind:   {"uint64", "Varint", "ToUint64", "%s"},
	protoreflect.Sint32Kind:   {"int32", "Varint", "ToSint32", "codec.ZigZag(int64(%s))"},
	protoreflect.Sint64Kind:   {"int64", "Varint", "ToSint64", "codec.ZigZag(%s)"},
	protoreflect.Fixed32Kind:  {"uint32", "Fixed32", "ToFixed32", "%s"},
	protoreflect.Fixed64Kind:  {"uint64", "Fixed64", "ToUint64", "%s"},
	protoreflect.Sfixed32Kind: {"int32", "Fixed32", "ToSfixed32", "uint32(%s)"},
	protoreflect.Sfixed64Kind: {"int64", "Fixed64", "ToInt64", "uint64(%s)"},
}

// field is a field with everything that the writers of code ask for.
type field struct {
	desc   protoreflect.FieldDescriptor
	name   string // Go name
	num    int
	shape  shape
	elem   string // Go type of one value
	scalar        // set for numbers
	maxLen uint64 // set for bytes and strings
	max    uint64 // set for repeated fields
}

func (f field) isBytes() bool   { return f.desc.Kind() == protoreflect.BytesKind }
func (f field) isString() bool  { return f.desc.Kind() == protoreflect.StringKind }
func (f field) isMessage() bool { return f.desc.Kind() == protoreflect.MessageKind }

// goType returns the type of the struct's field.
func (f field) goType() string {
	switch {
	case f.shape == repeated:
		return "[]" + f.elem
	case f.isMessage(), f.shape != plain && !f.isBytes():
		return "*" + f.elem
	}
	return f.elem
}

// field checks fd and reads its options.
func (g *generator) field(fd protoreflect.FieldDescriptor) (field, error) {
	f := field{desc: fd, name: camel(string(fd.Name())), num: int(fd.Number())}
	refuse := func(what string) (field, error) {
		return f, fmt.Errorf("%s: %s", fd.FullName(), what)
	}
	switch {
	case fd.IsMap():
		return refuse("maps are not supported")
	case f.name == "Append" || f.name == "Merge":
		return refuse("the name is taken by a method")
	case fd.IsList():
		f.shape = repeated
	case fd.HasOptionalKeyword():
		f.shape = optional
	case fd.ContainingOneof() != nil:
		f.shape = member
	}
	var err error
	switch kind := fd.Kind(); kind {
	case protoreflect.BytesKind:
		f.elem = "[]byte"
		f.maxLen, err = g.limit(fd, maxLen)
	case protoreflect.StringKind:
		f.elem = "string"
		f.maxLen, err = g.limit(fd, maxLen)
	case protoreflect.MessageKind:
		if fd.Message().ParentFile().Package() != g.pkg {
			return refuse("messages of other packages are not supported")
		}
		f.elem = typeName(fd.Message())
	case protoreflect.EnumKind:
		if fd.Enum().ParentFile().Package() != g.pkg {
			return refuse("enums of other packages are not supported")
		}
		f.elem = typeName(fd.Enum())
		f.scalar = scalar{f.elem, "Varint", "ToEnum[" + f.elem + "]", "uint64(%s)"}
	default:
		s, ok := scalars[kind]
		if !ok {
			return refuse(kind.String() + " is not supported")
		}
		f.elem, f.scalar = s.goType, s
	}
	if err == nil && f.shape == repeated {
		f.max, err = g.limit(fd, maxItems)
	}
	return f, err
}
