package mls

import (
	"fmt"
	"slices"
	"sync"
)

const (
	// MaxReaderGeneration bounds the generations that an EpochReader opens, and
	// so the work that one message can cause: a ratchet step each.
	MaxReaderGeneration = 1<<16 - 1
	// readerSegment is the distance of the ratchet secrets that an EpochReader
	// keeps for each leaf.
	readerSegment = 128
)

// EpochReader decrypts the application messages of one epoch from its history
// secrets, in any order and as often as wanted, the reader's own messages too.
// It keeps what it derives: reading a thousand messages of a leaf forwards costs
// a ratchet step each, reading them backwards two.
//
// An EpochReader may be used by several goroutines at once.
type EpochReader struct {
	suite        CipherSuite
	context      GroupContext
	contextBytes []byte
	keyOf        func(LeafIndex) (SignaturePublicKey, bool)

	mu         *sync.Mutex // guards what follows
	senderData expander
	keys       *secretTree
	leaves     map[LeafIndex]*readerLeaf
}

// NewEpochReader returns a reader for the epoch of a GroupContext. leafCount is
// the number of leaves of the tree, see Group.LeafCount (or any count that
// rounds up to the same power of two). keyOf gives the signature key of the
// member at a leaf in that epoch, false if there is none.
func NewEpochReader(c GroupContext, s HistorySecrets, leafCount uint32,
	keyOf func(LeafIndex) (SignaturePublicKey, bool)) (*EpochReader, error) {
	if err := c.CipherSuite.check(); err != nil {
		return nil, err
	}
	if n := c.CipherSuite.HashSize(); len(s.Encryption) != n || len(s.SenderData) != n {
		return nil, fmt.Errorf("%w: history secrets", ErrBadKey)
	}
	if keyOf == nil {
		return nil, fmt.Errorf("%w: no signature keys", ErrBadKey)
	}
	if leafCount == 0 || leafCount > maxLeaves {
		return nil, fmt.Errorf("%w: leaf count", ErrTooLarge)
	}
	return &EpochReader{
		mu:           new(sync.Mutex),
		suite:        c.CipherSuite,
		context:      c,
		contextBytes: c.Append(nil),
		senderData:   newExpander(c.CipherSuite, s.SenderData),
		keys:         newSecretTree(c.CipherSuite, leavesFor(leafCount), slices.Clone(s.Encryption)),
		keyOf:        keyOf,
		leaves:       map[LeafIndex]*readerLeaf{},
	}, nil
}

// Reader returns a reader for this epoch's messages; it needs KeepHistory.
func (g *Group) Reader() (*EpochReader, error) {
	s, err := g.HistorySecrets()
	if err != nil {
		return nil, err
	}
	tree := g.tree
	return NewEpochReader(g.context, s, g.LeafCount(), func(l LeafIndex) (SignaturePublicKey, bool) {
		if leaf := tree.leaf(l); leaf != nil {
			return leaf.SignatureKey, true
		}
		return nil, false
	})
}

// Open decrypts an application message and verifies its signature.
func (r *EpochReader) Open(msg []byte) (*Application, error) {
	app, verify, err := r.Decrypt(msg)
	if err != nil {
		return nil, err
	}
	if err := verify(); err != nil {
		return nil, err
	}
	return app, nil
}

