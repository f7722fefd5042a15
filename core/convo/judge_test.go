package convo

import (
	"errors"
	"testing"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/mls"
)

// TestAllowed walks what honest people do; every reader and member must agree.
func TestAllowed(t *testing.T) {
	for name, do := range map[string]func(r *room){
		"renew keys": func(r *room) { r.take(r.make(draft{by: "carol/1"})) },
		"a member adds a member": func(r *room) {
			r.take(r.make(draft{by: "carol/1", after: r.list("alice:3 bob:2 carol:1 dora:1 eve:1"), add: []string{"eve/1"}}))
		},
		"a member adds another's device": func(r *room) { r.take(r.make(draft{by: "carol/1", add: []string{"alice/2"}, noPath: true})) },
		"a participant without a leaf is added": func(r *room) {
			r.take(r.make(draft{by: "carol/1", after: r.list("alice:3 bob:2 carol:1 dora:1 eve:1")}))
		},
		"an admin removes a member": func(r *room) {
			r.take(r.make(draft{by: "bob/1", after: r.list("alice:3 bob:2 dora:1"), remove: []string{"carol/1"}}))
		},
		"an admin makes an admin":        func(r *room) { r.take(r.make(draft{by: "bob/1", after: r.list("alice:3 bob:2 carol:2 dora:1")})) },
		"an owner makes an owner":        func(r *room) { r.take(r.make(draft{by: "alice/1", after: r.list("alice:3 bob:3 carol:1 dora:1")})) },
		"an owner hands over":            func(r *room) { r.take(r.make(draft{by: "alice/1", after: r.list("alice:1 bob:3 carol:1 dora:1")})) },
		"an admin makes itself a member": func(r *room) { r.take(r.make(draft{by: "bob/1", after: r.list("alice:3 bob:1 carol:1 dora:1")})) },
		"the last owner, who has left after all, is removed": func(r *room) {
			r.left = map[account.ID]bool{r.people["alice"].id(): true}
			r.take(r.make(draft{by: "carol/1", after: r.list("bob:2 carol:1 dora:1"), remove: []string{"alice/1"}}))
		},
		"a member removes who has left": func(r *room) {
			r.left = map[account.ID]bool{r.people["bob"].id(): true}
			r.take(r.make(draft{by: "carol/1", after: r.list("alice:3 carol:1 dora:1"), remove: []string{"bob/1"}}))
		},
		"join by external commit": func(r *room) {
			r.take(r.make(draft{by: "alice/2", external: true}))
			r.take(r.make(draft{by: "alice/2"}))
		},
		"take the own place again": func(r *room) {
			delete(r.members, "alice/1")
			r.take(r.make(draft{by: "alice/1", external: true, remove: []string{"alice/1"}}))
		},
		"replace a removed device": func(r *room) {
			r.removeDevice("alice/1", "alice/2")
			r.take(r.make(draft{by: "alice/2", external: true, remove: []string{"alice/1"}}))
		},
		"a member removes a removed device": func(r *room) {
			r.removeDevice("alice/1", "alice/2")
			r.take(r.make(draft{by: "carol/1", remove: []string{"alice/1"}}))
		},
		"a removal stays pending": func(r *room) {
			r.removeDevice("alice/1", "alice/2")
			r.take(r.make(draft{by: "carol/1"}))
		},
		"a device that knows no newer head": func(r *room) {
			old := r.table(r.pos.State.Participants)
			r.addDevice("bob", "2")
			r.take(r.make(draft{by: "carol/1", table: old}))
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := story(t)
			do(r)
			by := "bob/1" // and the group goes on
			if r.members[by] == nil {
				by = "carol/1"
			}
			r.take(r.make(draft{by: by}))
		})
	}
}

