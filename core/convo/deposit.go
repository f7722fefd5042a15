package convo

import (
	"bytes"
	"fmt"
	"io"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// Labels of the MLS exports (RFC 9420, section 8.5) that a deposit is made of.
const (
	ExportJoinKey           = "coffer join key"
	ExportDepositRandomness = "coffer deposit"
	JoinKeySize             = 32
	// DepositRandomnessSize is the length of the export for one deposit; the
	// export's context is DepositContext.
	DepositRandomnessSize = account.SealRandomness
)

// Secrets are an epoch's secrets as a deposit holds them. Whoever made the
// value erases it.
type Secrets struct {
	EncryptionSecret []byte
	SenderDataSecret []byte
	JoinKey          [JoinKeySize]byte
	RecordHash       [32]byte
}

// Erase overwrites the secrets.
func (s *Secrets) Erase() {
	clear(s.EncryptionSecret)
	clear(s.SenderDataSecret)
	clear(s.JoinKey[:])
}

// Format hides the secrets, whatever the verb.
func (s Secrets) Format(f fmt.State, _ rune) { io.WriteString(f, "convo.Secrets(redacted)") }

// depositKind is the first byte of a sealed deposit: an epoch's secrets,
// sealed by HPKE to a vault key. Other kinds may come.
const depositKind = 1

func (s *Secrets) append(b []byte) []byte {
	b = syntax.AppendOpaque(b, s.EncryptionSecret)
	b = syntax.AppendOpaque(b, s.SenderDataSecret)
	b = append(b, s.JoinKey[:]...)
	return append(b, s.RecordHash[:]...)
}

func parseSecrets(b []byte) (*Secrets, error) {
	r := syntax.NewReader(b)
	s := &Secrets{EncryptionSecret: bytes.Clone(r.Opaque()), SenderDataSecret: bytes.Clone(r.Opaque())}
	r.Copy(s.JoinKey[:])
	r.Copy(s.RecordHash[:])
	if r.Done() != nil {
		return nil, ErrBadDeposit
	}
	return s, nil
}

// DepositPlace is what a deposit is bound to.
type DepositPlace struct {
	Conversation ID
	Generation   uint32
	Epoch        uint64
	// Commit is the hash (HashPart) of the commit's MLSMessage.
	Commit     [32]byte
	Account    account.ID
	VaultEpoch uint64
}

func (p *DepositPlace) info() []byte {
	b := syntax.AppendString(nil, "Coffer 1.0 deposit")
	b = append(b, p.Conversation[:]...)
	b = syntax.AppendUint32(b, p.Generation)
	b = syntax.AppendUint64(b, p.Epoch)
	b = append(b, p.Commit[:]...)
	b = append(b, p.Account[:]...)
	return syntax.AppendUint64(b, p.VaultEpoch)
}

// DepositContext is the context of the MLS export that gives the randomness of
// the deposit for an account at a vault epoch.
func DepositContext(id account.ID, vaultEpoch uint64) []byte {
	return syntax.AppendUint64(append([]byte(nil), id[:]...), vaultEpoch)
}

// SealDeposit seals an epoch's secrets to a vault. Randomness is the MLS export
// named above, so that every member can compute every deposit of its epoch.
func SealDeposit(vault account.KEMPublic, place *DepositPlace, randomness []byte, s *Secrets) ([]byte, error) {
	plain := s.append(nil)
	defer clear(plain)
	sealed, err := vault.Seal(place.info(), randomness, plain)
	if err != nil {
		return nil, err
	}
	return append([]byte{depositKind}, sealed...), nil
}

// OpenDeposit opens a deposit with the vault's private key. All failures are
// ErrBadDeposit.
func OpenDeposit(vault *account.KEMSecret, place *DepositPlace, deposit []byte) (*Secrets, error) {
	if len(deposit) < 1 || deposit[0] != depositKind {
		return nil, ErrBadDeposit
	}
	plain, err := vault.Open(place.info(), deposit[1:])
	if err != nil {
		return nil, ErrBadDeposit
	}
	defer clear(plain)
	return parseSecrets(plain)
}
