package codec

import (
	"strconv"

	"google.golang.org/protobuf/encoding/protowire"
)

// ToBool converts a varint to a bool.
func ToBool(v uint64) bool { return protowire.DecodeBool(v) }

// ToInt32 converts a varint to an int32.
func ToInt32(v uint64) int32 { return int32(v) }

// ToInt64 converts a varint to an int64.
func ToInt64(v uint64) int64 { return int64(v) }

// ToUint32 converts a varint to a uint32.
func ToUint32(v uint64) uint32 { return uint32(v) }

// ToUint64 returns its argument.
func ToUint64(v uint64) uint64 { return v }

// ToSint32 converts a varint in zigzag form to an int32.
func ToSint32(v uint64) int32 { return int32(protowire.DecodeZigZag(v & 0xffffffff)) }

// ToSint64 converts a varint in zigzag form to an int64.
func ToSint64(v uint64) int64 { return protowire.DecodeZigZag(v) }

// ToFixed32 returns its argument.
func ToFixed32(v uint32) uint32 { return v }

// ToSfixed32 converts a fixed32 to an sfixed32.
func ToSfixed32(v uint32) int32 { return int32(v) }

// ToEnum converts a varint to an enum, known or not.
func ToEnum[T ~int32](v uint64) T { return T(int32(v)) }

// EnumName returns name, or, if it is empty, what an unknown value of the
// enum typ is called.
func EnumName(typ, name string, v int32) string {
	if name != "" {
		return name
	}
	return typ + "(" + strconv.Itoa(int(v)) + ")"
}
