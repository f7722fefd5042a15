package convo

import (
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/mls"
)

// GivenDeposit is a reader's own deposit as the server hands it out.
type GivenDeposit struct {
	VaultEpoch uint64
	Sealed     []byte
	Index      int
	Proof      [][32]byte
}

// Place is what the deposit of an account in the position's epoch is bound to;
// commit is the MLSMessage that began the epoch.
func (p *Position) Place(commit []byte, id account.ID, vaultEpoch uint64) *DepositPlace {
	return &DepositPlace{
		Conversation: p.ID, Generation: p.Generation, Epoch: p.Epoch,
		Commit: HashPart(commit), Account: id, VaultEpoch: vaultEpoch,
	}
}

// Deposited checks that a deposit is among those that the committer signed, at
// the vault epoch that the head table names.
func (p *Position) Deposited(b *Bundle, id account.ID, d *GivenDeposit) error {
	e, ok := p.Table.Find(id)
	if !ok || e.VaultEpoch != d.VaultEpoch {
		return ErrNotDeposited
	}
	return CheckDepositProof(b.DepositRoot, DepositLeaf(id, d.VaultEpoch, d.Sealed), d.Index, int(b.DepositCount), d.Proof)
}

// Open opens a deposit of the position's epoch and holds it against the walked
// record. A deposit that was filed later in place of a wrong one opens the same
// way: what it holds must fit, whoever filed it.
func (p *Position) Open(vault *account.KEMSecret, place *DepositPlace, sealed []byte) (*Secrets, error) {
	s, err := OpenDeposit(vault, place, sealed)
	if err != nil {
		return nil, err
	}
	if s.RecordHash != p.Record.Hash() {
		s.Erase()
		return nil, ErrBadRecord
	}
	return s, nil
}

// SecretsOf returns the secrets of a member's epoch as every deposit of it holds
// them.
func SecretsOf(g *mls.Group, record *Record) (*Secrets, error) {
	h, err := g.HistorySecrets()
	if err != nil {
		return nil, err
	}
	join, err := g.Export(ExportJoinKey, nil, JoinKeySize)
	if err != nil {
		return nil, err
	}
	s := &Secrets{
		EncryptionSecret: append([]byte(nil), h.Encryption...),
		SenderDataSecret: append([]byte(nil), h.SenderData...),
		RecordHash:       record.Hash(),
	}
	copy(s.JoinKey[:], join)
	clear(join)
	return s, nil
}

// DepositFor computes the deposit for an account at a chain head: every member
// of the epoch gets the same bytes. vault is the account's vault key at the
// vault epoch of the place.
func DepositFor(g *mls.Group, vault account.KEMPublic, place *DepositPlace, s *Secrets) ([]byte, error) {
	randomness, err := g.Export(ExportDepositRandomness, DepositContext(place.Account, place.VaultEpoch), DepositRandomnessSize)
	if err != nil {
		return nil, err
	}
	defer clear(randomness)
	return SealDeposit(vault, place, randomness, s)
}

// History returns the secrets as package mls takes them.
func (s *Secrets) History() mls.HistorySecrets {
	return mls.HistorySecrets{Encryption: s.EncryptionSecret, SenderData: s.SenderDataSecret}
}
