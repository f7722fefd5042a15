package mls

import "testing"

func TestContextRefused(t *testing.T) {
	f := newForger(t)
	require := func(t ExtensionType) Extensions {
		return Extensions{{ExtensionRequiredCapabilities, RequiredCapabilities{Extensions: []ExtensionType{t}}.Append(nil)}}
	}
	caps := DefaultCapabilities()
	caps.Extensions = append(caps.Extensions, 0xF001)
	able := f.leaf("able")
	able.Capabilities = caps
	kp, err := NewKeyPackage(f.rand, KeyPackageParams{Suite: f.suite, Leaf: able})
	noErr(t, err)
	for _, c := range []struct {
		name string
		list []*Proposal
		want error
	}{
		{"type twice", []*Proposal{ProposeExtensions(Extensions{{6, nil}, {6, nil}})}, ErrMalformed},
		{"malformed external senders", []*Proposal{ProposeExtensions(Extensions{{ExtensionExternalSenders, []byte{9}}})}, ErrMalformed},
		{"malformed application data", []*Proposal{ProposeExtensions(Extensions{{ExtensionAppDataDictionary, []byte{9}}})}, ErrMalformed},
		{"required of members who lack it", []*Proposal{ProposeExtensions(require(0xF001))}, ErrUnsupported},
		{"required of a client added beside it", []*Proposal{ProposeAdd(f.bundle("x").KeyPackage), ProposeExtensions(require(0xF001))}, ErrUnsupported},
		{"required of the committer's new leaf", []*Proposal{ProposeAdd(kp.KeyPackage), ProposeExtensions(Extensions{{0xF001, nil}})}, ErrUnsupported},
		{"an unknown type of proposal", []*Proposal{{Type: 0x0A0A}}, ErrUnsupported},
	} {
		t.Run(c.name, func(t *testing.T) { f.refused(t, f.list(c.list...), nil, c.want) })
	}
	// Who is removed in the same commit need not meet the requirements, and who
	// is added is judged by the new ones.
	w := newWorld(t, suite1, nil)
	w.commit("a0", CommitOptions{Leaf: &LeafParams{Capabilities: caps}}, w.bundle("plain"))
	for _, ext := range []Extensions{require(0xF001), {{0xF001, nil}}} {
		_, err = w.members["a0"].Commit(w.rand, CommitOptions{Extensions: ext})
		wantErr(t, "what only the committer supports", err, ErrUnsupported)
	}
	w.commit("a0", CommitOptions{Remove: []LeafIndex{1}, Extensions: require(0xF001)}, kp)
	_, err = w.members["a0"].Commit(w.rand, CommitOptions{Add: []*KeyPackage{w.bundle("late").KeyPackage}})
	wantErr(t, "a client added later", err, ErrUnsupported)
	without := DefaultCapabilities()
	_, err = w.members["a0"].Commit(w.rand, CommitOptions{Leaf: &LeafParams{Capabilities: without}})
	wantErr(t, "a committer that drops it", err, ErrUnsupported)
}

func TestFoundingRefused(t *testing.T) {
	w := newWorld(t, suite1, nil)
	psk := func(u ResumptionUsage, epoch uint64) PSK {
		return PSK{ID: PreSharedKeyID{Type: PSKResumption, Usage: u, Group: []byte("old"), Epoch: epoch}, Secret: Secret("s")}
	}
	kp := []*KeyPackage{w.bundle("b").KeyPackage}
	_, err := w.members["a0"].Commit(w.rand, CommitOptions{Add: kp, PSKs: []PSK{psk(ResumptionReInit, 3), psk(ResumptionBranch, 4)}})
	wantErr(t, "two links to old groups", err, ErrProposalList)
	// Epoch 0 is founded by its creator, not by somebody who joins.
	for _, u := range []ResumptionUsage{ResumptionReInit, ResumptionBranch} {
		_, err = JoinExternal(w.rand, w.info, ExternalOptions{Leaf: w.leaf("x"), Tree: w.public.Tree(), PSKs: []PSK{psk(u, 3)}})
		wantErr(t, "link in an external commit", err, ErrInvalidProposal)
	}
	w.commit("a0", CommitOptions{}, w.bundle("b"))
	for _, u := range []ResumptionUsage{ResumptionReInit, ResumptionBranch} {
		_, err = w.members["b"].Commit(w.rand, CommitOptions{PSKs: []PSK{psk(u, 3)}})
		wantErr(t, "link after the first commit", err, ErrInvalidProposal)
	}
	_, err = w.members["b"].Commit(w.rand, CommitOptions{PSKs: []PSK{psk(ResumptionApplication, 3)}})
	noErr(t, err)
}

// TestPathSecretRefused: what a path secret says must be what the path shows.
func TestPathSecretRefused(t *testing.T) {
	f := newForger(t)
	staged, err := f.a.Commit(f.rand, CommitOptions{})
	noErr(t, err)
	provisional := staged.Group().Context()
	provisional.ConfirmedTranscriptHash = f.a.Context().ConfirmedTranscriptHash
	for _, c := range []struct {
		name   string
		secret Secret
		want   error
	}{
		{"of other keys", make(Secret, 32), ErrInvalidPath},
		{"too short", make(Secret, 31), ErrDecrypt},
		{"too long", make(Secret, 33), ErrDecrypt},
		{"empty", nil, ErrDecrypt},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, err := ParseMessage(staged.Message)
			noErr(t, err)
			a := m.Public.authenticated()
			// b's leaf is the whole resolution beside a0's.
			a.content.commit.path.nodes[0].secrets[0], err = f.suite.EncryptWithLabel(
				f.a.tree.leaf(1).EncryptionKey, labelUpdatePath, provisional.Append(nil), c.secret)
			noErr(t, err)
			_, err = f.b.Process(f.sign(a), ProcessOptions{})
			wantErr(t, "member", err, c.want)
		})
	}
}
