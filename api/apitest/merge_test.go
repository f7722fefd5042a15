package apitest

import (
	"errors"
	"math/rand/v2"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/coffer-chat/coffer/api/apitest/testpb"
	"github.com/coffer-chat/coffer/api/apitest/testwire"
	"github.com/coffer-chat/coffer/api/wire/codec"
)

// TestOneof: of several members in one encoding the last counts, and a message
// that occurs twice is merged, as protobuf has it.
func TestOneof(t *testing.T) {
	text := codec.AppendBytes(nil, 51, "")
	point := codec.AppendMessage(nil, 53, &testwire.Point{X: -1})
	label := codec.AppendMessage(nil, 53, &testwire.Point{Label: "l"})

	m, err := testwire.ParseEverything(append(point, text...))
	if err != nil || m.ChoicePoint != nil || m.ChoiceText == nil || *m.ChoiceText != "" {
		t.Errorf("last member: %+v, %v", m, err)
	}
	m, err = testwire.ParseEverything(append(append(text, point...), label...))
	if err != nil || m.ChoiceText != nil || m.ChoicePoint == nil || m.ChoicePoint.X != -1 || m.ChoicePoint.Label != "l" {
		t.Errorf("merged member: %+v, %v", m, err)
	}
}

func TestOptional(t *testing.T) {
	set := &testwire.Everything{MaybeYes: new(false), MaybeU32: new(uint32(0)), MaybeText: new(""), MaybeData: []byte{}, MaybeColour: new(testwire.ColourUnspecified)}
	m, err := testwire.ParseEverything(set.Append(nil))
	if err != nil {
		t.Fatal(err)
	}
	if m.MaybeYes == nil || m.MaybeU32 == nil || m.MaybeText == nil || m.MaybeData == nil || m.MaybeColour == nil {
		t.Errorf("present zero values got lost: %+v", m)
	}
	m, err = testwire.ParseEverything(nil)
	if err != nil || m.MaybeYes != nil || m.MaybeU32 != nil || m.MaybeText != nil || m.MaybeData != nil || m.MaybeColour != nil {
		t.Errorf("absent values appeared: %+v, %v", m, err)
	}
}

// TestPackedAndNot: elements of a repeated number come in any mixture.
func TestPackedAndNot(t *testing.T) {
	b := codec.AppendPacked(nil, 24, []uint64{1, 300}, codec.RawVarint)
	b = codec.AppendVarint(b, 24, 1<<63)
	b = codec.AppendPacked(b, 35, []uint64{4, 5}, codec.RawVarint) // defined as not packed
	m, err := testwire.ParseEverything(b)
	if err != nil || len(m.U64s) != 3 || m.U64s[1] != 300 || m.U64s[2] != 1<<63 || len(m.Loose) != 2 {
		t.Errorf("%+v, %v", m, err)
	}
	cut := codec.AppendBytes(nil, 24, "\x01\x80")
	if _, err := testwire.ParseEverything(cut); !errors.Is(err, codec.ErrTruncated) {
		t.Errorf("element cut: %v", err)
	}
	if _, err := testwire.ParseEverything(codec.AppendBytes(nil, 28, "\x01\x80\x00")); !errors.Is(err, codec.ErrTruncated) {
		t.Errorf("fixed element cut: %v", err)
	}
}

func TestEnumString(t *testing.T) {
	for v, want := range map[testwire.Colour]string{
		testwire.ColourDeepBlue: "COLOUR_DEEP_BLUE",
		-1:                      "Colour(-1)",
		99:                      "Colour(99)",
	} {
		if v.String() != want {
			t.Errorf("got %s, want %s", v, want)
		}
	}
	if testwire.EverythingSideLeft.String() != "SIDE_LEFT" {
		t.Error(testwire.EverythingSideLeft)
	}
}

// FuzzEverything: what the plain struct accepts, protobuf accepts as the same
// message; what it refuses, protobuf refuses or a rule of ours forbids.
func FuzzEverything(f *testing.F) {
	r := rand.New(rand.NewPCG(7, 8))
	for range 20 {
		m := new(testpb.Everything)
		fill(r, m.ProtoReflect(), false)
		b, err := proto.Marshal(m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte{0x0b, 0x0c})
	f.Add([]byte("\xd0\xe4\x87\xd600")) // a field number above 2^29
	f.Fuzz(func(t *testing.T, b []byte) {
		plain, err := testwire.ParseEverything(b)
		pb := new(testpb.Everything)
		pbErr := proto.Unmarshal(b, pb)
		if err != nil {
			ours := errors.Is(err, codec.ErrWireType) || errors.Is(err, codec.ErrTooLong) || errors.Is(err, codec.ErrTooMany)
			if pbErr == nil && !ours {
				t.Fatalf("%v, but protobuf reads it", err)
			}
			return
		}
		if pbErr != nil {
			t.Fatalf("accepted, but protobuf says %v", pbErr)
		}
		again := new(testpb.Everything)
		if err := proto.Unmarshal(plain.Append(nil), again); err != nil {
			t.Fatal(err)
		}
		dropUnknown(pb)
		if !proto.Equal(again, pb) {
			t.Fatalf("got %v\nwant %v", again, pb)
		}
	})
}
