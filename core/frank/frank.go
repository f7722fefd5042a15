package frank

import (
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"

	"github.com/coffer-chat/coffer/mls/syntax"
)

// MaxSignature is the size of the largest signature that an encoding may hold.
const MaxSignature = 8192

// Frank is the server's stamp on a message that it accepted: the Frank
// structure. It is stored with the log entry.
type Frank struct {
	// Server is server_frank, which only the hub key can check.
	Server [sha256.Size]byte
	// Suite is the MLS cipher suite whose signature scheme made Signature.
	Suite uint16
	// Signature is franking_integrity_signature, which everybody can check.
	Signature []byte
}

// Verify reports with ErrFrank that the server with the given signature key did
// not give f to a message in that context, or not under that cipher suite.
func (f Frank) Verify(agent ed25519.PublicKey, suite uint16, c Context) error {
	if f.Suite != suite || len(agent) != ed25519.PublicKeySize ||
		!ed25519.Verify(agent, f.signContent(c), f.Signature) {
		return ErrFrank
	}
	return nil
}

// Append appends the Frank structure.
func (f Frank) Append(b []byte) []byte {
	b = append(b, f.Server[:]...)
	b = syntax.AppendUint16(b, f.Suite)
	return syntax.AppendOpaque(b, f.Signature)
}

// ReadFrank reads a Frank structure. Its signature shares memory with the input.
func ReadFrank(r *syntax.Reader) (f Frank) {
	r.Copy(f.Server[:])
	f.Suite = r.Uint16()
	f.Signature = r.Opaque()
	if len(f.Signature) > MaxSignature {
		r.Fail(ErrLimit)
	}
	return f
}

// ParseFrank parses a Frank structure.
func ParseFrank(data []byte) (Frank, error) {
	r := syntax.NewReader(data)
	f := ReadFrank(r)
	if err := r.Done(); err != nil {
		return Frank{}, fmt.Errorf("%w: frank: %w", ErrMalformed, err)
	}
	return f, nil
}

// Agent is the franking_agent component of a group's GroupContext: who franks
// there. It is the FrankingAgentData structure.
type Agent struct {
	// Key verifies the franks' signatures.
	Key ed25519.PublicKey
	// Host is the identity of a basic credential: the server's host name.
	Host string
}

// credentialBasic is the basic credential type of RFC 9420, section 5.3.
const credentialBasic = 1

// Append appends the FrankingAgentData structure.
func (a Agent) Append(b []byte) []byte {
	b = syntax.AppendOpaque(b, a.Key)
	b = syntax.AppendUint16(b, credentialBasic)
	return syntax.AppendString(b, a.Host)
}

// ParseAgent parses a FrankingAgentData structure with an Ed25519 key and a
// basic credential.
func ParseAgent(data []byte) (Agent, error) {
	r := syntax.NewReader(data)
	a := Agent{Key: append(ed25519.PublicKey(nil), r.Opaque()...)}
	credential := r.Uint16()
	a.Host = r.String()
	if err := r.Done(); err != nil {
		return Agent{}, fmt.Errorf("%w: agent: %w", ErrMalformed, err)
	}
	if len(a.Key) != ed25519.PublicKeySize || credential != credentialBasic || a.Host == "" || len(a.Host) > 261 {
		return Agent{}, fmt.Errorf("%w: agent", ErrMalformed)
	}
	return a, nil
}
