package ephemeral

import (
	"crypto/aes"
	"crypto/cipher"
	"io"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/core/padding"
	"github.com/coffer-chat/coffer/mls"
	"github.com/coffer-chat/coffer/mls/syntax"
)

const (
	nonceSize      = 12
	keySize        = 32
	labelKey       = "ephemeral key"
	labelSignature = "Coffer 1.0 ephemeral"
)

// leafKey derives the key of one leaf in one epoch from the epoch's join key, an
// MLS export that every reader of the epoch holds.
func leafKey(joinKey []byte, a *Address) (cipher.AEAD, error) {
	key := account.ExpandWithLabel(joinKey, labelKey, a.append(nil), keySize)
	defer clear(key)
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// signed is what the leaf's key signs.
func signed(a *Address, m *Message) []byte { return m.append(a.append(nil)) }

// Seal seals a message as the leaf of the address, whose MLS signature key is
// key. joinKey is that epoch's.
func Seal(rand io.Reader, suite mls.CipherSuite, key mls.SignaturePrivateKey, joinKey [convo.JoinKeySize]byte, a Address, m Message) ([]byte, error) {
	signature, err := suite.SignWithLabel(rand, key, labelSignature, signed(&a, &m))
	if err != nil {
		return nil, err
	}
	aead, err := leafKey(joinKey[:], &a)
	if err != nil {
		return nil, err
	}
	var nonce [nonceSize]byte
	if _, err := io.ReadFull(rand, nonce[:]); err != nil {
		return nil, err
	}
	header := a.append(nil)
	plain := padding.Pad(syntax.AppendOpaque(m.append(nil), signature))
	out := append(a.append(nil), nonce[:]...)
	return syntax.AppendOpaque(out, aead.Seal(nil, nonce[:], plain, header)), nil
}

// Open opens a message with its epoch's record and join key, verifies the leaf's
// signature, and returns whose leaf it is.
func Open(b []byte, record *convo.Record, joinKey [convo.JoinKeySize]byte) (Message, *convo.Leaf, error) {
	s, err := parse(b)
	if err != nil {
		return Message{}, nil, err
	}
	a := &s.address
	leaf := record.Leaf(a.Leaf)
	group, err := mls.ParseGroupContext(record.GroupContext)
	if err != nil || leaf == nil || a.Generation != record.Generation || a.Epoch != record.Epoch {
		return Message{}, nil, ErrOpen
	}
	id, _, err := convo.ParseMLSGroupID(group.GroupID)
	if err != nil || id != a.Conversation {
		return Message{}, nil, ErrOpen
	}
	aead, err := leafKey(joinKey[:], a)
	if err != nil {
		return Message{}, nil, ErrOpen
	}
	padded, err := aead.Open(nil, s.nonce[:], s.ciphertext, a.append(nil))
	if err != nil {
		return Message{}, nil, ErrOpen
	}
	plain, err := padding.Unpad(padded)
	if err != nil {
		return Message{}, nil, ErrOpen
	}
	r := syntax.NewReader(plain)
	m := readMessage(r)
	signature := r.Opaque()
	if r.Done() != nil || !group.CipherSuite.VerifyWithLabel(leaf.SignatureKey, labelSignature, signed(a, &m), signature) {
		return Message{}, nil, ErrOpen
	}
	return m, leaf, nil
}
