package apitest

import (
	"bytes"
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/coffer-chat/coffer/api/apitest/testpb"
	"github.com/coffer-chat/coffer/api/apitest/testwire"
	cofferv1 "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/api/wire/codec"
)

// apis are the two APIs: the packages' names and their plain structs.
var apis = map[protoreflect.FullName]map[string]func() form{
	"coffer.v1":      cofferForms,
	"coffer.test.v1": testForms,
}

// Both packages are linked in, so the registry knows them.
var _ = []proto.Message{&testpb.Everything{}, &cofferv1.ErrorDetail{}}

// everyMessage runs f for each message of both APIs, nested ones too.
func everyMessage(t *testing.T, f func(t *testing.T, mt protoreflect.MessageType, empty func() form)) {
	for pkg, forms := range apis {
		seen := 0
		protoregistry.GlobalTypes.RangeMessages(func(mt protoreflect.MessageType) bool {
			if mt.Descriptor().ParentFile().Package() != pkg {
				return true
			}
			seen++
			name := string(mt.Descriptor().FullName())
			t.Run(name, func(t *testing.T) {
				empty, ok := forms[name]
				if !ok {
					t.Fatal("has no plain struct: run api/generate.sh")
				}
				f(t, mt, empty)
			})
			return true
		})
		if seen != len(forms) {
			t.Errorf("%s: %d messages, but plain structs for %v", pkg, seen, slices.Sorted(maps.Keys(forms)))
		}
	}
}

// TestBothFormsAgree sends random messages through one form and back through
// the other.
func TestBothFormsAgree(t *testing.T) {
	everyMessage(t, func(t *testing.T, mt protoreflect.MessageType, empty func() form) {
		r := rand.New(rand.NewPCG(1, 2))
		agreed := 0
		for i := range 60 {
			want := mt.New()
			fill(r, want, i%3 == 0)
			enc, err := proto.Marshal(want.Interface())
			if err != nil {
				t.Fatal(err)
			}
			plain := empty()
			if err := plain.Merge(enc); err != nil {
				if errors.Is(err, codec.ErrTooLong) && option(mt.Descriptor().Options(), cofferv1.E_MaxSize) > 0 {
					continue
				}
				t.Fatalf("plain struct refuses %x: %v", enc, err)
			}
			again := plain.Append(nil)
			got := mt.New()
			if err := proto.Unmarshal(again, got.Interface()); err != nil {
				t.Fatalf("protobuf refuses %x: %v", again, err)
			}
			if !proto.Equal(got.Interface(), want.Interface()) {
				t.Fatalf("got %v\nwant %v", got, want)
			}
			// The other way: what the plain struct wrote, it reads as the same.
			second := empty()
			if err := second.Merge(again); err != nil || !bytes.Equal(second.Append([]byte("x")), append([]byte("x"), again...)) {
				t.Fatalf("own encoding changes: %v", err)
			}
			agreed++
		}
		if agreed < 40 {
			t.Errorf("only %d of 60 messages were within the size limit", agreed)
		}
	})
}

// TestUnknownFieldsAreSkipped puts fields of a later version around known ones.
func TestUnknownFieldsAreSkipped(t *testing.T) {
	var later []byte
	later = codec.AppendVarint(later, 90001, 1<<63)
	later = codec.AppendFixed32(later, 90002, 7)
	later = codec.AppendFixed64(later, 90003, 7)
	later = codec.AppendBytes(later, 90004, "later")
	everyMessage(t, func(t *testing.T, mt protoreflect.MessageType, empty func() form) {
		want := mt.New()
		fill(rand.New(rand.NewPCG(3, 4)), want, false)
		enc, err := proto.Marshal(want.Interface())
		if err != nil {
			t.Fatal(err)
		}
		plain, old := empty(), empty()
		if err := plain.Merge(slices.Concat(later, enc, later)); err != nil {
			t.Fatal(err)
		}
		if err := old.Merge(enc); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(plain.Append(nil), old.Append(nil)) {
			t.Error("unknown fields changed the known ones")
		}
		group := protowire.AppendTag(nil, 90005, protowire.StartGroupType)
		group = protowire.AppendTag(group, 90005, protowire.EndGroupType)
		if err := empty().Merge(group); !errors.Is(err, codec.ErrWireType) {
			t.Errorf("a group: %v", err)
		}
	})
}

// TestWrongWireTypes gives every field each wire type that is not its own.
func TestWrongWireTypes(t *testing.T) {
	everyMessage(t, func(t *testing.T, mt protoreflect.MessageType, empty func() form) {
		fields := mt.Descriptor().Fields()
		for i := range fields.Len() {
			fd := fields.Get(i)
			num := int(fd.Number())
			own := wireType(fd.Kind())
			for typ, enc := range map[protowire.Type][]byte{
				protowire.VarintType:     codec.AppendVarint(nil, num, 1),
				protowire.Fixed32Type:    codec.AppendFixed32(nil, num, 1),
				protowire.Fixed64Type:    codec.AppendFixed64(nil, num, 1),
				protowire.BytesType:      codec.AppendBytes(nil, num, ""),
				protowire.StartGroupType: protowire.AppendTag(nil, fd.Number(), protowire.StartGroupType),
			} {
				if typ == own || typ == protowire.BytesType && fd.IsList() {
					continue
				}
				err := empty().Merge(enc)
				var at *codec.FieldError
				if !errors.Is(err, codec.ErrWireType) || !errors.As(err, &at) || at.Number != num {
					t.Errorf("%s as wire type %d: %v", fd.Name(), typ, err)
				}
			}
		}
	})
}

func wireType(k protoreflect.Kind) protowire.Type {
	switch k {
	case protoreflect.BytesKind, protoreflect.StringKind, protoreflect.MessageKind:
		return protowire.BytesType
	case protoreflect.Fixed32Kind, protoreflect.Sfixed32Kind:
		return protowire.Fixed32Type
	case protoreflect.Fixed64Kind, protoreflect.Sfixed64Kind:
		return protowire.Fixed64Type
	}
	return protowire.VarintType
}

// TestTruncated cuts encodings everywhere: each cut is refused, or falls
// between fields and then is what protobuf reads as well.
func TestTruncated(t *testing.T) {
	everyMessage(t, func(t *testing.T, mt protoreflect.MessageType, empty func() form) {
		m := mt.New()
		fill(rand.New(rand.NewPCG(5, 6)), m, true)
		enc, err := proto.Marshal(m.Interface())
		if err != nil {
			t.Fatal(err)
		}
		refused := 0
		for n := range enc {
			err := empty().Merge(enc[:n])
			want := proto.Unmarshal(enc[:n], mt.New().Interface())
			if (err == nil) != (want == nil) {
				t.Fatalf("cut at %d of %d: %v, protobuf %v", n, len(enc), err, want)
			}
			if err != nil {
				refused++
				if !errors.Is(err, codec.ErrTruncated) {
					t.Fatalf("cut at %d of %d: %v", n, len(enc), err)
				}
			}
		}
		if len(enc) > 4 && refused == 0 {
			t.Error("no cut was refused")
		}
	})
}

// TestAppendOfNil: a client may pass nil for an empty request.
func TestAppendOfNil(t *testing.T) {
	var m *testwire.Everything
	if got := m.Append([]byte{1}); !bytes.Equal(got, []byte{1}) {
		t.Errorf("got %x", got)
	}
}