// TestRefused tries to break each rule: as a participant who has a device in the
// group and signs whatever it likes, as a removed device, as a stranger, each
// with the server's help.
func TestRefused(t *testing.T) {
	all := "alice:3 bob:2 carol:1 dora:1"
	for name, c := range map[string]struct {
		want error
		make func(r *room) *made
	}{
		"ghost of a stranger, added": {ErrNotADevice, func(r *room) *made {
			return r.make(draft{by: "carol/1", add: []string{"eve/1"}})
		}},
		"ghost with a certificate of an unknown key": {ErrNotADevice, func(r *room) *made {
			ghost := r.keyPackage(r.leafOf(r.keyholder(), r.people["dora"].id()))
			return r.make(draft{by: "carol/1", packages: []*mls.KeyPackage{ghost.KeyPackage}})
		}},
		"ghost of another account's device": {ErrNotADevice, func(r *room) *made {
			ghost := r.keyPackage(r.leafOf(r.devices["carol/1"].secret, r.people["dora"].id()))
			return r.make(draft{by: "carol/1", packages: []*mls.KeyPackage{ghost.KeyPackage}})
		}},
		"certificate over another key": {ErrNotADevice, func(r *room) *made {
			l := r.world.leaf("dora/1")
			l.SignatureKey = r.world.leaf("dora/1").SignatureKey
			return r.make(draft{by: "carol/1", packages: []*mls.KeyPackage{r.keyPackage(l).KeyPackage}})
		}},
		"no identity in the credential": {ErrNotADevice, func(r *room) *made {
			l := r.world.leaf("dora/1")
			l.Credential = mls.BasicCredential([]byte("dora"))
			return r.make(draft{by: "carol/1", packages: []*mls.KeyPackage{r.keyPackage(l).KeyPackage}})
		}},
		"certificate chain for a credential": {ErrNotADevice, func(r *room) *made {
			l := r.world.leaf("dora/1")
			l.Credential = mls.X509Credential([]byte("dora"))
			return r.make(draft{by: "carol/1", packages: []*mls.KeyPackage{r.keyPackage(l).KeyPackage}})
		}},
		"device that its account has removed": {ErrNotADevice, func(r *room) *made {
			r.removeDevice("alice/2", "alice/1")
			return r.make(draft{by: "carol/1", add: []string{"alice/2"}})
		}},
		"device from after the head named": {ErrNotADevice, func(r *room) *made {
			old := r.table(r.pos.State.Participants)
			r.addDevice("dora", "2")
			return r.make(draft{by: "carol/1", add: []string{"dora/2"}, table: old})
		}},
		"recovery method as a device": {ErrNotADevice, func(r *room) *made {
			p := r.people["dora"]
			s := must[*account.KeyholderSecret](t)(account.DeriveKeyholder(make([]byte, 32), p.id(), account.KindCode))
			u, err := p.Chain.Add(r.rand, r.by(p), p.Roots, s.Join(p.id(), "code", account.RealmSet{}))
			r.check(err)
			p.Update = u
			return r.make(draft{by: "carol/1", packages: []*mls.KeyPackage{r.keyPackage(r.leafOf(s, p.id())).KeyPackage}})
		}},
		"own leaf turned into another's": {ErrNotADevice, func(r *room) *made {
			l := r.world.leaf("dora/1")
			return r.make(draft{by: "carol/1", leaf: &l})
		}},
		"own leaf turned into another device's": {ErrNotADevice, func(r *room) *made {
			l := r.world.leaf("alice/2")
			return r.make(draft{by: "alice/1", leaf: &l})
		}},
		"a removed device renews its leaf": {ErrNotADevice, func(r *room) *made {
			r.removeDevice("alice/1", "alice/2")
			return r.make(draft{by: "alice/1"})
		}},
		"a removed device adds a device": {ErrNotADevice, func(r *room) *made {
			r.removeDevice("alice/1", "alice/2")
			return r.make(draft{by: "alice/1", add: []string{"alice/2"}, noPath: true})
		}},
		"a removed participant keeps its leaf": {ErrNotADevice, func(r *room) *made {
			return r.make(draft{by: "alice/1", after: r.list("alice:3 bob:2 dora:1")})
		}},

		"a stranger joins": {ErrNotADevice, func(r *room) *made { return r.make(draft{by: "eve/1", external: true}) }},
		"a removed device joins": {ErrNotADevice, func(r *room) *made {
			r.removeDevice("alice/2", "alice/1")
			return r.make(draft{by: "alice/2", external: true})
		}},
		"external commit without the join key": {ErrNoJoinKey, func(r *room) *made {
			return r.make(draft{by: "alice/2", external: true, noPSK: true})
		}},
		"external commit with another epoch's join key": {ErrForeignKey, func(r *room) *made {
			return r.make(draft{by: "alice/2", external: true, psks: []mls.PSK{
				mls.ExternalPSK(JoinKeyID(r.pos.ID, 0, r.pos.Epoch-1), r.joinKey())}})
		}},
		"external commit with another generation's join key": {ErrForeignKey, func(r *room) *made {
			return r.make(draft{by: "alice/2", external: true, psks: []mls.PSK{
				mls.ExternalPSK(JoinKeyID(r.pos.ID, 1, r.pos.Epoch), r.joinKey())}})
		}},
		"external commit with a second key": {ErrForeignKey, func(r *room) *made {
			return r.make(draft{by: "alice/2", external: true, psks: []mls.PSK{
				mls.ExternalPSK(JoinKeyID(r.pos.ID, 0, r.pos.Epoch), r.joinKey()), mls.ExternalPSK([]byte("mine"), make([]byte, 32))}})
		}},
		"a member injects a key": {ErrForeignKey, func(r *room) *made {
			return r.make(draft{by: "carol/1", psks: []mls.PSK{mls.ExternalPSK([]byte("mine"), make([]byte, 32))}})
		}},
		"a member injects the join key": {ErrForeignKey, func(r *room) *made {
			return r.make(draft{by: "carol/1", psks: []mls.PSK{mls.ExternalPSK(JoinKeyID(r.pos.ID, 0, r.pos.Epoch), r.joinKey())}})
		}},
		"external commit with the join key twice": {ErrForeignKey, func(r *room) *made {
			key := mls.ExternalPSK(JoinKeyID(r.pos.ID, 0, r.pos.Epoch), r.joinKey())
			return r.make(draft{by: "alice/2", external: true, psks: []mls.PSK{key, key}})
		}},
		"external commit removes another's leaf": {ErrNotUncovered, func(r *room) *made {
			return r.make(draft{by: "dora/1", external: true, remove: []string{"bob/1"}})
		}},
		"external commit removes an own device that is there": {ErrNotUncovered, func(r *room) *made {
			return r.make(draft{by: "alice/2", external: true, remove: []string{"alice/1"}})
		}},

		"a member removes a member": {ErrNotEntitled, func(r *room) *made {
			return r.make(draft{by: "carol/1", after: r.list("alice:3 bob:2 carol:1"), remove: nil})
		}},
		"a member removes a device that is there": {ErrNotEntitled, func(r *room) *made {
			return r.make(draft{by: "carol/1", remove: []string{"bob/1"}})
		}},
		"a member makes itself an admin": {ErrNotEntitled, func(r *room) *made {
			return r.make(draft{by: "carol/1", after: r.list("alice:3 bob:2 carol:2 dora:1")})
		}},
		"a member adds an admin": {ErrNotEntitled, func(r *room) *made {
			return r.make(draft{by: "carol/1", after: r.list(all + " eve:2")})
		}},
		"an admin makes itself an owner": {ErrNotEntitled, func(r *room) *made {
			return r.make(draft{by: "bob/1", after: r.list("alice:3 bob:3 carol:1 dora:1")})
		}},
		"an admin adds an owner": {ErrNotEntitled, func(r *room) *made {
			return r.make(draft{by: "bob/1", after: r.list(all + " eve:3")})
		}},
		"an admin demotes the owner": {ErrNotEntitled, func(r *room) *made {
			return r.make(draft{by: "bob/1", after: r.list("alice:1 bob:2 carol:1 dora:1")})
		}},
		"an admin removes the owner": {ErrNotEntitled, func(r *room) *made {
			return r.make(draft{by: "bob/1", after: r.list("bob:2 carol:1 dora:1"), remove: []string{"alice/1"}})
		}},
		"the last owner makes itself a member": {ErrNotEntitled, func(r *room) *made {
			return r.make(draft{by: "alice/1", after: r.list("alice:1 bob:2 carol:1 dora:1")})
		}},
		"the last owner steps down, somebody else has left": {ErrNotEntitled, func(r *room) *made {
			r.left = map[account.ID]bool{r.people["dora"].id(): true}
			return r.make(draft{by: "alice/1", after: r.list("alice:2 bob:2 carol:1")})
		}},
		"who left somebody else is no excuse": {ErrNotEntitled, func(r *room) *made {
			r.left = map[account.ID]bool{r.people["dora"].id(): true}
			return r.make(draft{by: "carol/1", after: r.list("alice:3 carol:1 dora:1"), remove: []string{"bob/1"}})
		}},

		"another host": {ErrWrongID, func(r *room) *made {
			f := *r.pos.State.Facts
			f.Host = "other.example"
			return r.make(draft{by: "alice/1", facts: &f})
		}},
		"another generation": {ErrWrongID, func(r *room) *made {
			f := *r.pos.State.Facts
			f.Generation++
			return r.make(draft{by: "alice/1", facts: &f})
		}},
		"the group ends": {ErrChangedFacts, func(r *room) *made { return r.make(draft{by: "alice/1", reInit: true, noPath: true}) }},
		"no facts": {ErrMalformed, func(r *room) *made {
			d := mls.AppDataDictionary{}.With(ComponentParticipantsHash, r.pos.State.listHash())
			return r.make(draft{by: "alice/1", extension: mls.Extensions{}.WithAppData(d)})
		}},
		"no extensions": {ErrMalformed, func(r *room) *made { return r.make(draft{by: "alice/1", extension: mls.Extensions{}}) }},
		"a third component": {ErrMalformed, func(r *room) *made {
			d, err := r.pos.Context.Extensions.AppData()
			r.check(err)
			return r.make(draft{by: "alice/1", extension: mls.Extensions{}.WithAppData(d.With(0xC0FD, []byte{1}))})
		}},
		"external senders": {ErrMalformed, func(r *room) *made {
			e := r.pos.Context.Extensions
			return r.make(draft{by: "alice/1", extension: append(e[:len(e):len(e)], mls.Extension{Type: mls.ExtensionExternalSenders, Data: []byte{0}})})
		}},
		"participants not sorted": {ErrMalformed, func(r *room) *made {
			p := append(Participants(nil), r.pos.State.Participants...)
			p[0], p[1] = p[1], p[0]
			return r.make(draft{by: "alice/1", table: r.table(r.pos.State.Participants), extension: (&State{r.pos.State.Facts, p}).Extensions(), list: p})
		}},
		"hash of another list": {ErrBadList, func(r *room) *made {
			return r.make(draft{by: "alice/1", extension: (&State{r.pos.State.Facts, r.list("alice:3 bob:2 carol:2 dora:1")}).Extensions()})
		}},
		"another list under the same hash": {ErrBadList, func(r *room) *made {
			return r.make(draft{by: "carol/1", list: r.list("alice:3 bob:2 carol:3 dora:1")})
		}},
		"a list that lacks one who was added": {ErrBadList, func(r *room) *made {
			return r.make(draft{by: "carol/1", after: r.list(all + " eve:1"), list: r.list(all)})
		}},
		"the list itself in the context": {ErrMalformed, func(r *room) *made {
			d := mls.AppDataDictionary{}.With(ComponentParticipants, r.pos.State.Participants.Append(nil)).
				With(ComponentFacts, r.pos.State.Facts.Append(nil))
			return r.make(draft{by: "alice/1", extension: mls.Extensions{}.WithAppData(d)})
		}},
		"a hash cut short": {ErrMalformed, func(r *room) *made {
			d := mls.AppDataDictionary{}.With(ComponentParticipantsHash, r.pos.State.listHash()[:31]).
				With(ComponentFacts, r.pos.State.Facts.Append(nil))
			return r.make(draft{by: "alice/1", extension: mls.Extensions{}.WithAppData(d)})
		}},
	} {
		t.Run(name, func(t *testing.T) {
			r := story(t)
			r.refused(c.make(r).LoggedCommit, c.want)
		})
	}
}

