package client

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"reflect"
	"testing"

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

// TestBlobVector holds the example of spec/blobs.md.
func TestBlobVector(t *testing.T) {
	var v struct{ Host, Root, ID, URL, Token, Hash string }
	vector(t, "blob.json", &v)
	raw, err := hex.DecodeString(v.ID)
	if err != nil {
		t.Fatal(err)
	}
	id := blobID(raw)
	root, err := hex.DecodeString(v.Root)
	if err != nil {
		t.Fatal(err)
	}
	token := account.ExpandWithLabel(root, "blob deletion token", id[:], 32)
	if got := hex.EncodeToString(token); got != v.Token {
		t.Errorf("token %s", got)
	}
	if got := deletionHash(token); got != v.Hash {
		t.Errorf("deletion hash %s", got)
	}
	if got := id.url(account.Host(v.Host)); got != v.URL {
		t.Errorf("URL %s", got)
	}
	if host, back, ok := parseBlobURL(v.URL); !ok || string(host) != v.Host || back != id {
		t.Errorf("URL reads as %s, %v", host, ok)
	}
}

func TestDeletionTokenIsOfTheFirstRoot(t *testing.T) {
	e, _ := fileDevice(t, newFileServer())
	first := e.self.roots.At(1)
	a, b := deletionToken(first, blobID{1}), deletionToken(first, blobID{2})
	if len(a) != 32 || bytes.Equal(a, b) {
		t.Error("two blobs have the same token")
	}
	if !bytes.Equal(a, account.ExpandWithLabel(first.Bytes(), "blob deletion token", append([]byte{1}, make([]byte, 31)...), 32)) {
		t.Error("the token is not what spec/blobs.md says")
	}
}

func TestParseBlobURLRefuses(t *testing.T) {
	id := blobID{0xab}
	for name, url := range map[string]string{
		"empty": "", "scheme": "https://chat.example" + id.path(), "no host": "coffer://" + id.path(),
		"upper case": "coffer://chat.example/blob/AB" + id.path()[8:], "short": id.url("h")[:40], "long": id.url("h") + "00",
		"digits": "coffer://h/blob/zz" + id.path()[8:], "path in host": "coffer://h/x" + id.path(), "user": "coffer://a@h" + id.path(),
		"query": id.url("h") + "?x",
	} {
		if _, _, ok := parseBlobURL(url); ok {
			t.Errorf("%s: accepted", name)
		}
	}
}

func FuzzParseBlobURL(f *testing.F) {
	f.Add(blobID{1}.url("chat.example:8420"))
	f.Add("coffer:///blob/")
	f.Fuzz(func(t *testing.T, url string) {
		if host, id, ok := parseBlobURL(url); ok && id.url(host) != url {
			t.Errorf("%q has two forms", url)
		}
	})
}

func FuzzParseStage(f *testing.F) {
	f.Add((&stage{blob: blobID{1}, total: 304}).append(nil))
	f.Add([]byte{0, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		if s, err := parseStage(b); err == nil && !bytes.Equal(s.append(nil), b) {
			t.Error("a row has two encodings")
		}
	})
}

// TestImportVector holds the example of spec/private-payloads.md.
func TestImportVector(t *testing.T) {
	var v struct{ Conversation, Message, Body string }
	vector(t, "import.json", &v)
	body, err := hex.DecodeString(v.Body)
	if err != nil {
		t.Fatal(err)
	}
	want := exampleImport()
	if got := hex.EncodeToString(want.bytes()); got != v.Body {
		t.Errorf("the example is %s", got)
	}
	if p, _, err := parseImport(body); err != nil || !reflect.DeepEqual(p, want) {
		t.Errorf("the example reads as %+v, %v", p, err)
	}
	var id account.ID
	copy(id[:], bytes.Repeat([]byte{3}, len(id)))
	if got := importedThreadID(id, want.source, want.runs[0].thread); got.String() != v.Conversation {
		t.Errorf("conversation %s", got)
	}
	if got := want.runs[0].messages[0].id; got.String() != v.Message {
		t.Errorf("message id %s", got)
	}
}
