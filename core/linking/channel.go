package linking

import (
	"crypto/cipher"
	"crypto/hmac"
	"encoding/binary"
	"fmt"
	"io"

	"golang.org/x/crypto/chacha20poly1305"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/mls/syntax"
)

const (
	tagSize = 32
	// padTo hides how long names are.
	padTo = 512
)

// Channel is a secure channel between the two devices. It is used by one
// goroutine at a time.
type Channel struct {
	seal, open       cipher.AEAD
	sealed, received uint64
}

// keys are what a run of CPace gives.
type keys struct {
	showerTag, followerTag [tagSize]byte
	toShower, toFollower   []byte
}

func keysOf(isk [keySize]byte) keys {
	expand := func(label string) []byte { return account.ExpandWithLabel(isk[:], "linking "+label, nil, 32) }
	return keys{
		[tagSize]byte(expand("shower tag")), [tagSize]byte(expand("follower tag")),
		expand("to shower"), expand("to follower"),
	}
}

func (k *keys) erase() {
	clear(k.showerTag[:])
	clear(k.followerTag[:])
	clear(k.toShower)
	clear(k.toFollower)
}

// channel makes the channel of one side.
func (k *keys) channel(shower bool) *Channel {
	out, in := k.toShower, k.toFollower
	if shower {
		out, in = in, out
	}
	return &Channel{seal: aead(out), open: aead(in)}
}

func aead(key []byte) cipher.AEAD {
	a, err := chacha20poly1305.New(key)
	if err != nil {
		panic("linking: " + err.Error()) // the key has 32 bytes
	}
	return a
}

func sameTag(a [tagSize]byte, b []byte) bool { return hmac.Equal(a[:], b) }

// Seal returns a box with a message.
func (c *Channel) Seal(m Message) []byte {
	b := syntax.AppendOpaque(nil, m.bytes())
	b = append(b, make([]byte, (padTo-len(b)%padTo)%padTo)...)
	x := box{kind: boxSealed, body: c.seal.Seal(nil, nonce(c.sealed), b, nil)}
	c.sealed++
	return x.bytes()
}

// Open opens the next message of the other side. It returns nil for a box that is
// not that: one of this side's own, or one that somebody else put there.
func (c *Channel) Open(data []byte) (Message, error) {
	x, err := parseBox(data)
	if err != nil || x.kind != boxSealed {
		return nil, nil
	}
	b, err := c.open.Open(nil, nonce(c.received), x.body, nil)
	if err != nil {
		return nil, nil
	}
	c.received++
	r := syntax.NewReader(b)
	inner := r.Opaque()
	if r.Err() != nil {
		return nil, ErrMessage
	}
	return parseMessage(inner)
}

// nonce is a counter: each key seals in one direction, once.
func nonce(n uint64) []byte { return binary.BigEndian.AppendUint64(make([]byte, 4, 12), n) }

// Format prints no part of the keys.
func (c Channel) Format(f fmt.State, _ rune) { io.WriteString(f, "linking.Channel(redacted)") }
