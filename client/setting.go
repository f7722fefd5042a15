package client

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// tableSetting holds the info message that counts: .ID(conversation).
var tableSetting = store.Table("ci")

const settingVersion = 1

// setting is the info message of a conversation that counts.
type setting struct {
	seq uint64
	// entitled says that its sender may set it. What somebody else has sent anew
	// for a newcomer counts until the newcomer finds one that does.
	entitled bool
	content  []byte // the message
}

func (s *setting) append(b []byte) []byte {
	b = syntax.AppendUint16(b, settingVersion)
	b = syntax.AppendUint64(b, s.seq)
	b = syntax.AppendBool(b, s.entitled)
	return syntax.AppendOpaque(b, s.content)
}

func parseSetting(v []byte) (*setting, error) {
	r := syntax.NewReader(v)
	if version := r.Uint16(); r.Err() == nil && version != settingVersion {
		r.Fail(syntax.ErrInvalidValue)
	}
	s := &setting{seq: r.Uint64(), entitled: r.Bool(), content: r.Opaque()}
	return s, r.Done()
}

// info is what the message says; a new Info where there is none.
func (s *setting) info() content.Info {
	if m, err := content.Parse(s.content); err == nil {
		if v := m.View(); v.Info != nil {
			return *v.Info
		}
	}
	return content.Info{}
}

// settingOf returns the setting of a conversation; one with seq 0 is none.
func (e *Engine) settingOf(ctx context.Context, c *conversation) (*setting, error) {
	if c.setting != nil {
		return c.setting, nil
	}
	v, err := e.get(ctx, tableSetting.ID(c.id[:]))
	if err != nil {
		return nil, err
	}
	c.setting = &setting{seq: c.st.InfoSeq, entitled: true}
	if v != nil {
		if c.setting, err = parseSetting(v); err != nil {
			c.setting = nil
			return nil, damaged(err, "conversation's settings")
		}
	}
	return c.setting, nil
}

// info takes a conversation's name and settings from an entitled sender: an admin
// or owner in the message's MLS epoch, or either of two. Who has left since has set
// it all the same.
func (f *fold) info(ctx context.Context, o *opened, r *record) error {
	r.id, r.kind = o.id, recordMark
	// What counts is the sender's role then: who has left since has named it still.
	list, err := f.participantsIn(ctx, epochOf(o.entry))
	if err != nil {
		return err
	}
	if list == nil {
		list = f.c.st.Participants
	}
	role, in := list.Role(r.account)
	s, err := f.e.settingOf(ctx, f.c)
	if err != nil {
		return err
	}
	entitled := in && (role > convo.Member || f.c.st.Kind == convo.Direct)
	if entitled && f.c.st.Kind == convo.Group {
		f.noteHistorySet(r.seq, o.view.Info.HistorySince)
	}
	newer := r.seq > s.seq
	if entitled && (newer || !s.entitled) || in && s.seq == 0 {
		before, now := s.info(), o.view.Info
		before.Name = f.c.st.Name
		switch {
		case !newer:
		case s.seq != 0 && before.Name != now.Name:
			r.text = "renamed"
		case before.ExpireSeconds != now.ExpireSeconds:
			r.text = expiryEvent(now.ExpireSeconds)
		case s.seq != 0 && (before.HistorySince == 0) != (now.HistorySince == 0):
			r.text = historyEvent(now.HistorySince != 0)
		}
		f.c.setting = &setting{seq: r.seq, entitled: entitled, content: o.msg.Bytes()}
		f.b.Set(tableSetting.ID(f.c.id[:]).Bytes(), f.c.setting.append(nil))
		f.c.st.InfoSeq, f.c.st.Name = r.seq, now.Name
	}
	if r.text != "" {
		r.kind = recordEvent
	}
	return f.put(ctx, r)
}

const eventExpiry = "expiry"

func expiryEvent(seconds uint32) string {
	return eventExpiry + " " + strconv.FormatUint(uint64(seconds), 10)
}

// eventOf splits the text of an event's record into the event and what it says.
func eventOf(text string) (event, says string) {
	if event, why, ok := reopened(text); ok {
		return event, why
	}
	event, n, ok := strings.Cut(text, " ")
	if event == eventRole || event == eventHistory {
		return event, n
	}
	seconds, err := strconv.ParseUint(n, 10, 32)
	if !ok || err != nil || event != eventExpiry {
		return text, ""
	}
	if seconds == 0 {
		return event, "off"
	}
	return event, FormatExpiry(time.Duration(seconds) * time.Second)
}

// expiry is after what time new messages of a conversation disappear.
func (s *setting) expiry() time.Duration { return time.Duration(s.info().ExpireSeconds) * time.Second }

// SetExpiry says after what time new messages of a conversation disappear; 0 is
// never. In a group, admins and owners may. The server does not learn it, but for
// the time at which it is to erase each message.
func (e *Engine) SetExpiry(ctx context.Context, to string, d time.Duration) (Conversation, error) {
	var out Conversation
	err := e.withAccount(ctx, func() error {
		if d != 0 {
			if err := checkExpiry(d); err != nil {
				return err
			}
		}
		c, err := e.target(ctx, to)
		if err != nil {
			return err
		}
		if err := e.freshen(ctx, c); err != nil {
			return err
		}
		if c.st.Gone {
			return e.goneError()
		}
		role, in := c.st.Participants.Role(e.self.id)
		if in && c.st.Kind == convo.Group && role == convo.Member {
			return fault.Usage("only an owner or admin of a group can change when its messages disappear")
		}
		out, err = e.changeInfo(ctx, c, "setting", func(info *content.Info) error {
			info.ExpireSeconds = uint32(d / time.Second)
			return nil
		})
		return err
	})
	return out, err
}

// FormatExpiry writes a length of time as people do: 30s, 5m, 8h, 1d, 4w.
func FormatExpiry(d time.Duration) string {
	for _, u := range expiryUnits {
		if d > 0 && d%u.length == 0 {
			return strconv.FormatInt(int64(d/u.length), 10) + u.name
		}
	}
	return d.String()
}

// ParseExpiry reads a length of time: a whole number and s, m, h, d or w.
func ParseExpiry(text string) (time.Duration, error) {
	for _, u := range expiryUnits {
		digits, ok := strings.CutSuffix(text, u.name)
		n, err := strconv.ParseUint(digits, 10, 32)
		if ok && err == nil && n <= uint64(MaxExpiry/u.length) {
			return time.Duration(n) * u.length, checkExpiry(time.Duration(n) * u.length)
		}
	}
	return 0, fault.Usage("%q is no length of time such as 30s, 5m, 8h, 1d or 4w; 4 weeks is the longest", text)
}

var expiryUnits = []struct {
	name   string
	length time.Duration
}{
	{"w", 7 * 24 * time.Hour}, {"d", 24 * time.Hour}, {"h", time.Hour}, {"m", time.Minute}, {"s", time.Second},
}
