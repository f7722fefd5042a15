package mls

import (
	"crypto/hmac"
	"hash"

	"github.com/coffer-chat/coffer/mls/syntax"
)

// expander is ExpandWithLabel from one secret, several times: the key schedule of
// HMAC is done once. It is used by one goroutine at a time.
type expander struct {
	mac hash.Hash
	nh  int
}

func newExpander(suite CipherSuite, secret Secret) expander {
	p := suite.params()
	return expander{hmac.New(p.newHash, secret), p.nh}
}

// expand derives length bytes, at most as many as the hash has.
func (x expander) expand(label string, context []byte, length int) Secret {
	var space [128]byte
	info := syntax.AppendUint16(space[:0], uint16(length))
	info = labelled(info, label, context)
	info = append(info, 1)
	x.mac.Reset()
	x.mac.Write(info)
	return x.mac.Sum(make([]byte, 0, x.nh))[:length:length]
}

// tree is DeriveTreeSecret (RFC 9420, section 9.1).
func (x expander) tree(label string, generation uint32, length int) Secret {
	var ctx [4]byte
	return x.expand(label, syntax.AppendUint32(ctx[:0], generation), length)
}
