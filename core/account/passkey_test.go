package account

import (
	"bytes"
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"
)

const passkeyVectorFile = "testdata/passkey.json"

// passkeyVectors is the file that spec/passkey.md points to.
type passkeyVectors struct {
	Account string   `json:"account"`
	Host    string   `json:"host"`
	Input   hexBytes `json:"prf_input"`
	User    hexBytes `json:"user_handle"`
	Secret  hexBytes `json:"prf_output"`
	Holder  string   `json:"keyholder"`
	Keys    hexBytes `json:"keyholder_public_hash"`
}

// TestPasskeyVectors holds the format still, and the page to it.
func TestPasskeyVectors(t *testing.T) {
	id, secret := ID(bytes.Repeat([]byte{0x11}, 32)), bytes.Repeat([]byte{0x66}, PasskeySecretSize)
	k, err := DeriveKeyholder(secret, id, KindPasskey)
	if err != nil {
		t.Fatal(err)
	}
	input, user := PasskeyInput("chat.example", id), PasskeyUser("chat.example", id)
	keys := HashWithLabel("test: keyholder", k.Public().append(nil))
	want, err := json.MarshalIndent(passkeyVectors{id.String(), "chat.example", input[:], user[:], secret, k.ID().String(), keys[:]}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	want = append(want, '\n')
	if *update {
		if err := os.WriteFile(passkeyVectorFile, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(passkeyVectorFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("the vectors have changed: a new version of the format?")
	}
	page, err := os.ReadFile("../../spec/passkey.md")
	if err != nil {
		t.Fatal(err)
	}
	shown := regexp.MustCompile(`\b[0-9a-f]{32,}\b|\b[a-z2-7]{26,}\b`).FindAllString(string(page), -1)
	if len(shown) < 5 {
		t.Errorf("the page shows only %d values", len(shown))
	}
	for _, s := range shown {
		if !strings.Contains(string(got), s) {
			t.Errorf("the page shows %s, which the vectors do not have", s)
		}
	}
}

// TestPasskeyIsOfOneAccount: neither what is asked nor what comes of it is the same
// for another account, another host, another kind, or the other purpose.
func TestPasskeyIsOfOneAccount(t *testing.T) {
	a, b := ID{1}, ID{2}
	seen := map[Hash]string{}
	for name, h := range map[string]Hash{
		"input": PasskeyInput("chat.example", a), "of b": PasskeyInput("chat.example", b), "elsewhere": PasskeyInput("chat.example:1", a),
		"user": PasskeyUser("chat.example", a), "user b": PasskeyUser("chat.example", b),
	} {
		if other, twice := seen[h]; twice {
			t.Errorf("%s is as %s", name, other)
		}
		seen[h] = name
	}
	secret := bytes.Repeat([]byte{7}, PasskeySecretSize)
	ids := map[KeyholderID]bool{}
	for _, x := range []struct {
		id   ID
		kind Kind
	}{{a, KindPasskey}, {b, KindPasskey}, {a, KindPIN}, {a, KindCode}} {
		k, err := DeriveKeyholder(secret, x.id, x.kind)
		if err != nil {
			t.Fatal(err)
		}
		ids[k.ID()] = true
	}
	if len(ids) != 4 {
		t.Errorf("%d keys of 4", len(ids))
	}
}
