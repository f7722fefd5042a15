// Package limit holds received protobuf messages to the limits that their
// definitions state in options: max_len, max_items and max_size of
// api/coffer/v1/options.proto. The client's form of the API keeps the same
// limits while it parses (package wire); this is the server's side.
//
// A server adds three things to its Connect handlers: Interceptor; Codecs, which
// count a message's elements before it is parsed; and ReadOptions, since a message
// must be held in memory before it can be counted.
package limit

import (
	"fmt"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	cofferv1 "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/api/wire/codec"
)

// Check returns an error that wraps codec.ErrTooLong or codec.ErrTooMany, and
// names the field, if m or a message in it exceeds one of its limits.
func Check(m proto.Message) error { return check(m.ProtoReflect()) }

func check(m protoreflect.Message) error {
	if max := option(m.Descriptor().Options(), cofferv1.E_MaxSize); max > 0 && proto.Size(m.Interface()) > max {
		return fmt.Errorf("%s: %w", m.Descriptor().FullName(), codec.ErrTooLong)
	}
	var err error
	m.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		err = checkField(fd, v)
		return err == nil
	})
	return err
}

func checkField(fd protoreflect.FieldDescriptor, v protoreflect.Value) error {
	if !fd.IsList() {
		return checkValue(fd, v)
	}
	list := v.List()
	if max := option(fd.Options(), cofferv1.E_MaxItems); max > 0 && list.Len() > max {
		return fmt.Errorf("%s: %w", fd.FullName(), codec.ErrTooMany)
	}
	switch fd.Kind() {
	case protoreflect.BytesKind, protoreflect.StringKind, protoreflect.MessageKind:
		for i := range list.Len() {
			if err := checkValue(fd, list.Get(i)); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkValue(fd protoreflect.FieldDescriptor, v protoreflect.Value) error {
	n := 0
	switch fd.Kind() {
	case protoreflect.MessageKind:
		return check(v.Message())
	case protoreflect.BytesKind:
		n = len(v.Bytes())
	case protoreflect.StringKind:
		n = len(v.String())
	default:
		return nil
	}
	if max := option(fd.Options(), cofferv1.E_MaxLen); max > 0 && n > max {
		return fmt.Errorf("%s: %w", fd.FullName(), codec.ErrTooLong)
	}
	return nil
}

// option returns the value of a uint32 option, 0 where it is not set.
func option(opts proto.Message, ext protoreflect.ExtensionType) int {
	if !proto.HasExtension(opts, ext) {
		return 0
	}
	return int(proto.GetExtension(opts, ext).(uint32))
}
