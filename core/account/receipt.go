package account

import (
	"crypto/ed25519"
	"fmt"
	"time"

	"github.com/coffer-chat/coffer/mls/syntax"
)

const (
	labelReceipt = "erasure receipt"
	// MaxReceipt is the size limit of an encoded receipt in bytes.
	MaxReceipt = 1024
)

// ErasedKind says what a line of a receipt counts. A number's meaning never changes.
type ErasedKind uint8

// The kinds of line.
const (
	ErasedPrivateLog    ErasedKind = 1  // entries of the private log
	ErasedSealedRoots   ErasedKind = 2  // vault roots
	ErasedDeposits      ErasedKind = 3  // secrets of MLS epochs
	ErasedMessages      ErasedKind = 4  // messages that nobody else claimed
	ErasedKeyPackages   ErasedKind = 5  // key packages and Welcomes
	ErasedSessions      ErasedKind = 6  // sessions, nonces of sign-ins and mailboxes
	ErasedPassword      ErasedKind = 7  // the sign-in password's verifier
	ErasedRecovery      ErasedKind = 8  // records of PINs and cloud keys
	ErasedConversations ErasedKind = 9  // rows of the list of conversations
	ErasedReports       ErasedKind = 10 // reports that the account filed
	KeptMessages        ErasedKind = 32 // messages that others still claim: kept, not erased
	KeptChain           ErasedKind = 33 // entries of the account chain: kept
)

var erasedNames = [...]string{
	ErasedPrivateLog: "privateLog", ErasedSealedRoots: "sealedRoots", ErasedDeposits: "deposits",
	ErasedMessages: "messages", ErasedKeyPackages: "keyPackages", ErasedSessions: "sessions", ErasedPassword: "password",
	ErasedRecovery: "recovery", ErasedConversations: "conversations", ErasedReports: "reports", KeptMessages: "keptMessages", KeptChain: "keptChain",
}

// String returns a stable word, "unknown" for a kind that this version has none for.
func (k ErasedKind) String() string {
	if int(k) < len(erasedNames) && erasedNames[k] != "" {
		return erasedNames[k]
	}
	return "unknown"
}

// Kept reports whether the line counts what the server has kept.
func (k ErasedKind) Kept() bool { return k >= KeptMessages }

// Erased is a line of a receipt.
type Erased struct {
	Kind  ErasedKind
	Count uint64
}

// Receipt is a server's signed word that it has erased what it held of a closed
// account: what, when, and after which entry of the chain. A server that lies can
// sign one too; it cannot deny it afterwards.
type Receipt struct {
	Host    Host
	Handle  Handle
	Account ID
	Head    Head   // the close entry
	Time    uint64 // milliseconds since 1970, by the server's clock
	Lines   []Erased
	// Key is the server's, which the account's devices knew before.
	Key       SignatureKey
	Signature []byte // 64 bytes
}

// SignReceipt fills in key and signature.
func SignReceipt(r *Receipt, server ed25519.PrivateKey) {
	copy(r.Key[:], server.Public().(ed25519.PublicKey))
	r.Signature = ed25519.Sign(server, withLabel(labelReceipt, r.content()))
}

func (r *Receipt) content() []byte {
	b := syntax.AppendUint16(nil, formatVersion)
	b = syntax.AppendString(b, string(r.Host))
	b = syntax.AppendString(b, string(r.Handle))
	b = append(b, r.Account[:]...)
	b = r.Head.Append(b)
	b = syntax.AppendUint64(b, r.Time)
	b = syntax.AppendVector(b, func(b []byte) []byte {
		for _, x := range r.Lines {
			b = syntax.AppendUint64(syntax.AppendUint8(b, uint8(x.Kind)), x.Count)
		}
		return b
	})
	return append(b, r.Key[:]...)
}

// Marshal returns the encoding.
func (r *Receipt) Marshal() []byte { return syntax.AppendOpaque(r.content(), r.Signature) }

// ParseReceipt decodes a receipt and verifies its signature under the key that it
// names. Whether that key is the server's, the caller must know (Receipt.Key).
func ParseReceipt(data []byte) (*Receipt, error) {
	if len(data) > MaxReceipt {
		return nil, fmt.Errorf("%w: receipt too long", ErrMalformed)
	}
	rd := syntax.NewReader(data)
	if v := rd.Uint16(); rd.Err() == nil && v != formatVersion {
		return nil, ErrVersion
	}
	r := &Receipt{Host: readName(rd, ParseHost), Handle: readName(rd, ParseHandle)}
	rd.Copy(r.Account[:])
	r.Head = ReadHead(rd)
	r.Time = rd.Uint64()
	r.Lines = syntax.List(rd, func(rd *syntax.Reader) Erased {
		return Erased{ErasedKind(rd.Uint8()), rd.Uint64()}
	})
	for i := 1; i < len(r.Lines); i++ {
		if r.Lines[i-1].Kind >= r.Lines[i].Kind {
			rd.Fail(syntax.ErrInvalidValue)
		}
	}
	rd.Copy(r.Key[:])
	r.Signature = readSignature(rd, true)
	if err := rd.Done(); err != nil {
		return nil, fmt.Errorf("%w: receipt: %w", ErrMalformed, err)
	}
	key, err := ParseSignatureKey(r.Key[:])
	if err != nil {
		return nil, err
	}
	return r, key.Verify(labelReceipt, r.content(), r.Signature)
}

// ErasedTime returns Time as a time.Time in UTC.
func (r *Receipt) ErasedTime() time.Time { return time.UnixMilli(int64(min(r.Time, 1<<53))).UTC() }
