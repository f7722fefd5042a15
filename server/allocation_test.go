package server_test

import (
	"bytes"
	"net/http/httptest"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/coffer-chat/coffer/mls/syntax/syntaxtest"
)

// callAllocations is what a call takes whatever its body: the connection's part,
// the session, the store, and lists of up to their max_items.
const callAllocations = 3 << 20

// TestAllocations calls procedures with hostile bodies, signed in and as a
// stranger, in both encodings.
func TestAllocations(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	x := alice.first.create(bob)
	call := func(procedure, kind, token string) func([]byte) {
		return func(body []byte) {
			r := httptest.NewRequestWithContext(t.Context(), "POST", procedure, bytes.NewReader(body))
			r.Header.Set("Content-Type", "application/"+kind)
			r.Header.Set("Authorization", "Bearer "+token)
			w.server.Handler().ServeHTTP(httptest.NewRecorder(), r)
		}
	}
	message, err := proto.Marshal(x.seal(x.header(), "text"))
	w.ok(err)
	genesis, _, _ := w.genesis("carol")
	register, err := proto.Marshal(genesis)
	w.ok(err)
	token := alice.first.token
	check := map[string]syntaxtest.Decoder{
		"FuzzCall/PostMessage":   {Decode: call("/coffer.v1.ConversationService/PostMessage", "proto", token), Good: [][]byte{message}, Base: callAllocations},
		"FuzzCall/Register":      {Decode: call("/coffer.v1.AccountService/Register", "proto", ""), Good: [][]byte{register}, Base: callAllocations},
		"FuzzCall/Register/json": {Decode: call("/coffer.v1.AccountService/Register", "json", ""), Good: [][]byte{[]byte(`{"sealedRoots":[{},{}]}`)}, Base: callAllocations},
	}
	syntaxtest.Check(t, check)
}

// TestDenseCalls gives every procedure a body that is a megabyte of elements of
// nothing in each of its repeated fields: no call takes more than its limits pay for.
func TestDenseCalls(t *testing.T) {
	w := newWorld(t)
	token := w.register("alice").first.token
	fields := 0
	services := protoreflect.FullName("coffer.v1")
	protoregistry.GlobalFiles.RangeFilesByPackage(services, func(f protoreflect.FileDescriptor) bool {
		for i := range f.Services().Len() {
			s := f.Services().Get(i)
			for j := range s.Methods().Len() {
				m := s.Methods().Get(j)
				if m.IsStreamingServer() {
					continue
				}
				for k := range m.Input().Fields().Len() {
					fd := m.Input().Fields().Get(k)
					if !fd.IsList() && fd.Kind() != protoreflect.MessageKind {
						continue
					}
					fields++
					element := protowire.AppendBytes(protowire.AppendTag(nil, fd.Number(), protowire.BytesType), nil)
					body := bytes.Repeat(element, 1<<20/len(element))
					r := httptest.NewRequestWithContext(t.Context(), "POST", "/"+string(s.FullName())+"/"+string(m.Name()), bytes.NewReader(body))
					r.Header.Set("Content-Type", "application/proto")
					r.Header.Set("Authorization", "Bearer "+token)
					a := httptest.NewRecorder()
					n := syntaxtest.Allocated(func() { w.server.Handler().ServeHTTP(a, r) })
					if n > syntaxtest.Factor<<20+callAllocations {
						t.Errorf("%s: %s: %d bytes allocated for a megabyte", m.FullName(), fd.Name(), n)
					}
					if a.Code < 400 || a.Code >= 500 {
						t.Errorf("%s: %s: answered %d", m.FullName(), fd.Name(), a.Code)
					}
				}
			}
		}
		return true
	})
	if fields < 8 {
		t.Errorf("%d repeated fields found", fields)
	}
}
