package client

import (
	"testing"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/core/invite"
)

// TestInviteSaid: a row is read as it was written, and nothing else is one.
func TestInviteSaid(t *testing.T) {
	said := &inviteSaid{seq: 9, says: content.Invite{ID: invite.ID{3}, Use: account.ID{2}}}
	row, err := said.bytes()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := parseInviteSaid(row); err != nil || got.seq != 9 || got.says != said.says {
		t.Errorf("what was said reads as %v, %v", got, err)
	}
	for _, bad := range [][]byte{nil, make([]byte, 47), make([]byte, 200)} {
		if _, err := parseInviteSaid(bad); err == nil {
			t.Errorf("%d bytes are accepted", len(bad))
		}
	}
}

// TestJoinRequest: a row is read as it was written, and nothing else is one.
func TestJoinRequest(t *testing.T) {
	j := &joinRequest{account: account.ID{2}, invite: invite.ID{3}, proof: [invite.ProofSize]byte{4}}
	if got, err := parseJoinRequest(j.bytes()); err != nil || *got != *j {
		t.Errorf("a request reads as %v, %v", got, err)
	}
	for _, bad := range [][]byte{nil, make([]byte, 47), make([]byte, 200)} {
		if _, err := parseJoinRequest(bad); err == nil {
			t.Errorf("%d bytes are accepted", len(bad))
		}
	}
}
