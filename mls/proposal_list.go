package mls

import (
	"fmt"
	"time"
)

// committed is a proposal in a commit with the one who proposed it.
type committed struct {
	*Proposal
	sender Sender
	queued *QueuedProposal // if it was committed by reference
}

// judging is what the caller adds to the library's own rules.
type judging struct {
	validate Validator
	now      time.Time
	parallel Parallel
	policy   *Policy
	later    Later
}

// forChecks is how checks of leaves and key packages are run: on all cores, or in
// order where the greater part of them, the signatures, is put off.
func (j judging) forChecks() Parallel {
	if j.later != nil {
		return nil
	}
	return j.parallel
}

// MaxProposals is how many proposals a commit may hold: one for each leaf of the
// largest tree. Those with more are refused with ErrTooLarge.
const MaxProposals = maxLeaves

// resolve finds the proposals that a commit in epoch names. What was queued in
// another epoch is as good as unknown.
func resolve(c *commit, epoch uint64, sender Sender, queued []*QueuedProposal) ([]committed, error) {
	byRef := make(map[string]*QueuedProposal, len(queued))
	for _, q := range queued {
		if q == nil || q.Proposal == nil {
			continue
		}
		byRef[string(q.ref)] = q
	}
	n := c.proposals.len()
	if n > MaxProposals {
		return nil, fmt.Errorf("%w: proposals in a commit", ErrTooLarge)
	}
	list := make([]committed, 0, n)
	for p := range c.proposals.all {
		if v := p.value(); v != nil {
			list = append(list, committed{Proposal: v, sender: sender})
			continue
		}
		if sender.Type == SenderNewMemberCommit {
			return nil, fmt.Errorf("%w: reference in an external commit", ErrProposalList)
		}
		q := byRef[string(p.ref)]
		if q == nil || q.epoch != epoch {
			return nil, ErrUnknownProposal
		}
		list = append(list, committed{Proposal: q.Proposal, sender: q.Sender, queued: q})
	}
	return list, nil
}

// checkList applies the rules on which proposals may stand together (RFC 9420,
// section 12.2). Rules on the resulting tree are applied later.
func checkList(list []committed, sender Sender) error {
	count := map[ProposalType]int{}
	touched := map[LeafIndex]bool{}
	psks := map[string]bool{}
	for _, p := range list {
		count[p.Type]++
		switch p.Type {
		case ProposalUpdate:
			if p.sender.Type != SenderMember || sender.Type == SenderMember && p.sender.Leaf == sender.Leaf {
				return fmt.Errorf("%w: update by the committer", ErrProposalList)
			}
			if touched[p.sender.Leaf] {
				return fmt.Errorf("%w: leaf changed twice", ErrProposalList)
			}
			touched[p.sender.Leaf] = true
		case ProposalRemove:
			if sender.Type == SenderMember && p.Remove == sender.Leaf {
				return fmt.Errorf("%w: committer removes itself", ErrProposalList)
			}
			if touched[p.Remove] {
				return fmt.Errorf("%w: leaf changed twice", ErrProposalList)
			}
			touched[p.Remove] = true
		case ProposalPSK:
			id := string(p.PSK.Append(nil))
			if psks[id] {
				return fmt.Errorf("%w: pre-shared key twice", ErrProposalList)
			}
			psks[id] = true
		}
	}
	if sender.Type == SenderNewMemberCommit {
		return checkExternalList(count, len(list))
	}
	switch {
	case count[ProposalExternalInit] > 0:
		return fmt.Errorf("%w: external init by a member", ErrProposalList)
	case count[ProposalGroupContextExtensions] > 1:
		return fmt.Errorf("%w: extensions replaced twice", ErrProposalList)
	case count[ProposalReInit] > 0 && len(list) > 1:
		return fmt.Errorf("%w: ReInit beside others", ErrProposalList)
	}
	return nil
}

// checkExternalList applies the rules for an external commit.
func checkExternalList(count map[ProposalType]int, total int) error {
	if count[ProposalExternalInit] != 1 || count[ProposalRemove] > 1 ||
		total != 1+count[ProposalRemove]+count[ProposalPSK] {
		return fmt.Errorf("%w: external commit", ErrProposalList)
	}
	return nil
}

// checkPSK applies RFC 9420, section 12.1.4. Resumption for a reinitialisation
// or a branch belongs into the first commit of a new group only.
func (id PreSharedKeyID) check(suite CipherSuite, epoch uint64) error {
	if len(id.Nonce) != suite.HashSize() {
		return fmt.Errorf("%w: length of a PSK nonce", ErrInvalidProposal)
	}
	if id.founds() && epoch != 0 {
		return fmt.Errorf("%w: resumption PSK for a new group", ErrInvalidProposal)
	}
	return nil
}

// founds reports whether the key links a new group to an old one.
func (id PreSharedKeyID) founds() bool {
	return id.Type == PSKResumption && id.Usage != ResumptionApplication
}
