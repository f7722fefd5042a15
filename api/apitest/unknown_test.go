package apitest

import (
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// dropUnknown removes the unknown fields of m and of all messages in it, which
// plain structs do not keep.
func dropUnknown(m proto.Message) { drop(m.ProtoReflect()) }

func drop(m protoreflect.Message) {
	m.SetUnknown(nil)
	m.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case fd.Message() == nil:
		case fd.IsList():
			for i := range v.List().Len() {
				drop(v.List().Get(i).Message())
			}
		default:
			drop(v.Message())
		}
		return true
	})
}
