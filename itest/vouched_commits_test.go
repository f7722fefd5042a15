package itest

import (
	"testing"

	pb "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/fault"
)

// TestCommitsBelowCheckpoint: a checkpoint stands for the signatures of the
// commits below it too, and for nothing else: an altered one, a record of another
// epoch, a deposit that nobody signed are found whatever the sample is.
func TestCommitsBelowCheckpoint(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, _, _, code := w.longTalk()
	_, r, err := w.restoreCode("bob", code)
	w.must(err)
	w.intact(r, 80)
	l := w.liar()
	for _, x := range []struct {
		name    string
		promise fault.Promise
		alter   func(b *pb.EpochBundle)
	}{
		{"a commit's signature", fault.PromiseProved, func(b *pb.EpochBundle) {
			// Before confirmation and membership tag.
			b.Commit.Body = flipAt(b.Commit.Body, len(b.Commit.Body)-67)
		}},
		{"a commit's sender", fault.PromiseProved, func(b *pb.EpochBundle) { b.Commit.Account = flip(b.Commit.Account) }},
		{"a commit's time", fault.PromiseProved, func(b *pb.EpochBundle) { b.Commit.AcceptedMs++ }},
		{"a commit's place", fault.PromiseProved, func(b *pb.EpochBundle) { b.Seq, b.Commit.Seq = b.Seq+1, b.Commit.Seq+1 }},
		{"a record", fault.PromiseProved, func(b *pb.EpochBundle) { b.Record = flip(b.Record) }},
		{"a head table", fault.PromiseProved, func(b *pb.EpochBundle) { b.HeadTable = flip(b.HeadTable) }},
		{"the committer's signature", fault.PromiseProved, func(b *pb.EpochBundle) { b.Signature = flip(b.Signature) }},
		{"the own deposit", fault.PromiseStored, func(b *pb.EpochBundle) { b.Deposit.Sealed = flip(b.Deposit.Sealed) }},
		{"no commit", fault.PromiseStored, func(b *pb.EpochBundle) { b.Commit = nil }},
	} {
		t.Run(x.name, func(t *testing.T) {
			defer w.in(t)()
			spoil(l, "ReadEpochs", func(_ *pb.ReadEpochsRequest, a *pb.ReadEpochsResponse) {
				for _, b := range a.Bundles {
					x.alter(b)
				}
			})
			fresh, _, err := w.restoreCode("bob", code)
			if l.honest() == 0 {
				t.Fatal("the liar was not asked")
			}
			w.misbehaved(err, x.promise)
			r, err := fresh.Restore(w.ctx, client.RestoreOptions{Server: w.http.URL, Handle: "bob", Code: code, WaitAll: true})
			w.must(err)
			w.intact(r, 80)
		})
	}
}