// TestHeadTable holds the table against the header, the participants, the one
// before and the chains.
func TestHeadTable(t *testing.T) {
	change := func(r *room, f func(e *account.HeadEntry)) account.HeadTable {
		table := r.table(r.pos.State.Participants)
		for i := range table {
			if table[i].Account == r.people["dora"].id() {
				f(&table[i])
			}
		}
		return table
	}
	for name, c := range map[string]struct {
		want error
		make func(r *room) draft
	}{
		"older head": {ErrOlderHead, func(r *room) draft {
			return draft{table: change(r, func(e *account.HeadEntry) { e.Head, e.VaultEpoch = mustHead(r, "dora", 1), 1 })}
		}},
		"same seq, another hash": {ErrOlderHead, func(r *room) draft {
			return draft{table: change(r, func(e *account.HeadEntry) { e.Head.Hash[0] ^= 1 })}
		}},
		"older vault epoch": {ErrOlderHead, func(r *room) draft {
			return draft{table: change(r, func(e *account.HeadEntry) { e.VaultEpoch-- })}
		}},
		"another handle": {ErrOlderHead, func(r *room) draft {
			return draft{table: change(r, func(e *account.HeadEntry) { e.Handle = "bob" })}
		}},
		"head that the chain lacks": {account.ErrFork, func(r *room) draft {
			return draft{table: change(r, func(e *account.HeadEntry) { e.Head.Seq++ })}
		}},
		"newer head, wrong vault epoch": {account.ErrHeadMismatch, func(r *room) draft {
			r.addDevice("dora", "9")
			return draft{table: change(r, func(e *account.HeadEntry) { e.VaultEpoch++ })}
		}},
		"missing participant": {ErrBadHeadTable, func(r *room) draft {
			return draft{table: r.table(r.list("alice:3 bob:2 carol:1"))}
		}},
		"somebody else": {ErrBadHeadTable, func(r *room) draft {
			return draft{table: r.table(r.list("alice:3 bob:2 carol:1 dora:1 eve:1"))}
		}},
		"somebody else instead": {ErrMissingHead, func(r *room) draft {
			r.register("frank")
			return draft{after: r.list("alice:3 bob:2 carol:1 dora:1 frank:1"), table: r.table(r.list("alice:3 bob:2 carol:1 dora:1 eve:1"))}
		}},
		"not the header's": {ErrBadHeadTable, func(r *room) draft {
			return draft{header: func(h *CommitHeader) { h.HeadTable[0] ^= 1 }}
		}},
		"handle of an account that is new": {account.ErrHeadMismatch, func(r *room) draft {
			list := r.list("alice:3 bob:2 carol:1 dora:1 eve:1")
			table := r.table(list)
			for i := range table {
				if table[i].Account == r.people["eve"].id() {
					table[i].Handle = "mallory"
				}
			}
			return draft{after: list, table: table}
		}},
		"account of another host": {ErrBadHeadTable, func(r *room) draft {
			r.registerAt("frank", "other.example")
			return draft{after: r.list("alice:3 bob:2 carol:1 dora:1 frank:1")}
		}},
		"does not parse": {ErrBadHeadTable, func(r *room) draft {
			return draft{bundle: func(b *Bundle) { b.Table = b.Table[:len(b.Table)-1] }}
		}},
		"an entry that is as before, said again": {ErrBadHeadTable, func(r *room) draft {
			return draft{bundle: func(b *Bundle) { b.Table = r.pos.Table.Marshal() }}
		}},
		"a new entry left out": {ErrBadHeadTable, func(r *room) draft {
			r.addDevice("bob", "9")
			return draft{bundle: func(b *Bundle) { b.Table = account.HeadTable{}.Marshal() }}
		}},
		"another table beside the commit": {ErrBadHeadTable, func(r *room) draft {
			other := r.table(r.pos.State.Participants)
			r.addDevice("bob", "9")
			return draft{bundle: func(b *Bundle) { b.Table = other.Marshal() }}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			r := story(t)
			r.removeDeviceOf("dora") // to her second vault epoch
			r.take(r.make(draft{by: "alice/1"}))
			d := c.make(r)
			d.by = "carol/1"
			d.noDeposits = true
			r.refused(r.make(d).LoggedCommit, c.want)
		})
	}
}

