package mls

import (
	"fmt"
	"slices"

	"github.com/coffer-chat/coffer/mls/syntax"
)

// ProposalType is a value of the "MLS Proposal Types" registry.
type ProposalType uint16

// The proposal types of RFC 9420, section 17.4.
const (
	ProposalAdd                    ProposalType = 1
	ProposalUpdate                 ProposalType = 2
	ProposalRemove                 ProposalType = 3
	ProposalPSK                    ProposalType = 4
	ProposalReInit                 ProposalType = 5
	ProposalExternalInit           ProposalType = 6
	ProposalGroupContextExtensions ProposalType = 7
)

// isDefault reports whether every client supports t (RFC 9420, section 7.2).
func (t ProposalType) isDefault() bool { return t >= 1 && t <= 7 }

// needsPath reports whether a commit of t must have an UpdatePath (section 12.4).
func (t ProposalType) needsPath() bool {
	switch t {
	case ProposalAdd, ProposalPSK, ProposalReInit:
		return false
	}
	return true
}

// fromOutside reports whether an external sender may propose t (section 12.1.8).
func (t ProposalType) fromOutside() bool {
	switch t {
	case ProposalAdd, ProposalRemove, ProposalPSK, ProposalReInit, ProposalGroupContextExtensions:
		return true
	}
	return false
}

// Proposal is a change to a group (RFC 9420, section 12.1). Type says which one
// of the other fields counts. Types of an application's own are custom, see
// ProposeCustom; other types are refused with ErrUnsupported when parsed.
type Proposal struct {
	Type         ProposalType
	Add          *KeyPackage
	Update       *LeafNode
	Remove       LeafIndex
	PSK          PreSharedKeyID
	ReInit       *ReInit
	ExternalInit []byte     // kem_output
	Extensions   Extensions // of GroupContextExtensions
	Custom       []byte     // the content of any other type
}

// ReInit asks for a new group with other parameters (RFC 9420, section 12.1.5).
type ReInit struct {
	GroupID     []byte
	Version     ProtocolVersion
	CipherSuite CipherSuite
	Extensions  Extensions
}

// Append appends the encoding of p to b.
func (p *Proposal) Append(b []byte) []byte {
	b = syntax.AppendUint16(b, uint16(p.Type))
	switch p.Type {
	case ProposalAdd:
		b = p.Add.Append(b)
	case ProposalUpdate:
		b = p.Update.Append(b)
	case ProposalRemove:
		b = syntax.AppendUint32(b, uint32(p.Remove))
	case ProposalPSK:
		b = p.PSK.Append(b)
	case ProposalReInit:
		b = syntax.AppendOpaque(b, p.ReInit.GroupID)
		b = syntax.AppendUint16(b, uint16(p.ReInit.Version))
		b = syntax.AppendUint16(b, uint16(p.ReInit.CipherSuite))
		b = p.ReInit.Extensions.Append(b)
	case ProposalExternalInit:
		b = syntax.AppendOpaque(b, p.ExternalInit)
	case ProposalGroupContextExtensions:
		b = p.Extensions.Append(b)
	default:
		b = syntax.AppendOpaque(b, p.Custom)
	}
	return b
}

func readProposal(r *syntax.Reader) *Proposal { return readProposalOf(r, ProposalType(r.Uint16())) }

// readProposalOf is readProposal after the type.
func readProposalOf(r *syntax.Reader, t ProposalType) *Proposal {
	if r.Counting() {
		p := Proposal{Type: t}
		p.readBody(r)
		return nil
	}
	p := syntax.New[Proposal](r)
	p.Type = t
	p.readBody(r)
	return p
}

func (p *Proposal) readBody(r *syntax.Reader) {
	switch p.Type {
	case ProposalAdd:
		p.Add = readKeyPackage(r)
	case ProposalUpdate:
		p.Update = readLeafNode(r)
	case ProposalRemove:
		p.Remove = LeafIndex(r.Uint32())
	case ProposalPSK:
		p.PSK = readPSKID(r)
	case ProposalReInit:
		p.ReInit = readReInit(r)
	case ProposalExternalInit:
		p.ExternalInit = r.Opaque()
	case ProposalGroupContextExtensions:
		p.Extensions = readExtensions(r)
	default:
		readCustom(r, p)
	}
}

func readReInit(r *syntax.Reader) *ReInit {
	x := ReInit{
		GroupID:     r.Opaque(),
		Version:     ProtocolVersion(r.Uint16()),
		CipherSuite: CipherSuite(r.Uint16()),
		Extensions:  readExtensions(r),
	}
	if r.Counting() {
		return nil
	}
	p := syntax.New[ReInit](r)
	*p = x
	return p
}

// ProposeAdd returns a proposal to add a client.
func ProposeAdd(k *KeyPackage) *Proposal { return &Proposal{Type: ProposalAdd, Add: k} }

// ProposeRemove returns a proposal to remove a member.
func ProposeRemove(l LeafIndex) *Proposal { return &Proposal{Type: ProposalRemove, Remove: l} }

