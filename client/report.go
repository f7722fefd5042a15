package client

import (
	"cmp"
	"context"
	"crypto/hmac"
	"encoding/hex"
	"slices"
	"unicode/utf8"

	"github.com/coffer-chat/coffer/api/wire"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/core/frank"
)

const (
	// MaxReported is how many messages a report holds, the versions of edited ones
	// counted one by one.
	MaxReported = frank.MaxOpenings
	// MaxReportReason is the size of a report's reason in bytes.
	MaxReportReason = frank.MaxReason
	// MaxReportContext is how many messages before and after each chosen one may be
	// shown with it.
	MaxReportContext = 10

	// maxReport is the size of the request's field.
	maxReport = 4 << 20
	// reportReach is how far from a chosen message its context is looked for, in
	// entries of the log.
	reportReach = 500
)

// ReportDraft is a report that was not sent: what its moderators would see.
type ReportDraft struct {
	Conversation convo.ID
	Name         string // of the conversation, as List has it
	// Messages are in the order of the log.
	Messages []Reported
	// Openings is how many messages that makes, each version of an edited one counted.
	Openings int
	// KeptDays is after how many days the server erases it, if nobody closes it earlier.
	KeptDays int
}

// Reported is a message in a report.
type Reported struct {
	Message
	// Chosen says that the person chose it; others are context.
	Chosen bool
	// Versions are all that it has said, the first one first and what it says now last;
	// nil if it was not edited.
	Versions []Version
}

// SentReport says what became of a report.
type SentReport struct {
	// ID names it to the moderators: 32 hexadecimal digits.
	ID       string
	Openings int
}

