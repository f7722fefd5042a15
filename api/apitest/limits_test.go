package apitest

import (
	"bytes"
	"errors"
	"runtime"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/coffer-chat/coffer/api/apitest/testwire"
	cofferv1 "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/api/limit"
	"github.com/coffer-chat/coffer/api/wire/codec"
)

// TestEveryLimit meets and exceeds by one the limit of every field of both
// APIs, in both forms.
func TestEveryLimit(t *testing.T) {
	everyMessage(t, func(t *testing.T, mt protoreflect.MessageType, empty func() form) {
		bound := option(mt.Descriptor().Options(), cofferv1.E_MaxSize)
		fields := mt.Descriptor().Fields()
		for i := range fields.Len() {
			fd := fields.Get(i)
			try := func(what string, enc []byte, want error) {
				if bound > 0 && len(enc) > bound {
					return
				}
				if err := empty().Merge(enc); !errors.Is(err, want) {
					t.Errorf("%s, %s, plain: %v, want %v", fd.Name(), what, err, want)
				}
				m := mt.New().Interface()
				if err := proto.Unmarshal(enc, m); err != nil {
					t.Fatal(err)
				}
				if err := limit.Check(m); !errors.Is(err, want) {
					t.Errorf("%s, %s, protobuf: %v, want %v", fd.Name(), what, err, want)
				}
			}
			if max := option(fd.Options(), cofferv1.E_MaxLen); max > 0 {
				long := codec.AppendBytes(nil, int(fd.Number()), make([]byte, max+1))
				fits := codec.AppendBytes(nil, int(fd.Number()), make([]byte, max))
				try("longest", fits, nil)
				try("too long", long, codec.ErrTooLong)
			}
			if max := option(fd.Options(), cofferv1.E_MaxItems); max > 0 {
				fits := bytes.Repeat(one(fd), max)
				try("most", fits, nil)
				try("too many", append(fits, one(fd)...), codec.ErrTooMany)
				if fd.IsPacked() {
					size := len(one(fd)) - protowire.SizeTag(fd.Number())
					try("most, packed", codec.AppendBytes(nil, int(fd.Number()), make([]byte, max*size)), nil)
					try("too many, packed", codec.AppendBytes(nil, int(fd.Number()), make([]byte, (max+1)*size)), codec.ErrTooMany)
				}
			}
		}
	})
}

// one encodes a single zero element of a repeated field, not packed.
func one(fd protoreflect.FieldDescriptor) []byte {
	switch num := int(fd.Number()); wireType(fd.Kind()) {
	case protowire.BytesType:
		return codec.AppendBytes(nil, num, "")
	case protowire.Fixed32Type:
		return codec.AppendFixed32(nil, num, 0)
	case protowire.Fixed64Type:
		return codec.AppendFixed64(nil, num, 0)
	default:
		return codec.AppendVarint(nil, num, 0)
	}
}

func TestMessageSizeLimit(t *testing.T) {
	// Unknown fields count: 4 bytes of tag and length, then the value.
	enc := codec.AppendBytes(nil, 1000, make([]byte, 4096-4))
	if len(enc) != 4096 {
		t.Fatalf("%d bytes", len(enc))
	}
	if err := new(testwire.Everything).Merge(enc); err != nil {
		t.Errorf("at the limit: %v", err)
	}
	enc = codec.AppendBytes(nil, 1000, make([]byte, 4096-3))
	if err := new(testwire.Everything).Merge(enc); !errors.Is(err, codec.ErrTooLong) {
		t.Errorf("above the limit: %v", err)
	}
	if _, err := testwire.ParseEchoRequest(codec.AppendBytes(nil, 1, enc)); !errors.Is(err, codec.ErrTooLong) {
		t.Errorf("above the limit, inside another message: %v", err)
	}
}

func TestInvalidUTF8(t *testing.T) {
	_, err := testwire.ParsePoint(codec.AppendBytes(nil, 3, "\xff"))
	if !errors.Is(err, codec.ErrUTF8) {
		t.Errorf("got %v", err)
	}
}

// TestClaimedLengthsAllocateNothing: a few bytes that claim gigabytes.
func TestClaimedLengthsAllocateNothing(t *testing.T) {
	hostile := map[string][]byte{}
	for name, num := range map[string]protowire.Number{
		"text": 12, "data": 13, "pair": 17, "packed": 24, "texts": 31, "points": 34, "unknown": 99,
	} {
		b := protowire.AppendTag(nil, num, protowire.BytesType)
		hostile[name] = append(protowire.AppendVarint(b, 1<<30), 1, 2, 3)
	}
	for name, enc := range hostile {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := testwire.ParseEverything(enc)
		runtime.ReadMemStats(&after)
		if !errors.Is(err, codec.ErrTruncated) {
			t.Errorf("%s: %v", name, err)
		}
		if n := after.TotalAlloc - before.TotalAlloc; n > 64<<10 {
			t.Errorf("%s: allocated %d bytes", name, n)
		}
	}
}
