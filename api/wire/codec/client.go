package codec

import "context"

// Doer makes one unary call. The procedure is "/package.Service/Method"; body
// and result are encoded messages. An error is the transport's and is handed
// on unchanged.
type Doer interface {
	Do(ctx context.Context, procedure string, body []byte) ([]byte, error)
}

// Streamer is a Doer that can also make server-streaming calls. It calls each
// with every message of the answer, in order, and returns when the stream has
// ended, each has returned an error (which it returns), or ctx is done. The
// bytes handed to each are each's to keep.
type Streamer interface {
	Stream(ctx context.Context, procedure string, body []byte, each func(message []byte) error) error
}

// Stream makes a server-streaming call over d, or returns ErrNoStreaming.
func Stream(ctx context.Context, d Doer, procedure string, body []byte, each func([]byte) error) error {
	s, ok := d.(Streamer)
	if !ok {
		return ErrNoStreaming
	}
	return s.Stream(ctx, procedure, body, each)
}
