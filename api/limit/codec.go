package limit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/coffer-chat/coffer/api/wire/codec"
)

// Codecs replaces the codecs of Connect by such as refuse a request with more
// elements than its limits allow before it is parsed, so that what it takes is
// bounded by its size and its definition. The other limits are [Interceptor]'s.
func Codecs() connect.HandlerOption {
	return connect.WithHandlerOptions(connect.WithCodec(binaryCodec{}), connect.WithCodec(jsonCodec{"json"}), connect.WithCodec(jsonCodec{"json; charset=utf-8"}))
}

var errNotProto = errors.New("not a protobuf message")

type binaryCodec struct{}

func (binaryCodec) Name() string { return "proto" }

func (binaryCodec) IsBinary() bool { return true }

func (c binaryCodec) Marshal(m any) ([]byte, error) { return c.MarshalAppend(nil, m) }

func (binaryCodec) MarshalAppend(b []byte, m any) ([]byte, error) {
	p, ok := m.(proto.Message)
	if !ok {
		return nil, errNotProto
	}
	return proto.MarshalOptions{}.MarshalAppend(b, p)
}

func (binaryCodec) MarshalStable(m any) ([]byte, error) {
	p, ok := m.(proto.Message)
	if !ok {
		return nil, errNotProto
	}
	return proto.MarshalOptions{Deterministic: true}.Marshal(p)
}

func (binaryCodec) Unmarshal(b []byte, m any) error {
	p, ok := m.(proto.Message)
	if !ok {
		return errNotProto
	}
	if err := scan(b, p.ProtoReflect().Descriptor(), 0); err != nil {
		return err
	}
	return proto.Unmarshal(b, p)
}

type jsonCodec struct{ name string }

func (c jsonCodec) Name() string { return c.name }

func (jsonCodec) IsBinary() bool { return false }

func (c jsonCodec) Marshal(m any) ([]byte, error) { return c.MarshalAppend(nil, m) }

func (jsonCodec) MarshalAppend(b []byte, m any) ([]byte, error) {
	p, ok := m.(proto.Message)
	if !ok {
		return nil, errNotProto
	}
	return protojson.MarshalOptions{}.MarshalAppend(b, p)
}

func (c jsonCodec) MarshalStable(m any) ([]byte, error) {
	text, err := c.Marshal(m)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := json.Compact(&b, text); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func (jsonCodec) Unmarshal(b []byte, m any) error {
	p, ok := m.(proto.Message)
	switch {
	case !ok:
		return errNotProto
	case len(b) == 0:
		return errors.New("empty: not a JSON object")
	case dense(b):
		return fmt.Errorf("too many values for their size: %w", codec.ErrTooMany)
	}
	return protojson.UnmarshalOptions{DiscardUnknown: true}.Unmarshal(b, p)
}
