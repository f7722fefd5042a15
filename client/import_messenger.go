package client

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/messenger"
	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/core/payload"
)

// Imported is the outcome of an import.
type Imported struct {
	Threads     int // with something new
	Messages    int // new ones
	Attachments int // uploaded with them
	Skipped     int // messages that were here before
	// Problems name what could not be imported, and why; the rest is there.
	Problems []string
}

const (
	// importTarget is the size of a payload in bytes at which the next one begins.
	importTarget = 48 << 10
	// importAhead is how many payloads are appended at a time.
	importAhead = 16
	// maxProblems is how many problems are named.
	maxProblems = 1000
	// importAheadBytes is at how many bytes they are appended at the latest.
	importAheadBytes = 1 << 20
	// maxImportNames is how many bytes of participants' names are kept of a thread.
	maxImportNames = 32 << 10
)

// ImportMessenger imports a Facebook Messenger export into the account's private
// log: messages, reactions and files, on all of its devices. me is the account's
// own name in the export, "" where the export tells. Importing again, also after
// an import that was cut short or on another device, adds nothing twice.
func (e *Engine) ImportMessenger(ctx context.Context, fsys fs.FS, me string) (Imported, error) {
	export, owner, err := openMessenger(fsys, me)
	if err != nil {
		return Imported{}, err
	}
	x := &messengerImport{e: e, export: export, owner: owner, files: map[string]content.Attachment{}}
	if x.total, err = countMessages(fsys); err != nil {
		return Imported{}, err
	}
	if err := e.withAccount(ctx, func() error { return e.syncPrivate(ctx) }); err != nil {
		return Imported{}, err
	}
	threads := export.Threads()
	for i := range threads {
		if err = x.thread(ctx, &threads[i]); err != nil {
			break
		}
	}
	if err == nil {
		err = x.flush(ctx)
	}
	x.addProblems()
	return x.out, err
}

// openMessenger opens an export and finds out whose it is.
func openMessenger(fsys fs.FS, me string) (*messenger.Export, string, error) {
	export, err := messenger.Open(fsys)
	if errors.Is(err, messenger.ErrNoExport) {
		return nil, "", fault.Usage("there is no Messenger export in JSON format here; ask Facebook for one in the format JSON, not HTML")
	}
	if err != nil {
		return nil, "", fault.Failed(err, "the export cannot be read")
	}
	if me != "" {
		if !export.IsParticipant(me) {
			return nil, "", fault.Usage("nobody in the export is called %q", me)
		}
		return export, me, nil
	}
	owner, err := export.Owner()
	var unclear *messenger.OwnerError
	if errors.As(err, &unclear) {
		return nil, "", &fault.Error{Kind: fault.KindUsage, Message: "say which of the export's people you are", Choices: unclear.Choices}
	}
	if err != nil {
		return nil, "", fault.Failed(err, "the export cannot be read")
	}
	return export, owner, nil
}

// countMessages reads the export once, so that progress has an end. It opens it
// anew, or problems would be named twice.
func countMessages(fsys fs.FS) (int64, error) {
	export, err := messenger.Open(fsys)
	if err != nil {
		return 0, fault.Failed(err, "the export cannot be read")
	}
	var n int64
	threads := export.Threads()
	for i := range threads {
		for range export.Messages(&threads[i]) {
			n++
		}
	}
	return n, nil
}

// messengerImport is one import under way.
type messengerImport struct {
	e      *Engine
	export *messenger.Export
	owner  string
	out    Imported
	files  map[string]content.Attachment // uploaded, by path: stickers are used often

	done, total int64
	building    payload.Import
	size        int // of building, about
	ready       []payload.Payload
	readySize   int
}

// thread imports one thread.
func (x *messengerImport) thread(ctx context.Context, t *messenger.Thread) error {
	var known map[content.MessageID]bool
	err := x.e.withAccount(ctx, func() (err error) {
		known, err = x.e.knownIDs(ctx, payload.ImportedThreadID(x.e.self.id, SourceMessenger, t.ID))
		return err
	})
	if err != nil {
		return err
	}
	run := payload.ImportRun{Thread: t.ID, Title: t.Title, Kind: convo.Direct, Owner: x.owner}
	if t.Kind == messenger.Group {
		run.Kind = convo.Group
	}
	run.Participants = x.names(t)
	fresh := false
	for m := range x.export.Messages(t) {
		x.done++
		x.e.cfg.Progress(Progress{Task: "import", Done: x.done, Total: x.total})
		mid := payload.ImportedMessageID(SourceMessenger, m.ID)
		if known[mid] {
			x.out.Skipped++
			continue
		}
		known[mid] = true
		out, err := x.convert(ctx, mid, &m)
		if err != nil {
			return err
		}
		if !fresh {
			fresh = true
			x.out.Threads++
		}
		if err := x.add(ctx, &run, out); err != nil {
			return err
		}
		run.Participants = nil // said once
	}
	return ctx.Err()
}

// names returns a thread's participants, as many as there is room for.
func (x *messengerImport) names(t *messenger.Thread) []string {
	room := maxImportNames
	for i, name := range t.Participants {
		if room -= len(name) + 4; room < 0 {
			x.problem(fmt.Sprintf("%s: only the first %d participants are kept", t.ID, i))
			return t.Participants[:i]
		}
	}
	return t.Participants
}

// add adds a message to the payload that is being built.
func (x *messengerImport) add(ctx context.Context, run *payload.ImportRun, m payload.ImportedMessage) error {
	x.out.Messages++
	runs := &x.building.Runs
	if n := len(*runs); n == 0 || (*runs)[n-1].Thread != run.Thread {
		*runs = append(*runs, *run)
		x.size += len(run.Append(nil))
	}
	last := &(*runs)[len(*runs)-1]
	last.Messages = append(last.Messages, m)
	x.size += len(m.Append(nil))
	if x.size < importTarget {
		return nil
	}
	x.seal()
	if len(x.ready) < importAhead && x.readySize < importAheadBytes {
		return nil
	}
	return x.flush(ctx)
}

// seal ends the payload that is being built.
func (x *messengerImport) seal() {
	if len(x.building.Runs) == 0 {
		return
	}
	x.building.Source = SourceMessenger
	x.ready = append(x.ready, payload.Payload{Kind: payload.KindImport, Body: x.building.Bytes()})
	x.readySize += x.size
	x.building, x.size = payload.Import{}, 0
}

// flush appends what was built to the private log, from where this device takes
// it like every other.
func (x *messengerImport) flush(ctx context.Context) error {
	x.seal()
	if len(x.ready) == 0 {
		return nil
	}
	err := x.e.withAccount(ctx, func() error { return x.e.appendPrivate(ctx, x.ready...) })
	x.ready, x.readySize = nil, 0
	return err
}

func (x *messengerImport) problem(text string) {
	if len(x.out.Problems) < maxProblems {
		x.out.Problems = append(x.out.Problems, text)
	}
}

// addProblems adds what the export's reader could not read.
func (x *messengerImport) addProblems() {
	list, more := x.export.Problems()
	for _, p := range list {
		x.problem(p.Path + ": " + p.Err.Error())
	}
	if more > 0 {
		x.problem(fmt.Sprintf("and %d more", more))
	}
}
