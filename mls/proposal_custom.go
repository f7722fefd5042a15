package mls

import (
	"fmt"

	"github.com/coffer-chat/coffer/mls/syntax"
)

// Custom proposals (RFC 9420, section 13.2). The RFC gives proposals no length,
// so that a type which is not known cannot be skipped. The body of a type of an
// application's own is therefore one opaque<V>: its inside is the application's.

// isCustom reports whether the body of t is the application's. 0 is reserved, 1
// to 7 are the RFC's, and 8 to 10 have bodies of their own in
// draft-ietf-mls-extensions.
func (t ProposalType) isCustom() bool { return t > 10 }

// ProposeCustom returns a proposal of a type of the application's own.
// [Policy.Proposals] says how it is treated.
func ProposeCustom(t ProposalType, data []byte) *Proposal {
	return &Proposal{Type: t, Custom: data}
}

func readCustom(r *syntax.Reader, p *Proposal) {
	if !p.Type.isCustom() {
		r.Fail(fmt.Errorf("%w: proposal type", ErrUnsupported))
		return
	}
	p.Custom = r.Opaque()
}

// complete refuses a proposal that lacks the field of its type.
func (p *Proposal) complete() error {
	switch {
	case p == nil, p.Type == ProposalAdd && (p.Add == nil || p.Add.Leaf == nil),
		p.Type == ProposalUpdate && p.Update == nil, p.Type == ProposalReInit && p.ReInit == nil:
		return fmt.Errorf("%w: incomplete", ErrInvalidProposal)
	case !p.Type.isDefault() && !p.Type.isCustom():
		return fmt.Errorf("%w: proposal type", ErrUnsupported)
	}
	return nil
}

// checkCustom applies section 12.2 to custom proposals: all members who will
// process the commit support the type, those removed apart, and the application
// knows it and accepts what it says.
func (t *transition) checkCustom() error {
	var types []ProposalType
	var seen typeSet
	removed := map[LeafIndex]bool{}
	for _, p := range t.list {
		switch {
		case p.Type == ProposalRemove:
			removed[p.Remove] = true
		case p.Type.isCustom():
			if err := t.checkOneCustom(p); err != nil {
				return err
			}
			if seen.add(uint16(p.Type)) {
				types = append(types, p.Type)
			}
		}
	}
	if len(types) == 0 {
		return nil
	}
	for l, leaf := range t.before.tree.members {
		for _, kind := range types {
			if !removed[l] && !leaf.Capabilities.SupportsProposal(kind) {
				return fmt.Errorf("%w: proposal type", ErrUnsupported)
			}
		}
	}
	return nil
}

func (t *transition) checkOneCustom(p committed) error {
	rules, ok := t.policy.proposal(p.Type)
	if !ok {
		return fmt.Errorf("%w: proposal type without a policy", ErrUnsupported)
	}
	if p.sender.Type == SenderExternal && !rules.External {
		return fmt.Errorf("%w: of this proposal type", ErrBadSender)
	}
	c := CustomProposal{Type: p.Type, Data: p.Custom, Sender: p.sender}
	if rules.Check != nil {
		if err := rules.Check(c); err != nil {
			return fmt.Errorf("%w: refused by the application: %w", ErrInvalidProposal, err)
		}
	}
	t.summary.Custom = append(t.summary.Custom, c)
	return nil
}