func mustHead(r *room, name string, seq uint64) account.Head {
	h, ok := r.people[name].Chain.HeadAt(seq)
	if !ok {
		r.t.Fatal("no such head")
	}
	return h
}

// removeDeviceOf adds a device to an account and removes it.
func (w *world) removeDeviceOf(name string) {
	w.addDevice(name, "gone")
	w.removeDevice(name+"/gone", name+"/1")
}

// TestDirect holds a conversation of two to its two.
func TestDirect(t *testing.T) {
	w := newWorld(t)
	for _, name := range []string{"alice", "bob", "eve"} {
		w.register(name)
	}
	w.addDevice("alice", "2")
	facts := &Facts{Host: testHost, Kind: Direct, Creator: w.people["alice"].id(), Peer: w.people["bob"].id()}
	r := w.newRoom(facts, w.list("alice:1 bob:1"), "alice/1")
	r.take(r.make(draft{by: "alice/1", add: []string{"bob/1"}}))
	for name, d := range map[string]struct {
		draft
		want error
	}{
		"a third":         {draft{after: w.list("alice:1 bob:1 eve:1")}, ErrFixedMembers},
		"the other gone":  {draft{after: w.list("alice:1"), remove: []string{"bob/1"}}, ErrFixedMembers},
		"the other's key": {draft{remove: []string{"bob/1"}}, ErrNotEntitled},
		"roles":           {draft{after: w.list("alice:3 bob:1")}, ErrFixedMembers},
	} {
		t.Run(name, func(t *testing.T) {
			d.by = "alice/1"
			r.refused(r.make(d.draft).LoggedCommit, d.want)
		})
	}
	if DirectID(testHost, facts.Creator, facts.Peer) != DirectID(testHost, facts.Peer, facts.Creator) {
		t.Error("a direct conversation has two ids")
	}
	if DirectID("other.example", facts.Creator, facts.Peer) == facts.ID() {
		t.Error("two hosts share a direct conversation")
	}
}