// ProposePSK returns a proposal to inject a pre-shared key. Its nonce must be set.
func ProposePSK(id PreSharedKeyID) *Proposal { return &Proposal{Type: ProposalPSK, PSK: id} }

// ProposeReInit returns a proposal to reinitialise the group.
func ProposeReInit(r *ReInit) *Proposal { return &Proposal{Type: ProposalReInit, ReInit: r} }

// ProposeExtensions returns a proposal to replace all group context extensions.
func ProposeExtensions(e Extensions) *Proposal {
	return &Proposal{Type: ProposalGroupContextExtensions, Extensions: e}
}

// proposalOrRef is a proposal in a commit, by value or by reference.
type proposalOrRef struct {
	proposal *Proposal // nil: by reference, or a Remove that was read
	ref      []byte    // nil: by value
	// remove is the leaf of a Remove that was read: these are the shortest of
	// proposals and the only ones that come by the thousand, so that they are
	// kept without a Proposal of their own.
	remove LeafIndex
}

// value is the proposal, nil if it is given by reference.
func (p *proposalOrRef) value() *Proposal {
	if p.proposal == nil && p.ref == nil {
		return ProposeRemove(p.remove)
	}
	return p.proposal
}

func (p *proposalOrRef) append(b []byte) []byte {
	switch {
	case p.ref != nil:
		return syntax.AppendOpaque(append(b, proposalByRef), p.ref)
	case p.proposal != nil:
		return p.proposal.Append(append(b, proposalByValue))
	}
	b = syntax.AppendUint16(append(b, proposalByValue), uint16(ProposalRemove))
	return syntax.AppendUint32(b, uint32(p.remove))
}

func readProposalOrRef(r *syntax.Reader) (p proposalOrRef) {
	switch r.Uint8() {
	case proposalByValue:
		if t := ProposalType(r.Uint16()); t == ProposalRemove {
			p.remove = LeafIndex(r.Uint32())
		} else {
			p.proposal = readProposalOf(r, t)
		}
	case proposalByRef:
		p.ref = r.Opaque()
	default:
		r.Fail(fmt.Errorf("%w: ProposalOrRef", ErrMalformed))
	}
	return p
}

// The values of ProposalOrRefType (RFC 9420, section 12.4).
const (
	proposalByValue = 1
	proposalByRef   = 2
)

// proposalList is the proposals of a commit, in parts: those of very many short ones
// take more memory than the message, but in no one piece.
type proposalList [][]proposalOrRef

func (l proposalList) len() (n int) {
	for _, part := range l {
		n += len(part)
	}
	return n
}

// all calls yield with each proposal in order.
func (l proposalList) all(yield func(*proposalOrRef) bool) {
	for _, part := range l {
		for i := range part {
			if !yield(&part[i]) {
				return
			}
		}
	}
}

func (l *proposalList) add(p proposalOrRef) {
	last := len(*l) - 1
	if last < 0 || len((*l)[last]) == syntax.PartLength {
		*l = append(*l, nil)
		last++
	}
	(*l)[last] = append((*l)[last], p)
}

// commit is the content of a Commit message (RFC 9420, section 12.4).
type commit struct {
	proposals proposalList
	path      *updatePath
}

func (c *commit) append(b []byte) []byte {
	b = slices.Grow(b, c.about())
	b = syntax.AppendVector(b, func(b []byte) []byte {
		for p := range c.proposals.all {
			b = p.append(b)
		}
		return b
	})
	b = syntax.AppendBool(b, c.path != nil)
	if c.path != nil {
		b = c.path.append(b)
	}
	return b
}

func readCommit(r *syntax.Reader) *commit {
	c := &commit{proposals: syntax.Parts(r, readProposalOrRef)}
	if r.Bool() {
		c.path = readUpdatePath(r)
	}
	return c
}

// updatePath carries the new keys of the committer's path (RFC 9420, section 7.6).
type updatePath struct {
	leaf  *LeafNode
	nodes []updatePathNode
}

type updatePathNode struct {
	encryptionKey HPKEPublicKey
	secrets       []HPKECiphertext
}

func (p *updatePath) append(b []byte) []byte {
	b = p.leaf.Append(b)
	return syntax.AppendVector(b, func(b []byte) []byte {
		for _, n := range p.nodes {
			b = syntax.AppendOpaque(b, n.encryptionKey)
			b = syntax.AppendVector(b, func(b []byte) []byte {
				for _, s := range n.secrets {
					b = s.Append(b)
				}
				return b
			})
		}
		return b
	})
}

func readUpdatePath(r *syntax.Reader) *updatePath {
	return &updatePath{leaf: readLeafNode(r), nodes: syntax.List(r, func(r *syntax.Reader) updatePathNode {
		return updatePathNode{encryptionKey: r.Opaque(), secrets: syntax.List(r, readHPKECiphertext)}
	})}
}
