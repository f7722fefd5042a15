package limit

import (
	"context"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"
)

// Interceptor refuses requests that exceed a limit, before their handler runs,
// with the code invalid_argument. Refuse, if not nil, makes the error instead.
func Interceptor(refuse func(error) error) connect.Interceptor {
	if refuse == nil {
		refuse = func(err error) error { return connect.NewError(connect.CodeInvalidArgument, err) }
	}
	return interceptor{refuse}
}

type interceptor struct{ refuse func(error) error }

// WrapUnary checks the request of a unary call on the server's side.
func (i interceptor) WrapUnary(next connect.UnaryFunc) connect.UnaryFunc {
	return func(ctx context.Context, req connect.AnyRequest) (connect.AnyResponse, error) {
		if m, ok := req.Any().(proto.Message); ok && !req.Spec().IsClient {
			if err := Check(m); err != nil {
				return nil, i.refuse(err)
			}
		}
		return next(ctx, req)
	}
}

// WrapStreamingClient changes nothing: answers are the client's to check.
func (i interceptor) WrapStreamingClient(next connect.StreamingClientFunc) connect.StreamingClientFunc {
	return next
}

// WrapStreamingHandler checks each message that a streaming call receives.
func (i interceptor) WrapStreamingHandler(next connect.StreamingHandlerFunc) connect.StreamingHandlerFunc {
	return func(ctx context.Context, conn connect.StreamingHandlerConn) error {
		return next(ctx, &checkedConn{conn, i.refuse})
	}
}

type checkedConn struct {
	connect.StreamingHandlerConn
	refuse func(error) error
}

// Receive reads the next message and checks it.
func (c *checkedConn) Receive(msg any) error {
	if err := c.StreamingHandlerConn.Receive(msg); err != nil {
		return err
	}
	if m, ok := msg.(proto.Message); ok {
		if err := Check(m); err != nil {
			return c.refuse(err)
		}
	}
	return nil
}
