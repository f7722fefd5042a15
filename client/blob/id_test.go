package blob

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/coffer-chat/coffer/core/account"
)

func vector(t *testing.T, name string, v any) {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, v); err != nil {
		t.Fatal(err)
	}
}

// TestVector holds the example of spec/blobs.md.
func TestVector(t *testing.T) {
	var v struct{ Host, Root, ID, URL, Token, Hash, Message, Hold string }
	vector(t, "blob.json", &v)
	raw, err := hex.DecodeString(v.ID)
	if err != nil {
		t.Fatal(err)
	}
	id := ID(raw)
	root, err := hex.DecodeString(v.Root)
	if err != nil {
		t.Fatal(err)
	}
	token := account.ExpandWithLabel(root, "blob deletion token", id[:], 32)
	if got := hex.EncodeToString(token); got != v.Token {
		t.Errorf("token %s", got)
	}
	message, err := hex.DecodeString(v.Message)
	if err != nil {
		t.Fatal(err)
	}
	hold := account.ExpandWithLabel(root, "blob hold token", append(raw, message...), 32)
	if got := hex.EncodeToString(hold); got != v.Hold {
		t.Errorf("hold token %s", got)
	}
	if got := DeletionHash(token); got != v.Hash {
		t.Errorf("deletion hash %s", got)
	}
	if got := id.URL(account.Host(v.Host)); got != v.URL {
		t.Errorf("URL %s", got)
	}
	if host, back, ok := ParseURL(v.URL); !ok || string(host) != v.Host || back != id {
		t.Errorf("URL reads as %s, %v", host, ok)
	}
}

// TestDeletionTokenIsOfTheFirstRoot: the token is what spec/blobs.md says, and each
// blob has its own.
func TestDeletionTokenIsOfTheFirstRoot(t *testing.T) {
	device, err := account.GenerateKeyholder(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	u, err := account.NewGenesis(rand.Reader, time.Now(), "alice", "chat.example", device, "")
	if err != nil {
		t.Fatal(err)
	}
	first := u.Roots.At(1)
	a, b := DeletionToken(first, ID{1}), DeletionToken(first, ID{2})
	if len(a) != 32 || bytes.Equal(a, b) {
		t.Error("two blobs have the same token")
	}
	if !bytes.Equal(a, account.ExpandWithLabel(first.Bytes(), "blob deletion token", append([]byte{1}, make([]byte, 31)...), 32)) {
		t.Error("the token is not what spec/blobs.md says")
	}
	name, message := ID{1}, [32]byte{2}
	hold := HoldToken(first, name, message)
	if !bytes.Equal(hold, account.ExpandWithLabel(first.Bytes(), "blob hold token", append(name[:], message[:]...), 32)) || name != (ID{1}) {
		t.Error("a forward's token is not what spec/blobs.md says")
	}
	if bytes.Equal(hold, HoldToken(first, name, [32]byte{3})) {
		t.Error("two forwards have the same token")
	}
}

func TestParseURLRefuses(t *testing.T) {
	id := ID{0xab}
	for name, url := range map[string]string{
		"empty": "", "scheme": "https://chat.example" + id.path(), "no host": "coffer://" + id.path(),
		"upper case": "coffer://chat.example/blob/AB" + id.path()[8:], "short": id.URL("h")[:40], "long": id.URL("h") + "00",
		"digits": "coffer://h/blob/zz" + id.path()[8:], "path in host": "coffer://h/x" + id.path(), "user": "coffer://a@h" + id.path(),
		"query": id.URL("h") + "?x",
	} {
		if _, _, ok := ParseURL(url); ok {
			t.Errorf("%s: accepted", name)
		}
	}
}

func FuzzParseURL(f *testing.F) {
	f.Add(ID{1}.URL("chat.example:8420"))
	f.Add("coffer:///blob/")
	f.Fuzz(func(t *testing.T, url string) {
		if host, id, ok := ParseURL(url); ok && id.URL(host) != url {
			t.Errorf("%q has two forms", url)
		}
	})
}
