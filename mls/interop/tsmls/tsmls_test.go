package tsmls

import (
	"flag"
	"fmt"
	"slices"
	"testing"

	"github.com/coffer-chat/coffer/mls"
)

// circle is a group whose members are in several implementations.
type circle struct {
	*testing.T
	form    form
	members []party
	// read is set if some members show of their state no more than the epoch.
	read bool
}

// agree holds all states against each other and lets everybody write to
// everybody.
func (c *circle) agree() {
	c.Helper()
	first := c.members[0].state()
	for _, p := range c.members {
		s := p.state()
		if c.read {
			first.authenticator, first.exported = s.authenticator, s.exported
		}
		if !s.active || len(s.authenticator) == 0 && !c.read || !s.equal(first) {
			c.Fatalf("%s is in another state:\n%+v\n%+v", p.name(), s, first)
		}
	}
	for _, p := range c.members {
		text := "from " + p.name()
		sealed := p.seal(text)
		for _, o := range c.others(p) {
			if got := o.open(sealed); got != text {
				c.Fatalf("%s reads %q from %s", o.name(), got, p.name())
			}
		}
	}
}

func (c *circle) others(but ...party) []party {
	return slices.DeleteFunc(slices.Clone(c.members), func(p party) bool { return slices.Contains(but, p) })
}

func (c *circle) tell(message []byte, to []party) {
	c.Helper()
	for _, p := range to {
		p.process(message)
	}
}

// commit lets a member commit changes, and those join whom it adds.
func (c *circle) commit(by party, changes []change, joining ...party) {
	c.Helper()
	commit, welcome := by.commit(changes, c.form)
	c.tell(commit, c.others(by))
	for _, p := range joining {
		p.join(welcome)
	}
	c.members = append(c.members, joining...)
}

func (c *circle) add(by party, joining ...party) {
	c.Helper()
	var changes []change
	for _, p := range joining {
		changes = append(changes, change{add: p.keyPackage()})
	}
	c.commit(by, changes, joining...)
	c.agree()
}

// update renews the keys of a member by an empty commit.
func (c *circle) update(by party) {
	c.Helper()
	c.commit(by, nil)
	c.agree()
}

func (c *circle) remove(by, whom party) {
	c.Helper()
	c.commit(by, []change{{remove: whom.name()}})
	c.gone(whom)
}

func (c *circle) gone(whom party) {
	c.Helper()
	if whom.state().active {
		c.Fatalf("%s does not know that it was removed", whom.name())
	}
	c.members = c.others(whom)
	c.agree()
}

// propose lets a member propose, for whoever commits next.
func (c *circle) propose(by party, p change) {
	c.Helper()
	c.tell(by.propose(p, c.form), c.others(by))
}

func (c *circle) joinExternally(through, joiner party) {
	c.Helper()
	back := slices.Contains(c.members, joiner)
	commit := joiner.joinExternal(through.groupInfo(), back)
	c.tell(commit, c.others(joiner))
	if !back {
		c.members = append(c.members, joiner)
	}
	c.agree()
}

// story is the life of a group: each thing that can be done is done by a member
// of the one implementation and of the other. make gives a party of the first or
// of the second one.
func story(t *testing.T, f form, make func(who string, first bool) party) {
	a, b := make("anna", true), make("ben", false)
	c, d := make("carl", true), make("dora", false)
	e, g := make("emil", true), make("fay", false)
	circle := &circle{T: t, form: f, members: []party{a}}
	a.create([]byte("group"))

	circle.add(a, b)    // the creator adds one of the other implementation
	circle.add(b, c, d) // who adds two at once, of both
	circle.update(a)
	circle.update(b)
	circle.update(c)
	circle.update(d)

	circle.joinExternally(b, e) // through the other implementation
	circle.joinExternally(a, g)
	circle.joinExternally(b, e) // again: it replaces its own leaf
	circle.joinExternally(a, g)

	circle.propose(a, change{remove: d.name()}) // committed by the other one
	circle.commit(b, nil)
	circle.gone(d)
	circle.propose(b, change{remove: c.name()})
	circle.commit(a, nil)
	circle.gone(c)

	circle.propose(b, change{add: d.keyPackage()}) // d comes back, by reference
	circle.commit(a, nil, d)
	circle.agree()
	circle.propose(a, change{add: c.keyPackage()})
	circle.commit(b, nil, c)
	circle.agree()

	for _, p := range circle.members { // an Update of each of ours, committed by others
		o, ok := p.(*ours)
		if !ok {
			continue
		}
		circle.tell(o.proposeUpdate(f), circle.others(p))
		circle.commit(circle.others(p)[0], nil)
		circle.agree()
	}

	circle.remove(a, g) // of the other implementation
	circle.remove(b, e)
	circle.remove(b, a) // the creator
	circle.remove(d, c)
	circle.update(b)
	circle.update(d)
}

var allSuites = flag.Bool("all-suites", false, "TestTSMLS at suites 5 and 7 too, whose curves take ts-mls some minutes")

// TestTSMLS lives through the story with ts-mls, beginning on either side, with
// handshake messages of either form.
func TestTSMLS(t *testing.T) {
	d := startDriver(t, "driver.mjs", "ts-mls")
	suites := []mls.CipherSuite{1, 2, 3, 83}
	if *allSuites {
		suites = append(suites, 5, 7)
	}
	for _, suite := range suites {
		for _, f := range []form{public, private} {
			for _, weBegin := range []bool{true, false} {
				name := fmt.Sprintf("suite %d, public %v, we begin %v", suite, f, weBegin)
				t.Run(name, func(t *testing.T) {
					if !suite.Supported() {
						t.Skip("not run: suite 83 wants -tags mls_xwing83")
					}
					story(t, f, func(who string, first bool) party {
						if first == weBegin {
							return newOurs(t, who, suite)
						}
						return &theirs{d, t, who, suite}
					})
				})
			}
		}
	}
}
