package mls

import (
	"bytes"
	"fmt"
	"io"
)

// Reinitialize begins the group that a committed ReInit proposal asked for (RFC
// 9420, section 11.2). g is the epoch that the commit of the ReInit led to: it
// takes no more messages, and any one of its members makes the new group. There
// is a key package in o for each other member, and for nobody else.
//
// The commit that is returned has founded the new group: send its Welcome to the
// others, who call [Group.JoinReinitialized]. Its Message is for nobody.
func (g *Group) Reinitialize(rand io.Reader, o FoundingOptions) (*StagedCommit, error) {
	if err := g.ready(); err != nil {
		return nil, err
	}
	r := g.reInit
	switch {
	case r == nil:
		return nil, fmt.Errorf("%w: no ReInit was committed", ErrFounding)
	case r.Version != MLS10:
		return nil, fmt.Errorf("%w: of the ReInit", ErrUnsupportedVersion)
	case o.GroupID != nil || o.Extensions != nil:
		return nil, fmt.Errorf("%w: the ReInit says group id and extensions", ErrFounding)
	}
	return g.found(rand, GroupParams{
		Suite: r.CipherSuite, GroupID: r.GroupID, Extensions: r.Extensions,
		Leaf: o.Leaf, Lifetime: o.Lifetime, KeepHistory: o.KeepHistory,
	}, ResumptionReInit, o)
}

// JoinReinitialized joins the group that follows g, which a ReInit ended. It
// refuses a Welcome into any other group: one that is not linked to this epoch,
// does not match the ReInit, or has other members.
func (g *Group) JoinReinitialized(msg []byte, kp *KeyPackageBundle, o JoinOptions) (*Group, error) {
	if err := g.ready(); err != nil {
		return nil, err
	}
	r := g.reInit
	if r == nil {
		return nil, fmt.Errorf("%w: no ReInit was committed", ErrFounding)
	}
	return g.joinFounded(msg, kp, o, ResumptionReInit, func(next *Group) error {
		c := next.context
		// There is one version: that of every group.
		if r.Version != MLS10 || c.CipherSuite != r.CipherSuite || !bytes.Equal(c.GroupID, r.GroupID) ||
			!bytes.Equal(c.Extensions.Append(nil), r.Extensions.Append(nil)) {
			return fmt.Errorf("%w: not the parameters of the ReInit", ErrFounding)
		}
		return nil
	})
}
