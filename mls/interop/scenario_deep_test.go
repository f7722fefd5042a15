package interop

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/coffer-chat/coffer/mls"
)

var deepSeed = flag.Uint64("deep.seed", 0, "seed of TestDeepRandom; 0: a new one")

// TestDeepRandom is the official deep_random in a smaller form: a group that
// random members change at random, by Adds, Updates, Removes and external joins,
// of which some replace the joiner's earlier leaf.
func TestDeepRandom(t *testing.T) {
	seed := *deepSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("-deep.seed=%d", seed)
	conn := dial(t)
	for i, suite := range mls.SupportedSuites() {
		private := i%2 == 0
		t.Run(fmt.Sprintf("%#x/%s", uint16(suite), wireFormat(private)), func(t *testing.T) {
			d := &deep{story: newStory(t, conn, suite, private), Rand: rand.New(rand.NewPCG(seed, uint64(suite)))}
			d.start(8)
			for range 10 {
				d.step()
			}
			d.agree(d.members...)
			d.free()
		})
	}
}

type deep struct {
	*story
	*rand.Rand
	members []string
	born    int
}

func (d *deep) newcomer() string {
	d.born++
	return fmt.Sprintf("actor%d", d.born)
}

func (d *deep) start(n int) {
	var others []string
	for range n - 1 {
		others = append(others, d.newcomer())
	}
	d.create("actor0", others...)
	d.members = append(others, "actor0")
}

// split deals the members out: the last is left for the committer.
func (d *deep) split() (removed, updating, rest []string) {
	list := slices.Clone(d.members)
	d.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	r := d.IntN(len(list)*2/5 + 1)
	u := r + d.IntN(len(list)*2/5+1)
	return list[:r], list[r:u], list[u:]
}

func (d *deep) step() {
	d.Helper()
	if d.IntN(5) == 0 {
		d.external()
		return
	}
	removed, updating, rest := d.split()
	by := rest[0]
	c := commit{members: slices.Concat(updating, rest[1:]), path: d.IntN(2) == 0, externalTree: d.IntN(2) == 0}
	for _, m := range updating {
		c.ref = append(c.ref, d.update(m))
	}
	for _, m := range removed {
		if d.IntN(2) == 0 {
			c.value = append(c.value, removing(m))
		} else {
			c.ref = append(c.ref, d.remove(rest[d.IntN(len(rest))], m))
		}
	}
	for range d.IntN(6) {
		who := d.newcomer()
		c.joiners = append(c.joiners, who)
		if kp := d.keyPackage(who); d.IntN(2) == 0 {
			c.value = append(c.value, adding(kp))
		} else {
			c.ref = append(c.ref, d.add(rest[d.IntN(len(rest))], kp))
		}
	}
	d.commit(by, c)
	d.members = slices.Concat(c.members, c.joiners, []string{by})
}

// external lets a newcomer in by an external commit, or a member come back.
func (d *deep) external() {
	d.Helper()
	_, _, rest := d.split()
	through := rest[0]
	who, back := d.newcomer(), d.IntN(2) == 0 && len(rest) > 1
	if back {
		who = rest[1]
	}
	others := slices.DeleteFunc(slices.Clone(d.members), func(m string) bool { return m == through || m == who })
	d.joinExternally(through, who, joinOptions{members: others, removePrior: back, externalTree: d.IntN(2) == 0})
	if !back {
		d.members = append(d.members, who)
	}
}
