package limit

import (
	"math"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"

	cofferv1 "github.com/coffer-chat/coffer/api/gen/coffer/v1"
)

// What a request may be larger than its limits say: fields of a later version,
// and in JSON names, white space and base64.
const (
	spare      = 4 << 10
	jsonFactor = 2
)

// ReadOptions bounds each procedure's requests, after decompression, by the
// greatest size that the limits of its fields allow, and by most: a sign-in is not
// read to the size of the largest commit.
func ReadOptions(most int) connect.HandlerOption {
	return connect.WithConditionalHandlerOptions(func(spec connect.Spec) []connect.HandlerOption {
		method, ok := spec.Schema.(protoreflect.MethodDescriptor)
		if !ok {
			return []connect.HandlerOption{connect.WithReadMaxBytes(most)}
		}
		return []connect.HandlerOption{connect.WithReadMaxBytes(MaxRequest(method, most))}
	})
}

// MaxRequest is how many bytes a procedure's request may have, most at most.
func MaxRequest(method protoreflect.MethodDescriptor, most int) int {
	return min(jsonFactor*maxSize(method.Input(), 0)+spare, most)
}

// maxSize is the greatest size of an encoded message within its limits;
// math.MaxInt32 stands for all that is larger, or without a limit.
func maxSize(md protoreflect.MessageDescriptor, depth int) int {
	if depth > maxDepth {
		return math.MaxInt32
	}
	total := 0
	for i := range md.Fields().Len() {
		total = min(total+maxField(md.Fields().Get(i), depth), math.MaxInt32)
	}
	if max := option(md.Options(), cofferv1.E_MaxSize); max > 0 {
		total = min(total, max)
	}
	return total
}

func maxField(fd protoreflect.FieldDescriptor, depth int) int {
	// With the name it is, twice, enough for JSON.
	head := protowire.SizeTag(fd.Number()) + protowire.SizeVarint(math.MaxInt32) + len(fd.JSONName())
	one := protowire.SizeVarint(math.MaxUint64) * 2
	switch fd.Kind() {
	case protoreflect.BytesKind, protoreflect.StringKind:
		if one = option(fd.Options(), cofferv1.E_MaxLen); one == 0 {
			return math.MaxInt32
		}
	case protoreflect.MessageKind:
		one = maxSize(fd.Message(), depth+1)
	}
	if !fd.IsList() {
		return head + one
	}
	n := option(fd.Options(), cofferv1.E_MaxItems)
	if n == 0 || one > math.MaxInt32/n {
		return math.MaxInt32
	}
	return n * (head + one)
}
