package pinvault

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"time"

	"github.com/coffer-chat/coffer/mls/syntax"
)

// ErrResponse says that bytes are not the realm's response to the request: form
// or signature.
var ErrResponse = errors.New("pinvault: not a valid response of this realm")

// Kind says how a realm answered. Numbers are never used again for another
// meaning.
type Kind uint8

// The kinds of answer.
const (
	KindOK                Kind = 0
	KindNotRegistered     Kind = 1  // there is no such registration
	KindLocked            Kind = 2  // the guesses are used up; the registration is erased
	KindOtherRegistration Kind = 3  // the realm holds another registration under this recovery id
	KindTooSoon           Kind = 4  // a delay after wrong guesses is not over; nothing was counted
	KindWrongTag          Kind = 5  // the tag does not prove the PIN
	KindNoAttempt         Kind = 6  // this client has no guess that it could prove
	KindToken             Kind = 7  // ErrToken
	KindSignature         Kind = 8  // ErrSignature
	KindMalformed         Kind = 9  // the request cannot be read or contradicts itself
	KindOlderHeads        Kind = 10 // the realm knows newer heads, or others at the same height
	KindBusy              Kind = 11 // too many requests; nothing was done
	KindInternal          Kind = 12 // the realm failed; whether something was done is unknown
	KindGuard             Kind = 13 // another guard than the one that was first
)

var kindNames = [...]string{"ok", "not registered", "locked", "other registration", "too soon", "wrong tag",
	"no attempt", "token not accepted", "signature missing or wrong", "malformed request", "older heads", "busy", "internal error", "another guard"}

// String names the kind.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

// answer is a parsed response body; the fields of its kind and step are set.
type answer struct {
	kind      Kind
	left      int           // status, evaluate, wrong tag: guesses left
	wait      time.Duration // status, too soon, busy
	restored  bool          // status
	statement []byte        // status
	evaluated [32]byte      // evaluate
	proof     [64]byte      // evaluate
	share     [32]byte      // open
	heads     *SignedHeads  // read witness, older heads
	log       [][]byte      // read log
	more      bool          // read log
}

// maxWait keeps a wait within 32 bits of seconds.
const maxWait = 365 * 24 * time.Hour

func seconds(d time.Duration) uint32 {
	return uint32((min(max(d, 0), maxWait) + time.Second - 1) / time.Second)
}

func (a *answer) encode(s step) []byte {
	b := syntax.AppendUint8(nil, uint8(a.kind))
	if a.kind != KindOK {
		b = syntax.AppendUint8(b, uint8(a.left))
		b = syntax.AppendUint32(b, seconds(a.wait))
		return appendHeads(b, a.heads)
	}
	switch s {
	case stepStatus:
		b = syntax.AppendUint8(b, uint8(a.left))
		b = syntax.AppendUint32(b, seconds(a.wait))
		b = syntax.AppendBool(b, a.restored)
		b = syntax.AppendOpaque(b, a.statement)
	case stepEvaluate:
		b = syntax.AppendUint8(b, uint8(a.left))
		b = append(b, a.evaluated[:]...)
		b = append(b, a.proof[:]...)
	case stepOpen:
		b = append(b, a.share[:]...)
	case stepReadWitness:
		b = appendHeads(b, a.heads)
	case stepReadLog:
		b = syntax.AppendVector(b, func(b []byte) []byte {
			for _, e := range a.log {
				b = append(b, e...)
			}
			return b
		})
		b = syntax.AppendBool(b, a.more)
	}
	return b
}

func parseAnswer(data []byte, s step) (*answer, error) {
	r := syntax.NewReader(data)
	a := &answer{kind: Kind(r.Uint8())}
	if a.kind != KindOK {
		a.left = int(r.Uint8())
		a.wait = readWait(r)
		a.heads = readHeads(r)
		return a, r.Done()
	}
	switch s {
	case stepStatus:
		a.left = int(r.Uint8())
		a.wait = readWait(r)
		a.restored = r.Bool()
		a.statement = r.Opaque()
		if len(a.statement) > maxStatement {
			r.Fail(ErrFormat)
		}
	case stepEvaluate:
		a.left = int(r.Uint8())
		r.Copy(a.evaluated[:])
		r.Copy(a.proof[:])
	case stepOpen:
		r.Copy(a.share[:])
	case stepReadWitness:
		a.heads = readHeads(r)
	case stepReadLog:
		a.log = syntax.List(r, func(r *syntax.Reader) []byte { return r.Fixed(LogEntrySize) })
		a.more = r.Bool()
	}
	return a, r.Done()
}

func readWait(r *syntax.Reader) time.Duration {
	return min(time.Duration(r.Uint32())*time.Second, maxWait)
}

func appendHeads(b []byte, h *SignedHeads) []byte {
	if h == nil {
		return syntax.AppendBool(b, false)
	}
	return h.Append(syntax.AppendBool(b, true))
}

func readHeads(r *syntax.Reader) *SignedHeads {
	if !r.Bool() {
		return nil
	}
	h := readSignedHeads(r)
	return &h
}

// SignResponse wraps the body of a response and signs it, with the realm's key,
// as the answer to the bytes of this request.
func SignResponse(key ed25519.PrivateKey, request, body []byte) []byte {
	b := syntax.AppendUint8(nil, formatVersion)
	b = syntax.AppendOpaque(b, body)
	h := requestHash(request)
	s := sign(key, labelResponse, append(h[:], b...))
	return append(b, s[:]...)
}

// Refusal is the body of a response that only refuses. wait is given with
// KindTooSoon and KindBusy, in whole seconds.
func Refusal(kind Kind, wait time.Duration) []byte {
	return (&answer{kind: kind, wait: wait}).encode(0)
}

// ResponseKind reads the kind out of a response's body, for logs and status
// codes.
func ResponseKind(body []byte) Kind {
	if len(body) == 0 {
		return KindInternal
	}
	return Kind(body[0])
}

// openResponse checks a response's form and signature and parses its body.
func openResponse(response []byte, realm PublicKey, hash [32]byte, s step) (*answer, error) {
	if len(response) > MaxMessage {
		return nil, ErrResponse
	}
	r := syntax.NewReader(response)
	readVersion(r)
	inner := r.Opaque()
	signed := response[:len(response)-r.Len()]
	signature := r.Fixed(ed25519.SignatureSize)
	if r.Done() != nil || !verify(realm, labelResponse, append(hash[:], signed...), signature) {
		return nil, ErrResponse
	}
	a, err := parseAnswer(inner, s)
	if err != nil {
		return nil, ErrResponse
	}
	return a, nil
}
