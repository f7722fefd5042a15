package client

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
	p := payload{kind: payloadAccepted, body: acceptedBytes(id)}
	if got := hex.EncodeToString(p.bytes()); got != v.Accepted {
		t.Errorf("the payload is %s", got)
	}
	if got, err := parseAccepted(p.body); err != nil || got != id {
		t.Errorf("it says %v, %v", got, err)
	}
	for _, bad := range [][]byte{nil, p.body[:31], append(bytes.Clone(p.body), 0)} {
		if _, err := parseAccepted(bad); err == nil {
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
	i := &groupInvite{conversation: convo.ID(bytes.Repeat([]byte{0x0c}, 32)), secret: secret, expiresMS: 1_800_000_000_000, uses: 1}
	p := payload{kind: payloadInvite, body: i.bytes()}
	if got := hex.EncodeToString(p.bytes()); got != v.Invite {
		t.Errorf("the payload is %s, want %s", got, v.Invite)
	}
	if got, err := parseGroupInvite(i.bytes()); err != nil || !bytes.Equal(got.bytes(), i.bytes()) {
		t.Errorf("an invite reads as %v, %v", got, err)
	}
	joiner := account.ID(bytes.Repeat([]byte{2}, 32))
	j := &joinRequest{account: joiner, invite: secret.ID(), proof: secret.Proof(joiner)}
	if got, err := parseJoinRequest(j.bytes()); err != nil || *got != *j {
		t.Errorf("a request reads as %v, %v", got, err)
	}
	said := &inviteSaid{seq: 9, says: content.Invite{ID: secret.ID(), Use: joiner}}
	row, err := said.bytes()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := parseInviteSaid(row); err != nil || got.seq != 9 || got.says != said.says {
		t.Errorf("what was said reads as %v, %v", got, err)
	}
	for name, parse := range map[string]func([]byte) error{
		"invite":  func(b []byte) error { _, err := parseGroupInvite(b); return err },
		"said":    func(b []byte) error { _, err := parseInviteSaid(b); return err },
		"request": func(b []byte) error { _, err := parseJoinRequest(b); return err },
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
	p := payload{kind: payloadProfile, body: b}
	if got := hex.EncodeToString(p.bytes()); got != v.Profile {
		t.Errorf("the payload is %s, want %s", got, v.Profile)
	}
}
