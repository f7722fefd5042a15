package itest

import (
	"os"
	"path/filepath"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/fault"
)

// recoveryCrashes are operations on ways back in and the vault that are cut short.
var recoveryCrashes = []crash{
	{
		name: "cloud key",
		before: func(r *run) {
			r.registered()
			r.a.say(r.bob, "one")
			r.must(os.MkdirAll(r.place(), 0o700))
		},
		act: func(r *run) error {
			_, err := r.a.AddCloud(r.ctx, client.CloudOptions{Place: r.place()})
			return err
		},
		after: func(r *run) {
			list, err := r.a.RecoveryMethods(r.ctx)
			r.must(err)
			if len(list) != 1 || list[0].Place != r.place() {
				r.tb.Errorf("ways back: %+v, want the one in %s", list, r.place())
			}
			if n := len(r.files(r.place())); n != 1 {
				r.tb.Errorf("%d files, want one", n)
			}
			_, report, err := r.restoreCloud(r.alice, r.place(), "")
			r.must(err)
			r.intact(report, 1)
		},
	},
	{
		name: "vault off",
		before: func(r *run) {
			r.registered()
			r.a.say(r.bob, "one")
		},
		act: func(r *run) error {
			_, err := r.a.SetVault(r.ctx, false)
			if fault.KindOf(err) == fault.KindUsage && err != nil {
				_, err = r.a.Sync(r.ctx) // it was appended before the crash
			}
			return err
		},
		after: func(r *run) {
			r.a.sync()
			c := r.a.talk()
			if len(c.KeepsHistory) != 1 || c.KeepsHistory[0] != r.idOf(r.bob) || c.Pending != 0 {
				r.tb.Errorf("%d keep history, %d pending; want bob alone, and nothing", len(c.KeepsHistory), c.Pending)
			}
			r.b.say(r.alice, "two")
			r.sameFor(r.alice+": one", r.bob+": two")
		},
	},
}

// place is a folder for alice's cloud keys.
func (r *run) place() string { return filepath.Join(r.dir, "cloud of "+r.alice) }
