package invite

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/coffer-chat/coffer/core/account"
)

var update = flag.Bool("update", false, "write testdata again")

type vectors struct {
	Host, Inviter, Admin, Joiner, Secret string
	Link, Long, Key, ID, Proof           string
	Bad                                  []string
}

func id(n byte) account.ID { return account.ID(bytes.Repeat([]byte{n}, 32)) }

func secret(t *testing.T, n byte) Secret {
	t.Helper()
	s, err := NewSecret(bytes.NewReader(bytes.Repeat([]byte{n}, 32)))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestVectors holds testdata/invite.json, and spec/invite.md to it.
func TestVectors(t *testing.T) {
	s := secret(t, 7)
	link := Link{Host: "chat.example", Ask: []account.ID{id(1)}, Secret: s}.Text()
	long := Link{Host: "chat.example", Ask: []account.ID{id(1), id(3)}, Secret: s}.Text()
	key, iid, proof := s.Public(), s.ID(), s.Proof(id(2))
	one, two, three := id(1), id(2), id(3)
	want := vectors{
		Host: "chat.example", Inviter: hex.EncodeToString(one[:]), Admin: hex.EncodeToString(three[:]), Joiner: hex.EncodeToString(two[:]), Secret: hex.EncodeToString(s.Bytes()),
		Link: link, Long: long, Key: hex.EncodeToString(key[:]), ID: hex.EncodeToString(iid[:]), Proof: hex.EncodeToString(proof[:]),
		Bad: []string{
			"", "coffer://", strings.TrimPrefix(link, "coffer://"), strings.ToUpper(link), link + "a", link[:len(link)-1], " " + link, link + "\n",
			strings.Replace(link, "#", "", 1), strings.Replace(link, "/join/", "/", 1), strings.Replace(link, "chat.example", "", 1),
			strings.Replace(link, "coffer:", "https:", 1), link[:len(link)-1] + "b", "coffer://chat.example/bob#" + one.String(),
			strings.Replace(link, "#", ",#", 1), strings.Replace(link, "#", ","+one.String()+"#", 1), strings.Replace(long, ",", ";", 1),
			Link{Host: "chat.example", Ask: []account.ID{id(1), id(2), id(3), id(4), id(5)}, Secret: s}.Text(),
		},
	}
	if *update {
		b, err := json.MarshalIndent(want, "", "  ")
		if err == nil {
			err = os.WriteFile("testdata/invite.json", append(b, '\n'), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile("testdata/invite.json")
	if err != nil {
		t.Fatal(err)
	}
	var have vectors
	if err := json.Unmarshal(b, &have); err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(have) != fmt.Sprint(want) {
		t.Errorf("the vectors are\n%v\nwant\n%v", have, want)
	}
	l, err := ParseLink(have.Link)
	if err != nil || l.Text() != have.Link || l.Secret.ID() != iid {
		t.Errorf("the link reads as %v, %v", l.Text(), err)
	}
	if l, err := ParseLink(have.Long); err != nil || l.Text() != have.Long || len(l.Ask) != 2 {
		t.Errorf("the long link reads as %v, %v", l.Text(), err)
	}
	for _, bad := range have.Bad {
		if _, err := ParseLink(bad); !errors.Is(err, ErrLink) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	page, err := os.ReadFile("../../spec/invite.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []string{have.Link, have.Key, have.ID, have.Proof[:64], have.Proof[64:]} {
		if !strings.Contains(string(page), x) {
			t.Errorf("spec/invite.md lacks %s", x)
		}
	}
}

// TestProof: a proof is good for one secret and joiner.
func TestProof(t *testing.T) {
	s := secret(t, 1)
	p := s.Proof(id(2))
	if !s.Public().Verify(id(2), p) {
		t.Error("the right one is refused")
	}
	for i := range p {
		bad := p
		bad[i] ^= 1
		if s.Public().Verify(id(2), bad) {
			t.Errorf("one with another byte %d is accepted", i)
		}
	}
	if s.Public().Verify(id(3), p) || secret(t, 2).Public().Verify(id(2), p) || (PublicKey{}).Verify(id(2), p) {
		t.Error("a wrong one is accepted")
	}
	if s.ID() == secret(t, 2).ID() || s.ID() != s.Public().ID() {
		t.Error("an id is not that of its key")
	}
}

// TestRedacted: a secret prints as nothing.
func TestRedacted(t *testing.T) {
	l := Link{Host: "chat.example", Ask: []account.ID{id(1)}, Secret: secret(t, 9)}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d", "%q"} {
		if got := fmt.Sprintf(verb, l.Secret); got != "[secret]" {
			t.Errorf("%s prints %q", verb, got)
		}
	}
	if strings.Contains(fmt.Sprintf("%v", l), "9 9") {
		t.Error("a link prints its secret")
	}
	if _, err := SecretFromBytes(make([]byte, 31)); err == nil {
		t.Error("31 bytes are a secret")
	}
}

func FuzzParseLink(f *testing.F) {
	f.Add("coffer://chat.example/join/" + id(1).String() + "," + id(2).String() + "#" + text.EncodeToString(make([]byte, 32)))
	f.Fuzz(func(t *testing.T, s string) {
		if l, err := ParseLink(s); err == nil && l.Text() != s {
			t.Errorf("%q is written %q", s, l.Text())
		}
	})
}
