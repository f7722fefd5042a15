package interop

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"google.golang.org/grpc"

	"github.com/coffer-chat/coffer/mls"
	"github.com/coffer-chat/coffer/mls/interop/wire"
)

// scenario is one of the official configurations' scripts, told anew.
type scenario struct {
	config, name string
	tell         func(*story)
}

func scenarios() []scenario {
	return slices.Concat(joinScenarios, messageScenarios, commitScenarios, externalScenarios, subgroupScenarios)
}

func newStory(t *testing.T, conn *grpc.ClientConn, suite mls.CipherSuite, private bool) *story {
	return &story{
		T: t, conn: conn, suite: uint32(suite), private: private, called: map[string]bool{},
		states: map[string]uint32{}, joining: map[string]uint32{}, signers: map[string]uint32{},
	}
}

func wireFormat(private bool) string {
	if private {
		return "private"
	}
	return "public"
}

// TestScenarios tells every scenario at every suite, with handshake messages of
// either form.
func TestScenarios(t *testing.T) {
	conn := dial(t)
	for _, suite := range mls.SupportedSuites() {
		for _, private := range []bool{false, true} {
			t.Run(fmt.Sprintf("%#x/%s", uint16(suite), wireFormat(private)), func(t *testing.T) {
				for _, c := range scenarios() {
					t.Run(c.config+"/"+c.name, func(t *testing.T) {
						s := newStory(t, conn, suite, private)
						c.tell(s)
						s.free()
					})
				}
			})
		}
	}
}

// TestEveryMethod: the scenarios leave no method of the service out.
func TestEveryMethod(t *testing.T) {
	s := newStory(t, dial(t), mls.SupportedSuites()[0], false)
	suites := call[wire.SupportedCiphersuitesResponse](s, "SupportedCiphersuites", &wire.SupportedCiphersuitesRequest{})
	if len(suites.Ciphersuites) != len(mls.SupportedSuites()) {
		t.Errorf("offers %d suites", len(suites.Ciphersuites))
	}
	if call[wire.NameResponse](s, "Name", &wire.NameRequest{}).Name == "" {
		t.Error("has no name")
	}
	for _, c := range scenarios() {
		chapter := newStory(t, s.conn, mls.SupportedSuites()[0], false)
		chapter.called = s.called
		c.tell(chapter)
		chapter.free()
	}
	service := reflect.TypeFor[wire.Service]()
	for i := range service.NumMethod() {
		if name := service.Method(i).Name; !s.called[name] {
			t.Errorf("no scenario calls %s", name)
		}
	}
}
