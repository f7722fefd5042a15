package itest

import (
	"strings"
	"testing"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/mls"
)

const hybrid = mls.MLS_128_MLKEM768X25519_AES128GCM_SHA256_Ed25519

// events returns what a conversation's history shows besides messages.
func (d *device) events(with string) (out []string) {
	d.w.tb.Helper()
	h, err := d.History(d.w.ctx, with, client.Page{})
	d.w.must(err)
	for _, m := range h {
		if m.Event != "" {
			out = append(out, strings.TrimSpace(m.SenderHandle+" "+m.Event+" "+m.Text))
		}
	}
	return out
}

// meets syncs until the device knows a conversation: the server's list of them is
// filled a moment later.
func (d *device) meets(room string) {
	d.w.tb.Helper()
	d.w.eventually(d.name+" hears of "+room, func() bool {
		d.sync()
		_, err := d.History(d.w.ctx, room, client.Page{})
		return err == nil
	})
}

// reopenings returns those that tell of a new generation.
func (d *device) reopenings(with string) (out []string) {
	for _, e := range d.events(with) {
		if strings.Contains(e, "reopened") {
			out = append(out, e)
		}
	}
	return out
}

// TestBadCommit: a member bricks a group by a commit that the server cannot tell
// from a right one. The others go on in the next generation, visibly, lose
// nothing, and restore all of it.
func TestBadCommit(t *testing.T) {
	t.Parallel()
	for name, hurt := range map[string][]func(*damage){
		"a confirmation tag that is wrong":           {wrongTag},
		"and deposits that do not open":              {wrongTag, wrongDeposits},
		"an external_pub that is not the epoch's":    {wrongExternalPub},
		"all of it, and nothing to join the rest by": {wrongTag, wrongExternalPub, wrongDeposits},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			bob, carol := w.register("bob"), w.register("carol")
			code, _, err := bob.AddCode(w.ctx)
			w.must(err)
			bob.sync()
			carol.sync()
			m := w.mallory()
			m.begin(hybrid, bob, carol)
			room := m.id.String()
			bob.meets(room)
			carol.meets(room)
			bob.say(room, "before")
			carol.sync()
			m.readUp()
			m.brick(hurt...)

			bob.say(room, "after")
			carol.sync()
			carol.say(room, "here too")
			bob.sync()
			want := []string{"bob: before", "bob: after", "carol: here too"}
			bob.sees(room, want...)
			carol.sees(room, want...)
			for _, d := range []*device{bob, carol} {
				if got := d.reopenings(room); len(got) != 1 || !strings.HasSuffix(got[0], " reopened a commit could not be processed") {
					t.Errorf("%s is told: %q", d.name, got)
				}
			}
			fresh, r, err := w.restoreCode("bob", code)
			w.must(err)
			fresh.sees(room, want...)
			if len(r.Gaps) > 0 {
				t.Errorf("gaps: %v", r.Gaps)
			}
			if got := fresh.reopenings(room); len(got) != 1 {
				t.Errorf("a restored device is told: %q", got)
			}
			fresh.say(room, "back again")
			carol.sync()
			carol.sees(room, append(want, "bob: back again")...)
		})
	}
}
