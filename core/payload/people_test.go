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

// TestInviteVector holds the example of spec/private-payloads.md.
func TestInviteVector(t *testing.T) {
	var v struct{ Invite string }
	vector(t, "people.json", &v)
	secret, err := invite.SecretFromBytes(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	i := &GroupInvite{Conversation: convo.ID(bytes.Repeat([]byte{0x0c}, 32)), Secret: secret, ExpiresMS: 1_800_000_000_000, Uses: 1}
	p := Payload{Kind: KindInvite, Body: i.Bytes()}
	if got := hex.EncodeToString(p.Bytes()); got != v.Invite {
		t.Errorf("the payload is %s, want %s", got, v.Invite)
	}
	if got, err := ParseGroupInvite(i.Bytes()); err != nil || !bytes.Equal(got.Bytes(), i.Bytes()) {
		t.Errorf("an invite reads as %v, %v", got, err)
	}
	for _, bad := range [][]byte{nil, make([]byte, 47), make([]byte, 200)} {
		if _, err := ParseGroupInvite(bad); err == nil {
			t.Errorf("%d bytes are accepted", len(bad))
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
