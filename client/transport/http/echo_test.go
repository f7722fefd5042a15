package http_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"connectrpc.com/connect"

	"github.com/coffer-chat/coffer/api/apitest/testpb"
	"github.com/coffer-chat/coffer/api/apitest/testpb/testpbconnect"
	"github.com/coffer-chat/coffer/api/apitest/testwire"
	transporthttp "github.com/coffer-chat/coffer/client/transport/http"
)

// echo is the test API's service on connect-go.
type echo struct{}

func (echo) Echo(_ context.Context, req *connect.Request[testpb.EchoRequest]) (*connect.Response[testpb.EchoResponse], error) {
	return connect.NewResponse(&testpb.EchoResponse{
		Value:         req.Msg.Value,
		Authorization: req.Header().Get("Authorization"),
	}), nil
}

func (echo) Fail(ctx context.Context, req *connect.Request[testpb.FailRequest]) (*connect.Response[testpb.FailResponse], error) {
	select {
	case <-time.After(time.Duration(req.Msg.SleepMs) * time.Millisecond):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	err := connect.NewError(connect.Code(req.Msg.Code), nil)
	if req.Msg.Message != "" {
		err = connect.NewError(connect.Code(req.Msg.Code), errorText(req.Msg.Message))
	}
	d, dErr := connect.NewErrorDetail(&testpb.FailRequest{Detail: req.Msg.Detail})
	if dErr != nil {
		return nil, dErr
	}
	err.AddDetail(d)
	return nil, err
}

func (echo) Count(_ context.Context, req *connect.Request[testpb.CountRequest], s *connect.ServerStream[testpb.CountResponse]) error {
	for i := range req.Msg.Count {
		if err := s.Send(&testpb.CountResponse{Number: i, Padding: make([]byte, req.Msg.Padding)}); err != nil {
			return err
		}
	}
	if req.Msg.FailCode != 0 {
		return connect.NewError(connect.Code(req.Msg.FailCode), errorText("told to"))
	}
	return nil
}

type errorText string

func (e errorText) Error() string { return string(e) }

// echoServer starts the service and returns a client of it.
func echoServer(t *testing.T, o transporthttp.Options) testwire.EchoClient {
	t.Helper()
	mux := http.NewServeMux()
	mux.Handle(testpbconnect.NewEchoServiceHandler(echo{}))
	return testwire.EchoClient{Doer: serve(t, mux, o)}
}

// serve starts a server for the length of the test and returns a Client of it.
func serve(t *testing.T, h http.Handler, o transporthttp.Options) *transporthttp.Client {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	c, err := transporthttp.New(s.URL, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdle)
	return c
}
