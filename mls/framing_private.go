package mls

import (
	"io"

	"github.com/coffer-chat/coffer/mls/syntax"
)

// maxPlaintext bounds what Seal takes, so that no length overflows its encoding.
const maxPlaintext = 1 << 28

// PrivateMessage is a signed and encrypted message (RFC 9420, section 6.3). What
// stands in its fields is authenticated only once it has been opened.
type PrivateMessage struct {
	GroupID             []byte
	Epoch               uint64
	ContentType         ContentType
	AuthenticatedData   []byte
	EncryptedSenderData []byte
	Ciphertext          []byte
}

func (m *PrivateMessage) append(b []byte) []byte {
	b = m.appendAAD(b)
	b = syntax.AppendOpaque(b, m.EncryptedSenderData)
	return syntax.AppendOpaque(b, m.Ciphertext)
}

// appendAAD appends PrivateContentAAD (section 6.3.1).
func (m *PrivateMessage) appendAAD(b []byte) []byte {
	return syntax.AppendOpaque(m.appendSenderAAD(b), m.AuthenticatedData)
}

// appendSenderAAD appends SenderDataAAD (section 6.3.2).
func (m *PrivateMessage) appendSenderAAD(b []byte) []byte {
	b = syntax.AppendOpaque(b, m.GroupID)
	b = syntax.AppendUint64(b, m.Epoch)
	return syntax.AppendUint8(b, uint8(m.ContentType))
}

func readPrivateMessage(r *syntax.Reader) *PrivateMessage {
	m := &PrivateMessage{
		GroupID:           r.Opaque(),
		Epoch:             r.Uint64(),
		ContentType:       ContentType(r.Uint8()),
		AuthenticatedData: r.Opaque(),
	}
	if m.ContentType < ContentApplication || m.ContentType > ContentCommit {
		r.Fail(ErrMalformed)
	}
	m.EncryptedSenderData = r.Opaque()
	m.Ciphertext = r.Opaque()
	return m
}

// senderData is SenderData (section 6.3.2).
type senderData struct {
	leaf       LeafIndex
	generation uint32
	guard      [4]byte
}

// senderDataKey derives the key and nonce for sender data from a sample of the
// ciphertext (section 6.3.2).
func senderDataKey(suite CipherSuite, secret Secret, ciphertext []byte) messageKey {
	return senderDataKeyFrom(newExpander(suite, secret), suite, ciphertext)
}

func senderDataKeyFrom(x expander, suite CipherSuite, ciphertext []byte) messageKey {
	p := suite.params()
	sample := ciphertext[:min(len(ciphertext), p.nh)]
	return messageKey{key: x.expand("key", sample, p.nk), nonce: x.expand("nonce", sample, p.nn)}
}

// guarded mixes the reuse guard into the nonce (section 6.3.1).
func (k messageKey) guarded(guard [4]byte) messageKey {
	nonce := append(Secret(nil), k.nonce...)
	for i, g := range guard {
		nonce[i] ^= g
	}
	return messageKey{k.key, nonce}
}

func (k messageKey) seal(suite CipherSuite, plaintext, aad []byte) ([]byte, error) {
	a, err := suite.params().newAEAD(k.key)
	if err != nil {
		return nil, ErrBadKey
	}
	return a.Seal(make([]byte, 0, len(plaintext)+a.Overhead()), k.nonce, plaintext, aad), nil
}

func (k messageKey) open(suite CipherSuite, ciphertext, aad []byte) ([]byte, error) {
	a, err := suite.params().newAEAD(k.key)
	if err != nil {
		return nil, ErrDecrypt
	}
	plaintext, err := a.Open(nil, k.nonce, ciphertext, aad)
	if err != nil {
		return nil, ErrDecrypt
	}
	return plaintext, nil
}

// protectPrivate encrypts signed content of the member at leaf. padded maps the
// length of the unpadded plaintext to the padded one; nil pads nothing.
func protectPrivate(rand io.Reader, suite CipherSuite, senderSecret Secret, a *authenticatedContent,
	generation uint32, key messageKey, padded func(int) int) (*PrivateMessage, error) {
	c := &a.content
	m := &PrivateMessage{GroupID: c.GroupID, Epoch: c.Epoch, ContentType: c.ContentType, AuthenticatedData: c.AuthenticatedData}
	sd := senderData{leaf: c.Sender.Leaf, generation: generation}
	if err := readRandom(rand, sd.guard[:]); err != nil {
		return nil, err
	}
	plaintext := c.appendBody(make([]byte, 0, len(c.Application)+256))
	plaintext = a.auth.append(plaintext, c.ContentType)
	if padded != nil {
		if n := padded(len(plaintext)) - len(plaintext); n > 0 {
			if n > maxPlaintext {
				return nil, ErrTooLarge
			}
			plaintext = append(plaintext, make([]byte, n)...)
		}
	}
	var err error
	if m.Ciphertext, err = key.guarded(sd.guard).seal(suite, plaintext, m.appendAAD(nil)); err != nil {
		return nil, err
	}
	b := syntax.AppendUint32(nil, uint32(sd.leaf))
	b = syntax.AppendUint32(b, sd.generation)
	b = append(b, sd.guard[:]...)
	m.EncryptedSenderData, err = senderDataKey(suite, senderSecret, m.Ciphertext).seal(suite, b, m.appendSenderAAD(nil))
	return m, err
}

// openSenderData decrypts who sent a message and under which generation.
func (m *PrivateMessage) openSenderData(suite CipherSuite, secret Secret) (senderData, error) {
	return m.openSenderDataWith(suite, senderDataKey(suite, secret, m.Ciphertext))
}

func (m *PrivateMessage) openSenderDataWith(suite CipherSuite, key messageKey) (senderData, error) {
	var sd senderData
	b, err := key.open(suite, m.EncryptedSenderData, m.appendSenderAAD(make([]byte, 0, len(m.GroupID)+16)))
	if err != nil {
		return sd, err
	}
	r := syntax.NewReader(b)
	sd.leaf = LeafIndex(r.Uint32())
	sd.generation = r.Uint32()
	r.Copy(sd.guard[:])
	if r.Done() != nil {
		return sd, ErrDecrypt
	}
	return sd, nil
}

// openContent decrypts the content. The signature is not checked yet.
func (m *PrivateMessage) openContent(suite CipherSuite, sd senderData, key messageKey) (*authenticatedContent, error) {
	aad := m.appendAAD(make([]byte, 0, len(m.GroupID)+len(m.AuthenticatedData)+24))
	plaintext, err := key.guarded(sd.guard).open(suite, m.Ciphertext, aad)
	if err != nil {
		return nil, err
	}
	a := &authenticatedContent{wire: WirePrivateMessage, content: FramedContent{
		GroupID:           m.GroupID,
		Epoch:             m.Epoch,
		Sender:            Sender{Type: SenderMember, Leaf: sd.leaf},
		AuthenticatedData: m.AuthenticatedData,
		ContentType:       m.ContentType,
	}}
	r := syntax.NewReader(plaintext)
	a.content.readBody(r)
	a.auth = readContentAuth(r, m.ContentType)
	if r.Err() != nil {
		return nil, ErrDecrypt
	}
	for _, b := range r.Rest() { // padding
		if b != 0 {
			return nil, ErrDecrypt
		}
	}
	return a, nil
}
