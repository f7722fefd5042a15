package mls

import (
	"fmt"
	"time"
)

// Policy holds the application's rules that the library applies beside its own
// and the [Validator]. A nil Policy adds none. One Policy serves a client for
// life; all members of a group should have the same rules on proposals, or a
// commit will pass with some of them and not with others.
type Policy struct {
	// MaxLifetime is the longest lifetime of a leaf from a key package that is
	// accepted (RFC 9420, section 7.2, leaves it to the application to set
	// one); zero: any.
	MaxLifetime time.Duration
	// Proposals are the proposal types of the application's own (section
	// 13.2). A type that is not here is refused with ErrUnsupported.
	Proposals map[ProposalType]ProposalPolicy
	// Sender judges an external sender (section 5.3.1): all of them when a
	// group is joined or followed, and when a commit replaces the group's
	// extensions. Nil accepts all.
	Sender func(ExternalSender) error
	// SameClient reports whether two leaves, of an old group and of one that
	// follows it (sections 11.2 and 11.3), are of the same client. It must be
	// an equivalence. Nil: their credentials are equal.
	SameClient func(old, new *LeafNode) bool
}

// ProposalPolicy says what a custom proposal type needs: the columns of the
// "MLS Proposal Types" registry, and the application's judgement.
type ProposalPolicy struct {
	// PathRequired: a commit of it renews the committer's keys.
	PathRequired bool
	// External: external senders may propose it.
	External bool
	// Check judges one proposal as it is committed; nil accepts all. The
	// error it returns refuses the commit.
	Check func(CustomProposal) error
}

// CustomProposal is a committed proposal of the application's own type.
type CustomProposal struct {
	Type ProposalType
	Data []byte
	// Sender is who proposed it: the committer, or who sent it on its own.
	Sender Sender
}

// CheckKeyPackage is [KeyPackage.Validate] and the policy's limit on lifetimes.
func (p *Policy) CheckKeyPackage(k *KeyPackage, now time.Time) error {
	return p.checkKeyPackage(k, now, nil)
}

func (p *Policy) checkKeyPackage(k *KeyPackage, now time.Time, later Later) error {
	if err := k.validate(now, later); err != nil {
		return err
	}
	return p.checkLifetime(k.Leaf)
}

// checkLifetime refuses a leaf from a key package that lives too long.
func (p *Policy) checkLifetime(l *LeafNode) error {
	if p == nil || p.MaxLifetime <= 0 || l.Source != LeafFromKeyPackage {
		return nil
	}
	if l.Lifetime.NotAfter < l.Lifetime.NotBefore || l.Lifetime.NotAfter-l.Lifetime.NotBefore > uint64(p.MaxLifetime/time.Second) {
		return fmt.Errorf("%w: longer than the policy allows", ErrLifetime)
	}
	return nil
}

// checkSenders judges the external senders in a list of group extensions.
func (p *Policy) checkSenders(e Extensions) error {
	if p == nil || p.Sender == nil {
		return nil
	}
	list, err := e.externalSenders()
	if err != nil {
		return err
	}
	for i, s := range list {
		if err := p.Sender(s); err != nil {
			return fmt.Errorf("%w: external sender %d: %w", ErrCredential, i, err)
		}
	}
	return nil
}

// proposal returns the rules for a custom type.
func (p *Policy) proposal(t ProposalType) (ProposalPolicy, bool) {
	if p == nil {
		return ProposalPolicy{}, false
	}
	rules, ok := p.Proposals[t]
	return rules, ok
}

// sameClient compares the leaves of two groups.
func (p *Policy) sameClient(old, new *LeafNode) bool {
	if p == nil || p.SameClient == nil {
		return old.Credential.Equal(new.Credential)
	}
	return p.SameClient(old, new)
}
