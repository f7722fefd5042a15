package mls

import (
	"fmt"

	"github.com/coffer-chat/coffer/mls/syntax"
)

// PublicMessage is a signed message in the clear (RFC 9420, section 6.2).
type PublicMessage struct {
	Content       FramedContent
	auth          contentAuth
	membershipTag []byte // of a member's message
}

func (m *PublicMessage) append(b []byte) []byte {
	b = m.Content.append(b)
	b = m.auth.append(b, m.Content.ContentType)
	if m.Content.Sender.Type == SenderMember {
		b = syntax.AppendOpaque(b, m.membershipTag)
	}
	return b
}

func readPublicMessage(r *syntax.Reader) *PublicMessage {
	m := &PublicMessage{Content: readFramedContent(r)}
	m.auth = readContentAuth(r, m.Content.ContentType)
	if m.Content.Sender.Type == SenderMember {
		m.membershipTag = r.Opaque()
	}
	return m
}

func (m *PublicMessage) authenticated() *authenticatedContent {
	return &authenticatedContent{wire: WirePublicMessage, content: m.Content, auth: m.auth}
}

// protectPublic makes a PublicMessage of signed content.
func protectPublic(suite CipherSuite, membership Secret, a *authenticatedContent, context []byte) (*PublicMessage, error) {
	if a.content.ContentType == ContentApplication {
		return nil, fmt.Errorf("%w: application data in a PublicMessage", ErrWrongContent)
	}
	m := &PublicMessage{Content: a.content, auth: a.auth}
	if a.content.Sender.Type == SenderMember {
		m.membershipTag = suite.MAC(membership, a.tbm(context))
	}
	return m, nil
}

// tbm is AuthenticatedContentTBM.
func (a *authenticatedContent) tbm(context []byte) []byte {
	return a.auth.append(a.appendTBS(a.room(context), context), a.content.ContentType)
}

// unprotectPublic checks a member's membership tag. The signature is checked by
// the caller, who knows the key.
func unprotectPublic(suite CipherSuite, membership Secret, m *PublicMessage, context []byte) (*authenticatedContent, error) {
	a := m.authenticated()
	if m.Content.Sender.Type == SenderMember && !suite.VerifyMAC(membership, a.tbm(context), m.membershipTag) {
		return nil, ErrBadMembershipTag
	}
	return a, nil
}
