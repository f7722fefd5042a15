package pinvault

import (
	"errors"

	"github.com/coffer-chat/coffer/mls/syntax"
)

// ErrHeads says that heads are not signed by the device and guard that they name.
var ErrHeads = errors.New("pinvault: heads are not signed by their device and guard")

// Heads are the newest heads of an account that a device knows the server to
// have: of its chain and of its private log.
type Heads struct {
	Account   AccountID
	ChainSeq  uint64
	ChainHash [32]byte
	LogSeq    uint64 // 0, with a zero LogLink, while the private log is empty
	LogLink   [32]byte
	Time      int64 // when the device says that it was so, milliseconds since 1970
}

// SignedHeads are Heads as a device signed them. Whoever reads them must check
// that Guard is the account's, and that Device was a device of the account in the
// chain up to ChainSeq.
type SignedHeads struct {
	Heads
	Device         PublicKey
	Guard          PublicKey
	GuardSignature [64]byte
	Signature      [64]byte
}

func (h SignedHeads) content() []byte {
	b := syntax.AppendUint8(nil, formatVersion)
	b = append(b, h.Account[:]...)
	b = syntax.AppendUint64(b, h.ChainSeq)
	b = append(b, h.ChainHash[:]...)
	b = syntax.AppendUint64(b, h.LogSeq)
	b = append(b, h.LogLink[:]...)
	b = syntax.AppendUint64(b, uint64(h.Time))
	b = append(b, h.Device[:]...)
	return append(b, h.Guard[:]...)
}

// signed is what the device signs: the guard's signature, too.
func (h SignedHeads) signed() []byte { return append(h.content(), h.GuardSignature[:]...) }

// Append appends the encoding of signed heads.
func (h SignedHeads) Append(b []byte) []byte {
	return append(append(b, h.signed()...), h.Signature[:]...)
}

// SignHeads has the account's guard and a device sign heads.
func SignHeads(h Heads, guard, device DeviceSigner) (SignedHeads, error) {
	s := SignedHeads{Heads: h, Device: device.Key, Guard: guard.Key}
	var err error
	if s.GuardSignature, err = guard.sign(labelGuardHeads, s.content()); err != nil {
		return s, err
	}
	s.Signature, err = device.sign(labelHeads, s.signed())
	return s, err
}

// Verify returns ErrHeads unless the signatures are those of Device and Guard. It
// does not know which devices and which guard the account has.
func (h SignedHeads) Verify() error {
	if !verify(h.Guard, labelGuardHeads, h.content(), h.GuardSignature[:]) || !verify(h.Device, labelHeads, h.signed(), h.Signature[:]) {
		return ErrHeads
	}
	return nil
}

func readSignedHeads(r *syntax.Reader) (h SignedHeads) {
	readVersion(r)
	r.Copy(h.Account[:])
	h.ChainSeq = r.Uint64()
	r.Copy(h.ChainHash[:])
	h.LogSeq = r.Uint64()
	r.Copy(h.LogLink[:])
	h.Time = int64(r.Uint64())
	r.Copy(h.Device[:])
	r.Copy(h.Guard[:])
	r.Copy(h.GuardSignature[:])
	r.Copy(h.Signature[:])
	return h
}

// ParseSignedHeads reads what Append writes, without checking the signature.
func ParseSignedHeads(data []byte) (SignedHeads, error) {
	r := syntax.NewReader(data)
	h := readSignedHeads(r)
	return h, r.Done()
}

// before reports whether other is newer in one of its heads, or differs at the
// same height: heads that may not replace other.
func (h Heads) before(other Heads) bool {
	return h.ChainSeq < other.ChainSeq || h.LogSeq < other.LogSeq ||
		h.ChainSeq == other.ChainSeq && h.ChainHash != other.ChainHash ||
		h.LogSeq == other.LogSeq && h.LogLink != other.LogLink
}
