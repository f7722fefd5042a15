package transport

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// frameHeader is the size of what precedes a frame: flags and length.
const frameHeader = 5

const (
	flagCompressed = 1
	flagEnd        = 2
)

// AppendFrame appends one message of a streaming call, in its frame, to b.
func AppendFrame(b, message []byte) []byte {
	b = append(b, 0)
	b = binary.BigEndian.AppendUint32(b, uint32(len(message)))
	return append(b, message...)
}

// smallFrame is the size up to which a frame's body is made before it has come.
const smallFrame = 4 << 10

// ReadFrame reads the next frame of an answer, of at most max bytes; end says
// that it is the last, for DecodeEnd. It grows its buffer with what has
// arrived, never by what a frame claims. A stream that ends before its last
// frame is ErrUnreachable.
func ReadFrame(r io.Reader, max int) (body []byte, end bool, err error) {
	var head [frameHeader]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, false, broken(err)
	}
	flags, size := head[0], int64(binary.BigEndian.Uint32(head[1:]))
	if flags&flagCompressed != 0 {
		return nil, false, fmt.Errorf("%w: frame is compressed", ErrProtocol)
	}
	if size > int64(max) {
		return nil, false, ErrTooLarge
	}
	if size <= smallFrame {
		body = make([]byte, size)
		_, err = io.ReadFull(r, body)
	} else {
		// Not made in one piece: the size may be a lie.
		body, err = io.ReadAll(io.LimitReader(r, size))
	}
	if err == io.EOF || err == nil && int64(len(body)) < size {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, false, broken(err)
	}
	return body, flags&flagEnd != 0, nil
}

// broken says that the connection broke, unless err already says what it was.
func broken(err error) error {
	if errors.Is(err, ErrUnreachable) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrUnreachable, err)
}
