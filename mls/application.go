package mls

import (
	"fmt"
	"io"
)

// SealOptions says how an application message is sealed.
type SealOptions struct {
	// AAD is authenticated but not encrypted (authenticated_data).
	AAD []byte
	// Padding maps the length in bytes of the unpadded plaintext, signature
	// included, to the length it is padded to; nil pads nothing.
	Padding func(int) int
}

// Seal encrypts an application message and returns it as an MLSMessage (RFC
// 9420, section 15). It advances the own ratchet: save MarshalSender before the
// message leaves the machine.
func (g *Group) Seal(rand io.Reader, o SealOptions, plaintext []byte) ([]byte, error) {
	if err := g.ready(); err != nil {
		return nil, err
	}
	a := &authenticatedContent{content: FramedContent{
		Sender: g.sender(), ContentType: ContentApplication, Application: plaintext, AuthenticatedData: o.AAD,
	}}
	if err := g.signContent(rand, a, WirePrivateMessage); err != nil {
		return nil, err
	}
	return g.protect(rand, a, o.Padding)
}

// Application is an opened application message.
type Application struct {
	Sender     LeafIndex
	Generation uint32
	AAD        []byte
	Data       []byte
}

func (a *authenticatedContent) application(generation uint32) *Application {
	return &Application{
		Sender:     a.content.Sender.Leaf,
		Generation: generation,
		AAD:        a.content.AuthenticatedData,
		Data:       a.content.Application,
	}
}

// Open decrypts an application message of another member and verifies its
// signature. Messages may come out of order within MaxForward and MaxSkipped.
// The key is erased as soon as it has decrypted, so a second Open of the same
// message is ErrGenerationUsed.
func (g *Group) Open(msg []byte) (*Application, error) {
	if err := g.ready(); err != nil {
		return nil, err
	}
	m, err := ParseMessage(msg)
	if err != nil {
		return nil, err
	}
	if m.Private == nil || m.Private.ContentType != ContentApplication {
		return nil, fmt.Errorf("%w: not an application message", ErrWrongContent)
	}
	a, err := g.openPrivate(m.Private)
	if err != nil {
		return nil, err
	}
	g.keys.use(a.found, ratchetApplication, a.generation)
	if err := a.verify(g.Suite(), g.tree.leaf(a.leaf).SignatureKey, g.contextBytes); err != nil {
		return nil, err
	}
	return a.application(a.generation), nil
}
