package limit_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"testing"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"

	"github.com/coffer-chat/coffer/api/apitest/testpb"
	"github.com/coffer-chat/coffer/api/apitest/testpb/testpbconnect"
	"github.com/coffer-chat/coffer/api/limit"
	"github.com/coffer-chat/coffer/api/wire/codec"
)

func TestCheckNamesTheField(t *testing.T) {
	long := &testpb.Point{Label: "more than sixteen bytes"}
	for want, m := range map[string]*testpb.Everything{
		"coffer.test.v1.Point.label: value exceeds its length limit":            {Pair: &testpb.Everything_Pair{Points: []*testpb.Point{{}, long}}},
		"coffer.test.v1.Everything.texts: value exceeds its length limit":       {Texts: []string{"", "eleven byte"}},
		"coffer.test.v1.Everything.points: repeated field exceeds its limit":    {Points: make([]*testpb.Point, 5)},
		"coffer.test.v1.Everything.choice_data: value exceeds its length limit": {Choice: &testpb.Everything_ChoiceData{ChoiceData: make([]byte, 11)}},
	} {
		err := limit.Check(&testpb.EchoRequest{Value: m})
		if err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if err := limit.Check(&testpb.EchoRequest{Value: &testpb.Everything{Texts: []string{"ten bytes."}}}); err != nil {
		t.Error(err)
	}
	if err := limit.Check(&testpb.EchoRequest{}); err != nil {
		t.Error(err)
	}
}

// handler counts the calls that reach it.
type handler struct {
	testpbconnect.UnimplementedEchoServiceHandler
	calls int
}

func (h *handler) Echo(context.Context, *connect.Request[testpb.EchoRequest]) (*connect.Response[testpb.EchoResponse], error) {
	h.calls++
	return connect.NewResponse(&testpb.EchoResponse{}), nil
}

func TestInterceptor(t *testing.T) {
	h := new(handler)
	own := func(err error) error { return connect.NewError(connect.CodeOutOfRange, err) }
	for want, refuse := range map[connect.Code]func(error) error{connect.CodeInvalidArgument: nil, connect.CodeOutOfRange: own} {
		_, mux := testpbconnect.NewEchoServiceHandler(h, connect.WithInterceptors(limit.Interceptor(refuse)))
		s := httptest.NewServer(mux)
		defer s.Close()
		h.calls = 0
		// The client has the interceptor too: it must not check its own requests.
		c := testpbconnect.NewEchoServiceClient(s.Client(), s.URL, connect.WithInterceptors(limit.Interceptor(nil)))
		_, err := c.Echo(t.Context(), connect.NewRequest(&testpb.EchoRequest{Value: &testpb.Everything{Text: string(make([]byte, 301))}}))
		if connect.CodeOf(err) != want || h.calls != 0 {
			t.Errorf("too long: %v after %d calls, want %v", err, h.calls, want)
		}
		_, err = c.Echo(t.Context(), connect.NewRequest(&testpb.EchoRequest{Value: &testpb.Everything{Text: string(make([]byte, 300))}}))
		if err != nil || h.calls != 1 {
			t.Errorf("at the limit: %v after %d calls", err, h.calls)
		}
	}
}

// conn receives one message.
type conn struct {
	connect.StreamingHandlerConn
	message proto.Message
}

func (c conn) Receive(msg any) error {
	proto.Merge(msg.(proto.Message), c.message)
	return nil
}

func TestInterceptorOfStreams(t *testing.T) {
	for n, want := range map[int]error{16: nil, 17: codec.ErrTooLong} {
		run := limit.Interceptor(nil).WrapStreamingHandler(func(_ context.Context, c connect.StreamingHandlerConn) error {
			return c.Receive(new(testpb.Point))
		})
		err := run(t.Context(), conn{message: &testpb.Point{Label: string(make([]byte, n))}})
		if !errors.Is(err, want) || (err == nil) != (want == nil) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}
