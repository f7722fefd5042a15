package wire

import (
	"errors"
	"fmt"
	"reflect"
	"strconv"

	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"
)

// Codec is a gRPC codec for this package's messages. It calls itself "proto":
// the peer sees Protocol Buffers.
type Codec struct{}

// ErrMalformed: the bytes are not an encoding of the message.
var ErrMalformed = errors.New("wire: malformed message")

// Name implements encoding.CodecV2.
func (Codec) Name() string { return "proto" }

// Marshal implements encoding.CodecV2.
func (Codec) Marshal(v any) (mem.BufferSlice, error) {
	b, err := appendMessage(nil, reflect.ValueOf(v).Elem())
	return mem.BufferSlice{mem.SliceBuffer(b)}, err
}

// Unmarshal implements encoding.CodecV2.
func (Codec) Unmarshal(data mem.BufferSlice, v any) error {
	return parseMessage(data.Materialize(), reflect.ValueOf(v).Elem())
}

// number returns the field number in a struct field's tag.
func number(f reflect.StructField) (protowire.Number, error) {
	n, err := strconv.Atoi(f.Tag.Get("pb"))
	if err != nil || !protowire.Number(n).IsValid() {
		return 0, fmt.Errorf("wire: field %s has no number", f.Name)
	}
	return protowire.Number(n), nil
}

var bytesType = reflect.TypeFor[[]byte]()

// repeated reports whether a field is a list; bytes are not.
func repeated(t reflect.Type) bool { return t.Kind() == reflect.Slice && t != bytesType }

func appendMessage(b []byte, m reflect.Value) ([]byte, error) {
	for i := range m.NumField() {
		n, err := number(m.Type().Field(i))
		if err != nil {
			return nil, err
		}
		v := m.Field(i)
		switch {
		case repeated(v.Type()) && v.Type().Elem().Kind() == reflect.Uint32:
			if v.Len() == 0 {
				continue
			}
			var packed []byte
			for j := range v.Len() {
				packed = protowire.AppendVarint(packed, v.Index(j).Uint())
			}
			b = protowire.AppendBytes(protowire.AppendTag(b, n, protowire.BytesType), packed)
		case repeated(v.Type()):
			for j := range v.Len() {
				if b, err = appendField(b, n, v.Index(j)); err != nil {
					return nil, err
				}
			}
		case !v.IsZero():
			if b, err = appendField(b, n, v); err != nil {
				return nil, err
			}
		}
	}
	return b, nil
}

func appendField(b []byte, n protowire.Number, v reflect.Value) ([]byte, error) {
	switch v.Kind() {
	case reflect.Bool:
		return protowire.AppendVarint(protowire.AppendTag(b, n, protowire.VarintType), protowire.EncodeBool(v.Bool())), nil
	case reflect.Uint32, reflect.Uint64:
		return protowire.AppendVarint(protowire.AppendTag(b, n, protowire.VarintType), v.Uint()), nil
	}
	b = protowire.AppendTag(b, n, protowire.BytesType)
	switch v.Kind() {
	case reflect.String:
		return protowire.AppendString(b, v.String()), nil
	case reflect.Slice:
		return protowire.AppendBytes(b, v.Bytes()), nil
	case reflect.Pointer:
		inner, err := appendMessage(nil, v.Elem())
		return protowire.AppendBytes(b, inner), err
	}
	return nil, fmt.Errorf("wire: no encoding for %s", v.Type())
}

func parseMessage(b []byte, m reflect.Value) error {
	fields := map[protowire.Number]reflect.Value{}
	for i := range m.NumField() {
		n, err := number(m.Type().Field(i))
		if err != nil {
			return err
		}
		fields[n] = m.Field(i)
	}
	for len(b) > 0 {
		n, kind, size := protowire.ConsumeTag(b)
		if size < 0 {
			return ErrMalformed
		}
		b = b[size:]
		size = protowire.ConsumeFieldValue(n, kind, b)
		if size < 0 {
			return ErrMalformed
		}
		if v, known := fields[n]; known {
			if err := parseField(b[:size], kind, v); err != nil {
				return err
			}
		}
		b = b[size:]
	}
	return nil
}

// parseField reads one occurrence of a field, whose length has been checked.
func parseField(b []byte, kind protowire.Type, v reflect.Value) error {
	if kind == protowire.VarintType {
		u, _ := protowire.ConsumeVarint(b)
		return setNumber(v, u)
	}
	if kind != protowire.BytesType {
		return ErrMalformed
	}
	data, _ := protowire.ConsumeBytes(b)
	if !repeated(v.Type()) {
		return setBytes(v, data)
	}
	if v.Type().Elem().Kind() == reflect.Uint32 {
		for len(data) > 0 {
			u, size := protowire.ConsumeVarint(data)
			if size < 0 {
				return ErrMalformed
			}
			if err := setNumber(v, u); err != nil {
				return err
			}
			data = data[size:]
		}
		return nil
	}
	item := reflect.New(v.Type().Elem()).Elem()
	if err := setBytes(item, data); err != nil {
		return err
	}
	v.Set(reflect.Append(v, item))
	return nil
}

func setNumber(v reflect.Value, u uint64) error {
	switch {
	case v.Kind() == reflect.Bool:
		v.SetBool(protowire.DecodeBool(u))
	case v.Kind() == reflect.Uint32, v.Kind() == reflect.Uint64:
		if v.OverflowUint(u) {
			return ErrMalformed
		}
		v.SetUint(u)
	case repeated(v.Type()) && v.Type().Elem().Kind() == reflect.Uint32:
		if u > 1<<32-1 {
			return ErrMalformed
		}
		v.Set(reflect.Append(v, reflect.ValueOf(uint32(u))))
	default:
		return ErrMalformed
	}
	return nil
}

func setBytes(v reflect.Value, data []byte) error {
	switch {
	case v.Kind() == reflect.String:
		v.SetString(string(data))
	case v.Type() == bytesType:
		v.SetBytes(append([]byte{}, data...))
	case v.Kind() == reflect.Pointer:
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		return parseMessage(data, v.Elem())
	default:
		return ErrMalformed
	}
	return nil
}
