package client

import (
	"testing"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/invite"
)

// TestJoinRequest: a row is read as it was written, and nothing else is one.
func TestJoinRequest(t *testing.T) {
	j := &joinRequest{account: account.ID{2}, invite: invite.ID{3}, proof: [invite.ProofSize]byte{4}, begun: true}
	if got, err := parseJoinRequest(j.bytes()); err != nil || *got != *j {
		t.Errorf("a request reads as %v, %v", got, err)
	}
	for _, bad := range [][]byte{nil, make([]byte, 47), make([]byte, 200)} {
		if _, err := parseJoinRequest(bad); err == nil {
			t.Errorf("%d bytes are accepted", len(bad))
		}
	}
}
