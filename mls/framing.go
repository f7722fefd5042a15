package mls

import (
	"fmt"
	"io"

	"github.com/coffer-chat/coffer/mls/syntax"
)

// ContentType says what a framed message carries (RFC 9420, section 6).
type ContentType uint8

// The content types.
const (
	ContentApplication ContentType = 1
	ContentProposal    ContentType = 2
	ContentCommit      ContentType = 3
)

// SenderType says what a sender is to the group (RFC 9420, section 6).
type SenderType uint8

// The sender types.
const (
	SenderMember            SenderType = 1
	SenderExternal          SenderType = 2
	SenderNewMemberProposal SenderType = 3
	SenderNewMemberCommit   SenderType = 4
)

// Sender names the sender of a message.
type Sender struct {
	Type SenderType
	Leaf LeafIndex // of a member
	// Index counts the external_senders extension's entries, from 0.
	Index uint32
}

func (s Sender) append(b []byte) []byte {
	b = syntax.AppendUint8(b, uint8(s.Type))
	switch s.Type {
	case SenderMember:
		b = syntax.AppendUint32(b, uint32(s.Leaf))
	case SenderExternal:
		b = syntax.AppendUint32(b, s.Index)
	}
	return b
}

func readSender(r *syntax.Reader) Sender {
	s := Sender{Type: SenderType(r.Uint8())}
	switch s.Type {
	case SenderMember:
		s.Leaf = LeafIndex(r.Uint32())
	case SenderExternal:
		s.Index = r.Uint32()
	case SenderNewMemberProposal, SenderNewMemberCommit:
	default:
		r.Fail(fmt.Errorf("%w: sender type", ErrMalformed))
	}
	return s
}

// FramedContent is a message before it is protected (RFC 9420, section 6).
type FramedContent struct {
	GroupID           []byte
	Epoch             uint64
	Sender            Sender
	AuthenticatedData []byte
	ContentType       ContentType
	Application       []byte
	Proposal          *Proposal
	commit            *commit
}

func (c *FramedContent) append(b []byte) []byte {
	b = syntax.AppendOpaque(b, c.GroupID)
	b = syntax.AppendUint64(b, c.Epoch)
	b = c.Sender.append(b)
	b = syntax.AppendOpaque(b, c.AuthenticatedData)
	b = syntax.AppendUint8(b, uint8(c.ContentType))
	return c.appendBody(b)
}

// appendBody appends what the content type selects.
func (c *FramedContent) appendBody(b []byte) []byte {
	switch c.ContentType {
	case ContentApplication:
		return syntax.AppendOpaque(b, c.Application)
	case ContentProposal:
		return c.Proposal.Append(b)
	case ContentCommit:
		return c.commit.append(b)
	}
	return b
}

func (c *FramedContent) readBody(r *syntax.Reader) {
	switch c.ContentType {
	case ContentApplication:
		c.Application = r.Opaque()
	case ContentProposal:
		c.Proposal = readProposal(r)
	case ContentCommit:
		c.commit = readCommit(r)
	default:
		r.Fail(fmt.Errorf("%w: content type", ErrMalformed))
	}
}

func readFramedContent(r *syntax.Reader) FramedContent {
	c := FramedContent{
		GroupID:           r.Opaque(),
		Epoch:             r.Uint64(),
		Sender:            readSender(r),
		AuthenticatedData: r.Opaque(),
		ContentType:       ContentType(r.Uint8()),
	}
	c.readBody(r)
	return c
}

// contentAuth is FramedContentAuthData (RFC 9420, section 6.1).
type contentAuth struct {
	signature       []byte
	confirmationTag []byte // of a commit
}

func (a *contentAuth) append(b []byte, t ContentType) []byte {
	b = syntax.AppendOpaque(b, a.signature)
	if t == ContentCommit {
		b = syntax.AppendOpaque(b, a.confirmationTag)
	}
	return b
}

func readContentAuth(r *syntax.Reader, t ContentType) contentAuth {
	a := contentAuth{signature: r.Opaque()}
	if t == ContentCommit {
		a.confirmationTag = r.Opaque()
	}
	return a
}

// authenticatedContent is AuthenticatedContent (RFC 9420, section 6).
type authenticatedContent struct {
	wire    WireFormat
	content FramedContent
	auth    contentAuth
}

func (a *authenticatedContent) append(b []byte) []byte {
	b = syntax.AppendUint16(b, uint16(a.wire))
	b = a.content.append(b)
	return a.auth.append(b, a.content.ContentType)
}

const (
	labelFramedContent = "FramedContentTBS"
	refProposal        = labelPrefix + "Proposal Reference"
)

// proposalRef is the hash that names the proposal in commits (section 5.2).
func (a *authenticatedContent) proposalRef(suite CipherSuite) []byte {
	return suite.RefHash(refProposal, a.append(nil))
}

// appendTBS appends FramedContentTBS; context is the serialised GroupContext.
func (a *authenticatedContent) appendTBS(b, context []byte) []byte {
	b = syntax.AppendUint16(b, uint16(MLS10))
	b = syntax.AppendUint16(b, uint16(a.wire))
	b = a.content.append(b)
	switch a.content.Sender.Type {
	case SenderMember, SenderNewMemberCommit:
		b = append(b, context...)
	}
	return b
}

// room returns an empty buffer with about as much space as appendTBS takes.
func (a *authenticatedContent) room(context []byte) []byte {
	return make([]byte, 0, len(context)+len(a.content.Application)+len(a.content.AuthenticatedData)+320)
}

// signed is what the signature covers: SignContent. It is written in one piece,
// because the context may be long.
func (a *authenticatedContent) signed(context []byte) []byte {
	b := syntax.AppendString(a.room(context), labelPrefix+labelFramedContent)
	return syntax.AppendVector(b, func(b []byte) []byte { return a.appendTBS(b, context) })
}

func (a *authenticatedContent) sign(rand io.Reader, suite CipherSuite, key SignaturePrivateKey, context []byte) error {
	if err := suite.checkSigner(key); err != nil {
		return err
	}
	sig, err := key.sign(rand, a.signed(context))
	a.auth.signature = sig
	return err
}

func (a *authenticatedContent) verify(suite CipherSuite, key SignaturePublicKey, context []byte) error {
	if !suite.verify(key, a.signed(context), a.auth.signature) {
		return fmt.Errorf("%w: message", ErrBadSignature)
	}
	return nil
}