// Decrypt decrypts an application message and returns the check of its
// signature, the greater part of the work, to be run later: it touches nothing
// of the reader but keyOf's result, so that the checks of many messages may run
// at the same time. Until verify has returned nil, any member of the group may
// have written the message. What is returned shares memory with msg, which must
// not be changed as long as it is used.
func (r *EpochReader) Decrypt(msg []byte) (app *Application, verify func() error, err error) {
	if err := r.ready(); err != nil {
		return nil, nil, err
	}
	m, err := parseShared(msg)
	if err != nil {
		return nil, nil, err
	}
	if m.Private == nil || m.Private.ContentType != ContentApplication {
		return nil, nil, fmt.Errorf("%w: not an application message", ErrWrongContent)
	}
	if string(m.Private.GroupID) != string(r.context.GroupID) {
		return nil, nil, ErrWrongGroup
	}
	if m.Private.Epoch != r.context.Epoch {
		return nil, nil, ErrWrongEpoch
	}
	sd, err := m.Private.openSenderDataWith(r.suite, r.senderDataKey(m.Private.Ciphertext))
	if err != nil {
		return nil, nil, err
	}
	public, ok := r.keyOf(sd.leaf)
	if !ok {
		return nil, nil, ErrDecrypt
	}
	if sd.generation > MaxReaderGeneration {
		return nil, nil, ErrGenerationTooFar
	}
	key, ok := r.messageKey(sd)
	if !ok {
		return nil, nil, ErrDecrypt
	}
	a, err := m.Private.openContent(r.suite, sd, key)
	if err != nil {
		return nil, nil, err
	}
	suite, context := r.suite, r.contextBytes
	return a.application(sd.generation), func() error { return a.verify(suite, public, context) }, nil
}

func (r *EpochReader) senderDataKey(ciphertext []byte) messageKey {
	r.mu.Lock()
	defer r.mu.Unlock()
	return senderDataKeyFrom(r.senderData, r.suite, ciphertext)
}

// messageKey derives a message's key, false if there is no such leaf.
func (r *EpochReader) messageKey(sd senderData) (messageKey, bool) {
	secret := r.ratchetSecret(sd)
	if secret == nil {
		return messageKey{}, false
	}
	return generationKey(r.suite, secret, sd.generation), true
}

// ratchetSecret derives a message's ratchet secret, nil if there is no such leaf.
func (r *EpochReader) ratchetSecret(sd senderData) Secret {
	r.mu.Lock()
	defer r.mu.Unlock()
	leaf := r.leaf(sd.leaf)
	if leaf == nil {
		return nil
	}
	return leaf.secret(r.suite, sd.generation)
}

func (r *EpochReader) leaf(l LeafIndex) *readerLeaf {
	if leaf := r.leaves[l]; leaf != nil {
		return leaf
	}
	ratchets := r.keys.leaf(l)
	if ratchets == nil {
		return nil
	}
	leaf := &readerLeaf{marks: []Secret{ratchets[ratchetApplication].secret}}
	r.leaves[l] = leaf
	return leaf
}

// readerLeaf is the application ratchet of one leaf.
type readerLeaf struct {
	marks   []Secret // the ratchet secrets of generations 0, 128, 256 …
	segment []Secret // those of the segment read last, from its beginning
	at      uint32   // first generation of segment
}

// secret returns the ratchet secret of a generation.
func (l *readerLeaf) secret(suite CipherSuite, generation uint32) Secret {
	start := generation - generation%readerSegment
	for n := len(l.marks); n <= int(start/readerSegment); n++ {
		// Through the segment before, so that a forward reader's steps count.
		l.enter(uint32(n-1) * readerSegment)
		last := l.step(suite, readerSegment-1)
		l.marks = append(l.marks, nextGeneration(suite, last, uint32(n)*readerSegment-1))
	}
	l.enter(start)
	return l.step(suite, int(generation-start))
}

// enter makes the segment that begins at start the current one.
func (l *readerLeaf) enter(start uint32) {
	if l.at != start || len(l.segment) == 0 {
		l.at, l.segment = start, append(l.segment[:0], l.marks[start/readerSegment])
	}
}

// step extends the segment up to index i and returns that secret.
func (l *readerLeaf) step(suite CipherSuite, i int) Secret {
	for n := len(l.segment); n <= i; n++ {
		l.segment = append(l.segment, nextGeneration(suite, l.segment[n-1], l.at+uint32(n)-1))
	}
	return l.segment[i]
}
