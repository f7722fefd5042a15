package limit_test

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/coffer-chat/coffer/api/apitest/testpb"
	"github.com/coffer-chat/coffer/api/apitest/testpb/testpbconnect"
	cofferv1 "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/api/limit"
	"github.com/coffer-chat/coffer/api/wire/codec"
)

// echo answers with what it was asked.
type echo struct {
	testpbconnect.UnimplementedEchoServiceHandler
}

func (echo) Echo(_ context.Context, r *connect.Request[testpb.EchoRequest]) (*connect.Response[testpb.EchoResponse], error) {
	return connect.NewResponse(&testpb.EchoResponse{Value: r.Msg.GetValue()}), nil
}

// TestCodecs: what has too many elements is refused before it is parsed, at any
// depth; all else goes through as with the codecs of Connect, in both encodings.
func TestCodecs(t *testing.T) {
	_, mux := testpbconnect.NewEchoServiceHandler(echo{}, limit.Codecs())
	s := httptest.NewServer(mux)
	defer s.Close()
	post := func(kind string, body []byte) int {
		r, err := http.Post(s.URL+testpbconnect.EchoServiceEchoProcedure, "application/"+kind, bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
		return r.StatusCode
	}
	encoded := func(m *testpb.Everything) []byte {
		b, err := proto.Marshal(&testpb.EchoRequest{Value: m})
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	good := encoded(&testpb.Everything{Points: make([]*testpb.Point, 4), Pair: &testpb.Everything_Pair{Points: []*testpb.Point{{}}}})
	for name, c := range map[string]struct {
		kind string
		body []byte
		want int
	}{
		"as many as may be":        {"proto", good, 200},
		"one more":                 {"proto", encoded(&testpb.Everything{Points: make([]*testpb.Point, 5)}), 400},
		"one more, further down":   {"proto", encoded(&testpb.Everything{Pair: &testpb.Everything_Pair{Points: make([]*testpb.Point, 1000)}}), 400},
		"a field twice":            {"proto", append(bytes.Clone(good), good...), 400},
		"malformed":                {"proto", []byte{0x0a, 0x80}, 400},
		"an unknown field":         {"proto", codec.AppendVarint(nil, 99, 1), 200},
		"JSON":                     {"json", []byte(`{"value":{"texts":["a","b"]}}`), 200},
		"JSON, text with brackets": {"json", []byte(`{"value":{"text":"` + strings.Repeat(`{[,\"`, 50) + `"}}`), 200},
		"JSON, dense":              {"json", []byte(`{"value":{"points":[{}` + strings.Repeat(",{}", 1<<16) + `]}}`), 400},
		"JSON, nothing":            {"json", nil, 400},
	} {
		if got := post(c.kind, c.body); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
	for _, o := range []connect.ClientOption{connect.WithProtoJSON(), connect.WithGRPCWeb()} {
		c := testpbconnect.NewEchoServiceClient(s.Client(), s.URL, o)
		a, err := c.Echo(t.Context(), connect.NewRequest(&testpb.EchoRequest{Value: &testpb.Everything{Text: "x"}}))
		if err != nil || a.Msg.GetValue().GetText() != "x" {
			t.Error(a, err)
		}
	}
}

// TestMaxRequest: small calls are read to a small size, and no request within its
// limits is too large.
func TestMaxRequest(t *testing.T) {
	const most = 36 << 20
	size := func(service, method string) int {
		s := cofferv1.File_coffer_v1_account_proto.Services().ByName(protoreflect.Name(service))
		if s == nil {
			s = cofferv1.File_coffer_v1_conversation_proto.Services().ByName(protoreflect.Name(service))
		}
		return limit.MaxRequest(s.Methods().ByName(protoreflect.Name(method)), most)
	}
	signIn, err := proto.Marshal(&cofferv1.SignInRequest{SignIn: make([]byte, 2048)})
	if err != nil {
		t.Fatal(err)
	}
	if n := size("AccountService", "SignIn"); n < len(signIn)*3/2 || n > 16<<10 {
		t.Errorf("sign-in: %d", n)
	}
	if n := size("AccountService", "Register"); n > 256<<10 {
		t.Errorf("register: %d", n)
	}
	if n := size("ConversationService", "PostCommit"); n != most {
		t.Errorf("commit: %d", n)
	}
}
