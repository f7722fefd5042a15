package mls

// How large encodings will be, about: a commit that adds a thousand members is
// written several times, and would grow its buffer from nothing each time.

// aboutFixed is more than what is left out of these sums for one object.
const aboutFixed = 128

func (l *LeafNode) about() int {
	if l == nil {
		return 0
	}
	return aboutFixed + len(l.EncryptionKey) + len(l.SignatureKey) + len(l.Credential.Identity) +
		len(l.ParentHash) + len(l.Signature)
}

func (p *proposalOrRef) about() int {
	switch {
	case p.proposal == nil:
		return 8 + len(p.ref)
	case p.proposal.Add != nil:
		k := p.proposal.Add
		return k.Leaf.about() + len(k.InitKey) + len(k.Signature) + aboutFixed
	}
	return p.proposal.Update.about() + len(p.proposal.Custom) + aboutFixed
}

func (c *commit) about() int {
	n := aboutFixed
	for p := range c.proposals.all {
		n += p.about()
	}
	if c.path == nil {
		return n
	}
	n += c.path.leaf.about()
	for _, node := range c.path.nodes {
		n += len(node.encryptionKey) + 8
		if len(node.secrets) > 0 {
			s := node.secrets[0]
			n += len(node.secrets) * (len(s.KEMOutput) + len(s.Ciphertext) + 8)
		}
	}
	return n
}
