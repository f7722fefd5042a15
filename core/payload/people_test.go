package payload

import (
	"bytes"
	"encoding/hex"
	"testing"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/core/invite"
)

// TestAcceptedVector holds the example of spec/private-payloads.md.
func TestAcceptedVector(t *testing.T) {
	var v struct{ Accepted string }
	vector(t, "people.json", &v)
	id := account.ID(bytes.Repeat([]byte{0x0c}, 32))
	p := Payload{Kind: KindAccepted, Body: AcceptedBytes(id)}
	if got := hex.EncodeToString(p.Bytes()); got != v.Accepted {
		t.Errorf("the payload is %s", got)
	}
	if got, err := ParseAccepted(p.Body); err != nil || got != id {
		t.Errorf("it says %v, %v", got, err)
	}
	for _, bad := range [][]byte{nil, p.Body[:31], append(bytes.Clone(p.Body), 0)} {
		if _, err := ParseAccepted(bad); err == nil {
			t.Errorf("%d bytes are accepted", len(bad))
		}
	}
}

// TestInviteVectors holds the examples of spec/private-payloads.md.
func TestInviteVectors(t *testing.T) {
	var v struct{ Invite, InviteUse string }
	vector(t, "people.json", &v)
	secret, err := invite.SecretFromBytes(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	i := &GroupInvite{Conversation: convo.ID(bytes.Repeat([]byte{0x0c}, 32)), Secret: secret, ExpiresMS: 1_800_000_000_000, Uses: 1}
	u := &InviteUse{Invite: secret.ID(), Account: account.ID(bytes.Repeat([]byte{2}, 32))}
	for want, p := range map[string]Payload{
		v.Invite: {Kind: KindInvite, Body: i.Bytes()}, v.InviteUse: {Kind: KindInviteUse, Body: u.Bytes()},
	} {
		if got := hex.EncodeToString(p.Bytes()); got != want {
			t.Errorf("the payload is %s, want %s", got, want)
		}
	}
	if got, err := ParseGroupInvite(i.Bytes()); err != nil || !bytes.Equal(got.Bytes(), i.Bytes()) {
		t.Errorf("an invite reads as %v, %v", got, err)
	}
	for name, parse := range map[string]func([]byte) error{
		"invite": func(b []byte) error { _, err := ParseGroupInvite(b); return err },
		"use":    func(b []byte) error { _, err := ParseInviteUse(b); return err },
	} {
		for _, bad := range [][]byte{nil, make([]byte, 47), make([]byte, 200)} {
			if parse(bad) == nil {
				t.Errorf("%s: %d bytes are accepted", name, len(bad))
			}
		}
	}
}

// TestProfileVector holds the example of spec/private-payloads.md.
func TestProfileVector(t *testing.T) {
	var v struct{ Profile string }
	vector(t, "people.json", &v)
	b, err := (&content.Profile{Name: "Alice Example", SetMS: 1_700_000_000_000}).Encode()
	if err != nil {
		t.Fatal(err)
	}
	p := Payload{Kind: KindProfile, Body: b}
	if got := hex.EncodeToString(p.Bytes()); got != v.Profile {
		t.Errorf("the payload is %s, want %s", got, v.Profile)
	}
}
