package account

import (
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestGuard: the guard follows from the first root alone, is shown in spec/pin.md,
// signs what package pinvault has labelled and nothing else, and prints nothing.
func TestGuard(t *testing.T) {
	var id ID
	first := &Root{epoch: 1}
	for i := range id {
		id[i], first.key[i] = 0xa1, 0xe5
	}
	rs := &Roots{id: id, roots: []*Root{first, {epoch: 2}}}
	g := rs.Guard()
	public := g.Public()
	page, err := os.ReadFile("../../spec/pin.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(page), hex.EncodeToString(public[:])) {
		t.Errorf("spec/pin.md does not show the guard %x", public[:])
	}
	rs.roots[1].key[0]++
	if rs.Guard().Public() != public {
		t.Error("the guard changes with the vault epoch")
	}
	rs.id[0]++
	if rs.Guard().Public() == public {
		t.Error("two accounts have one guard")
	}
	for _, text := range []string{"", "Coffer 1.0 account chain entry", "Coffer PIN 1.0 x"} {
		if g.SignRealmRequest([]byte(text)) != nil {
			t.Errorf("%q was signed", text)
		}
	}
	if s := fmt.Sprintf("%v %+v %#v", *g, g, g); strings.Contains(s, hex.EncodeToString(g.key[:4])) {
		t.Errorf("the guard prints %s", s)
	}
}
