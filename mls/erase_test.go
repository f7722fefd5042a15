package mls

import (
	"bytes"
	"fmt"
	"testing"
)

// secretsOf are all secrets of a group's epoch, by name; public keys and the
// epoch authenticator, which is shown to others, apart.
func secretsOf(g *Group) map[string][]byte {
	s := &g.secrets
	out := map[string][]byte{"sender data": s.senderData, "exporter": s.exporter, "external": s.external, "confirmation": s.confirmation,
		"membership": s.membership, "resumption": s.resumption, "init": s.init}
	if s.encryption != nil {
		out["encryption"] = s.encryption
	}
	for x, v := range g.keys.nodes {
		out[fmt.Sprint("secret tree node ", x)] = v
	}
	for x, k := range g.private {
		out[fmt.Sprint("private key ", x)] = k
	}
	for i := range g.ratchets.ratchets {
		out[fmt.Sprint("own ratchet ", i)] = g.ratchets.ratchets[i].secret
	}
	for name, v := range out {
		out[name] = bytes.Clone(v)
	}
	return out
}

// saved is all that a member puts on disk.
func saved(t *testing.T, g *Group) []byte {
	t.Helper()
	state, err := g.MarshalBinary()
	noErr(t, err)
	sender, err := g.MarshalSender()
	noErr(t, err)
	return append(state, sender...)
}

func absent(t *testing.T, where string, state []byte, secrets map[string][]byte) {
	t.Helper()
	for name, s := range secrets {
		if len(s) < 12 {
			t.Fatalf("%s: %s is empty", where, name)
		}
		if bytes.Contains(state, s) {
			t.Errorf("%s: %s is still there", where, name)
		}
	}
}

// forgetful is a group of four that keeps no history, with a populated tree.
func forgetful(t *testing.T) *world {
	w := newWorld(t, suite1, nil)
	w.commit("a0", CommitOptions{}, w.bundle("b"), w.bundle("c"), w.bundle("d"))
	w.commit("c", CommitOptions{})
	for _, g := range w.members {
		g.KeepHistory(false)
	}
	w.commit("a0", CommitOptions{})
	return w
}

// TestOldEpochIsGone: what the next epoch saves holds no secret of the one
// before, for a committer and a receiver; of private keys only those that the
// commit did not replace.
func TestOldEpochIsGone(t *testing.T) {
	w := forgetful(t)
	before := map[string]map[string][]byte{}
	for name, g := range w.members {
		before[name] = secretsOf(g)
		for what, s := range before[name] {
			if !bytes.Contains(saved(t, g), s) {
				t.Fatalf("%s: %s is not in the epoch's own state: the search finds nothing", name, what)
			}
		}
	}
	w.commit("a0", CommitOptions{})
	replaced := map[nodeIndex]bool{}
	for _, x := range directPath(LeafIndex(0).node(), w.public.LeafCount()) {
		replaced[x] = true
	}
	replaced[LeafIndex(0).node()] = true
	for name, g := range w.members {
		old := before[name]
		for x := range g.private {
			if !replaced[x] {
				delete(old, fmt.Sprint("private key ", x)) // lives on
			}
		}
		if len(old) < 9 {
			t.Fatalf("%s: %d secrets only", name, len(old))
		}
		absent(t, name, saved(t, g), old)
	}
}

// TestUsedKeysAreGone: once a message has been opened or sealed, neither its key
// nor anything that it was derived from is saved; what is not used yet is.
func TestUsedKeysAreGone(t *testing.T) {
	w := forgetful(t)
	a, b := w.members["a0"], w.members["b"]
	// A twin of b's secret tree says what there was before.
	state, err := b.MarshalBinary()
	noErr(t, err)
	twin, err := LoadGroup(state, nil)
	noErr(t, err)
	used := map[string][]byte{}
	for x, s := range twin.keys.nodes {
		if x.contains(LeafIndex(0).node()) {
			used[fmt.Sprint("node ", x)] = bytes.Clone(s)
		}
	}
	if len(used) == 0 {
		t.Fatal("no node secret above the sender")
	}
	r := &twin.keys.leaf(0)[ratchetApplication]
	for i := range 3 {
		used[fmt.Sprint("ratchet secret ", i)] = bytes.Clone(r.secret)
		if i != 1 {
			k := generationKey(suite1, r.secret, uint32(i))
			used[fmt.Sprint("key ", i)], used[fmt.Sprint("nonce ", i)] = k.key, k.nonce
		}
		r.advance(suite1)
	}
	own := map[string][]byte{}
	var msgs [][]byte
	for i := range 3 {
		s := a.ratchets.ratchets[ratchetApplication].secret
		own[fmt.Sprint("own ratchet ", i)] = bytes.Clone(s)
		own[fmt.Sprint("own key ", i)] = generationKey(suite1, s, uint32(i)).key
		msgs = append(msgs, sealed(t, w, "a0", 1)...)
	}
	absent(t, "sender", saved(t, a), own)

	for _, i := range []int{0, 2} {
		_, err := b.Open(msgs[i])
		noErr(t, err)
	}
	state = saved(t, b)
	absent(t, "receiver", state, used)
	if !bytes.Contains(state, b.keys.ratchets[0][ratchetApplication].skipped[1].key) {
		t.Error("the key of the message that is to come is not saved")
	}
	again := w.reload(b)
	for _, i := range []int{0, 2} {
		_, err := again.Open(msgs[i])
		wantErr(t, "opened a second time", err, ErrGenerationUsed)
	}
	_, err = again.Open(msgs[1])
	noErr(t, err)
}

// TestEraseOverwrites: Erase leaves none of the secrets in the memory that held
// them.
func TestEraseOverwrites(t *testing.T) {
	w := forgetful(t)
	msgs := sealed(t, w, "a0", 3)
	g := w.members["b"]
	_, err := g.Open(msgs[2])
	noErr(t, err)
	var held [][]byte
	for _, s := range g.secrets.list() {
		held = append(held, *s)
	}
	for _, s := range g.keys.nodes {
		held = append(held, s)
	}
	for _, k := range g.private {
		held = append(held, k)
	}
	for i := range g.ratchets.ratchets {
		held = append(held, g.ratchets.ratchets[i].secret)
	}
	for _, k := range g.keys.ratchets[0][ratchetApplication].skipped {
		held = append(held, k.key, k.nonce)
	}
	kp := w.bundle("x")
	held = append(held, kp.InitKey, kp.EncryptionKey)
	if len(held) < 16 {
		t.Fatalf("%d secrets only", len(held))
	}
	g.Erase()
	kp.Erase()
	for i, s := range held {
		if !bytes.Equal(s, make([]byte, len(s))) {
			t.Errorf("secret %d is still there", i)
		}
	}
}