// DraftReport gathers chosen messages of one conversation, and around each as many
// others as are asked for. Nothing is sent. It fails where the server takes no reports.
func (e *Engine) DraftReport(ctx context.Context, ids []string, around int) (*ReportDraft, error) {
	if len(ids) == 0 {
		return nil, fault.Usage("a report names at least one message")
	}
	if around < 0 || around > MaxReportContext {
		return nil, fault.Usage("a report shows at most %d messages before and after each", MaxReportContext)
	}
	d := &ReportDraft{}
	err := e.withAccount(ctx, func() error {
		terms, err := wire.ReportClient{Doer: signedIn{e}}.GetReportTerms(ctx, &wire.GetReportTermsRequest{})
		if err != nil {
			return fault.FromServer(err)
		}
		if !terms.Taken {
			return fault.Usage("this server takes no reports; block the sender, or show the messages to somebody you trust")
		}
		d.KeptDays = int(terms.KeptDays)
		var c *conversation
		chosen := map[uint64]bool{}
		for _, id := range ids {
			at, err := e.findMessage(ctx, id)
			if err != nil {
				return err
			}
			if at.imported != nil {
				return fault.Usage("message %s was imported: nothing proves to this server who sent it", id)
			}
			if c != nil && c.id != at.c.id {
				return fault.Usage("a report is about one conversation; make one for each")
			}
			c = at.c
			chosen[at.seq] = true
		}
		s, err := e.summary(ctx, c)
		if err != nil {
			return err
		}
		d.Conversation, d.Name = c.id, s.Name
		seqs, err := e.withContext(ctx, c, chosen, around)
		if err != nil {
			return err
		}
		for _, seq := range seqs {
			r, err := e.draftOne(ctx, c, seq)
			if err != nil {
				return err
			}
			r.Chosen = chosen[seq]
			d.Messages = append(d.Messages, r)
			d.Openings += 1 + max(len(r.Versions)-1, 0)
		}
		if d.Openings > MaxReported {
			return fault.Usage("that is %d messages, earlier versions included; a report shows at most %d: choose fewer, or less around them", d.Openings, MaxReported)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return d, nil
}

// withContext returns the seqs of chosen messages and of others around them, in order.
func (e *Engine) withContext(ctx context.Context, c *conversation, chosen map[uint64]bool, around int) ([]uint64, error) {
	show := e.viewer(c)
	all := map[uint64]bool{}
	for seq := range chosen {
		all[seq] = true
		for _, step := range []int64{-1, 1} {
			at := int64(seq)
			for found, looked := 0, 0; found < around && looked < reportReach; looked++ {
				at += step
				if at < int64(c.st.Bottom.Seq) || at < 1 || at > int64(c.st.Top.Seq) {
					break
				}
				m, ok, err := show.at(ctx, uint64(at))
				if err != nil {
					return nil, err
				}
				if ok && reportable(&m) {
					all[uint64(at)] = true
					found++
				}
			}
		}
	}
	var out []uint64
	for seq := range all {
		out = append(out, seq)
	}
	slices.Sort(out)
	return out, nil
}

// reportable reports whether a shown entry is a message that can be shown to others.
func reportable(m *Message) bool {
	return m.Event == "" && !m.Unsent && !m.Unreadable && m.Seq != 0
}

// draftOne shows a message with what it said before.
func (e *Engine) draftOne(ctx context.Context, c *conversation, seq uint64) (Reported, error) {
	m, ok, err := e.messageAt(ctx, c, seq)
	if err != nil {
		return Reported{}, err
	}
	if !ok || m.Unsent {
		return Reported{}, fault.Usage("this message was deleted")
	}
	if !reportable(&m) {
		return Reported{}, fault.Usage("this is no message that can be reported")
	}
	r := Reported{Message: m}
	list, err := e.sayings(ctx, c, seq)
	if err != nil || len(list) == 1 {
		return r, err
	}
	r.Versions = e.versionsOf(ctx, c, list)
	return r, nil
}

// SendReport shows a draft's messages to the server's moderators. Each is held
// once more against the log, link, franking tag and frank; what the server has
// spoiled breaks the promise that messages can be reported, and nothing is sent; nor
// is what the draft did not show, such as a version that came after it.
func (e *Engine) SendReport(ctx context.Context, d *ReportDraft, reason string) (SentReport, error) {
	if len(reason) > MaxReportReason || !utf8.ValidString(reason) {
		return SentReport{}, fault.Usage("the reason is too long: at most %d bytes", MaxReportReason)
	}
	var sent SentReport
	err := e.withAccount(ctx, func() error {
		c, err := e.conv(ctx, d.Conversation)
		if err != nil {
			return err
		}
		p := frank.Report{Reason: reason}
		var list []saying
		for i := range d.Messages {
			said, err := e.sayings(ctx, c, d.Messages[i].Seq)
			if err != nil {
				return err
			}
			list = append(list, said...)
		}
		slices.SortFunc(list, func(a, b saying) int { return cmp.Compare(a.seq, b.seq) })
		if len(list) == 0 || len(list) > MaxReported {
			return fault.Usage("a report shows 1 to %d messages, earlier versions included", MaxReported)
		}
		if len(list) != d.Openings {
			return fault.Usage("a message was edited meanwhile: look at the report once more before it is sent")
		}
		for _, s := range list {
			o, err := e.opening(ctx, c, s)
			if err != nil {
				return err
			}
			p.Openings = append(p.Openings, o)
		}
		sent, err = e.fileReport(ctx, &p)
		return err
	})
	return sent, err
}

func (e *Engine) fileReport(ctx context.Context, p *frank.Report) (SentReport, error) {
	data := p.Append(nil)
	if len(data) > maxReport {
		return SentReport{}, fault.Usage("these messages are too large for one report: choose fewer")
	}
	r, err := wire.ReportClient{Doer: signedIn{e}}.FileReport(ctx, &wire.FileReportRequest{Report: data})
	if kind, _ := fault.Refusal(err); kind == wire.ErrorKindInvalid {
		return SentReport{}, fault.Broken(fault.PromiseReports, err, "the server disowns messages that it has signed for: it refuses the report")
	}
	if err != nil {
		return SentReport{}, fault.FromServer(err)
	}
	if len(r.Id) != 16 || r.Verified > uint32(len(p.Openings)) {
		return SentReport{}, &fault.Error{Kind: fault.KindFailed, Message: "the server's answer cannot be read"}
	}
	sent := SentReport{ID: hex.EncodeToString(r.Id), Openings: len(p.Openings)}
	if n := len(p.Openings) - int(r.Verified); n > 0 {
		return sent, fault.Broken(fault.PromiseReports, nil, "the server disowns %d of the %d reported messages, although it has signed for them: its moderators will not see them", n, len(p.Openings))
	}
	return sent, nil
}

// opening makes the opening of one entry, which it reads from the log again: the
// frank is not kept on devices.
func (e *Engine) opening(ctx context.Context, c *conversation, s saying) (frank.Opening, error) {
	link, ok, err := e.linkAt(ctx, c, s.seq)
	if err != nil {
		return frank.Opening{}, err
	}
	if !ok || s.seq < 2 {
		return frank.Opening{}, damaged(nil, "messages")
	}
	// The link of the entry before is in its own; so two are read.
	entries, _, err := e.readLog(ctx, c, s.seq-1, 2, false)
	if err != nil {
		return frank.Opening{}, err
	}
	if len(entries) != 2 || entries[1].Seq != s.seq {
		return frank.Opening{}, fault.Broken(fault.PromiseStored, nil, "the server does not have an entry of the log any more")
	}
	if err := e.checkRun(nil, entries); err != nil {
		return frank.Opening{}, err
	}
	x := entries[1]
	if x.Link != link {
		return frank.Opening{}, fault.Broken(fault.PromiseProved, convo.ErrBadLink, "the server shows another log than before")
	}
	raw, _, err := rawHeader(x)
	if err != nil {
		return frank.Opening{}, fault.Broken(fault.PromiseProved, err, "the server sent a damaged log entry")
	}
	h, err := convo.ParseHeader(raw)
	if err != nil {
		return frank.Opening{}, fault.Broken(fault.PromiseProved, err, "the server accepted a message without a header")
	}
	tag := frank.NewTag(s.msg)
	if !hmac.Equal(tag[:], h.FrankingTag[:]) {
		return frank.Opening{}, damaged(frank.ErrTag, "message")
	}
	f, err := frank.ParseFrank(x.Frank)
	if err != nil {
		return frank.Opening{}, fault.Broken(fault.PromiseReports, err, "a message's frank does not verify")
	}
	k := frank.Context{AcceptedMs: x.AcceptedMS}
	if k.Sender, err = e.user(x.Sender.Account); err != nil {
		return frank.Opening{}, err
	}
	if k.Room, err = e.room(c.id); err != nil {
		return frank.Opening{}, err
	}
	if err := f.Verify(e.self.serverKey, f.Suite, k); err != nil {
		return frank.Opening{}, fault.Broken(fault.PromiseReports, err, "a message's frank does not verify")
	}
	return frank.Opening{Content: s.msg.Bytes(), Context: k, Frank: f}, nil
}