// TestNotes begins a conversation of an account with itself.
func TestNotes(t *testing.T) {
	w := newWorld(t)
	id := w.register("alice").id()
	r := w.newRoom(&Facts{Host: testHost, Kind: Direct, Creator: id, Peer: id}, w.list("alice:1"), "alice/1")
	r.take(r.make(draft{by: "alice/1"}))
	if len(r.pos.State.Participants) != 1 || r.pos.Epoch != 1 {
		t.Error("notes to oneself")
	}
}

// TestBegin tries to begin a conversation in somebody else's name.
func TestBegin(t *testing.T) {
	w := newWorld(t)
	for _, name := range []string{"alice", "mallory"} {
		w.register(name)
	}
	list := w.list("alice:3 mallory:1")
	forged := w.leafOf(w.devices["mallory/1"].secret, w.people["alice"].id())
	identity := w.devices["mallory/1"].secret.CertifyLeaf(w.people["alice"].id(), forged.SignatureKey.Public())
	identity.Device = w.devices["alice/1"].secret.ID()
	forged.Credential = mls.BasicCredential(identity.Marshal())
	t.Run("creator's certificate is false", func(t *testing.T) {
		r := w.newRoomOf(w.groupFacts("alice"), list, forged, "alice/1")
		r.t = t
		r.refused(r.make(draft{by: "alice/1", add: []string{"mallory/1"}, noPath: true}).LoggedCommit, ErrNotADevice)
	})
	t.Run("and the first commit is an external one", func(t *testing.T) {
		r := w.newRoomOf(w.groupFacts("alice"), list, forged, "alice/1")
		r.t = t
		r.refused(r.make(draft{by: "mallory/1", external: true}).LoggedCommit, ErrNotEntitled)
	})
	t.Run("first leaf is not the creator's", func(t *testing.T) {
		if _, _, err := w.begin(w.groupFacts("alice"), list, w.leaf("mallory/1"), nil); !errors.Is(err, ErrNotADevice) {
			t.Error(err)
		}
	})
	t.Run("group id of another conversation", func(t *testing.T) {
		if _, _, err := w.begin(w.groupFacts("alice"), list, w.leaf("alice/1"), MLSGroupID(ID{1}, 0)); !errors.Is(err, ErrWrongID) {
			t.Error(err)
		}
	})
	t.Run("generation of another group", func(t *testing.T) {
		f := w.groupFacts("alice")
		if _, _, err := w.begin(f, list, w.leaf("alice/1"), MLSGroupID(f.ID(), 1)); !errors.Is(err, ErrWrongID) {
			t.Error(err)
		}
	})
	t.Run("a later generation", func(t *testing.T) {
		f := w.groupFacts("alice")
		f.Generation = 1
		if _, _, err := w.begin(f, list, w.leaf("alice/1"), nil); !errors.Is(err, ErrMalformed) {
			t.Error(err)
		}
	})
	t.Run("third in a direct conversation", func(t *testing.T) {
		f := &Facts{Host: testHost, Kind: Direct, Creator: w.people["alice"].id(), Peer: account.ID{9}}
		if _, _, err := w.begin(f, list, w.leaf("alice/1"), nil); !errors.Is(err, ErrFixedMembers) {
			t.Error(err)
		}
	})
	t.Run("not from the beginning", func(t *testing.T) {
		r := story(t)
		info := must[[]byte](t)(r.members["alice/1"].GroupInfo(r.rand, mls.GroupInfoOptions{ExternalPub: true, Tree: true}))
		if _, _, err := Begin(info); !errors.Is(err, ErrMalformed) {
			t.Error(err)
		}
	})
	t.Run("no group info", func(t *testing.T) {
		if _, _, err := Begin([]byte{0, 1, 0, 4}); !errors.Is(err, ErrMalformed) {
			t.Error(err)
		}
	})
}

func (w *world) begin(f *Facts, list Participants, leaf mls.LeafParams, groupID []byte) (*Position, *mls.PublicGroup, error) {
	if groupID == nil {
		groupID = MLSGroupID(f.ID(), f.Generation)
	}
	s := State{f, list}
	g := must[*mls.Group](w.t)(mls.NewGroup(w.rand, mls.GroupParams{Suite: testSuite, GroupID: groupID, Leaf: leaf, Extensions: s.Extensions()}))
	return Begin(must[[]byte](w.t)(g.GroupInfo(w.rand, mls.GroupInfoOptions{ExternalPub: true, Tree: true, Extensions: s.CreationExtensions()})))
}
