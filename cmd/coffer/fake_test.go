package main

import (
	"context"
	"crypto/sha256"
	"io"
	"io/fs"
	"strings"
	"time"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
)

// fake is an engine whose answers never change, so that what the commands
// print of them can be compared with a page. It has no rule of its own: the
// words in the arguments choose what goes wrong.
type fake struct {
	sent    client.Outgoing // the last message sent
	keys    []string        // of all messages sent
	removed []string        // devices removed after a restore
	restore client.RestoreOptions
	told    bool // notices have been shown
	synced  bool // there are some
	// everything makes them one of each kind.
	everything bool
	pin        client.PINOptions
	reminder   client.Reminder
	password   client.PasswordOptions
	cloud      client.CloudOptions
	secret     client.RecoverySecret
	reg        client.RegisterOptions
	// draft is what SetDraft has set; typing what a watch tells who is typing.
	draft  *string
	typing func(client.Typing)
}

var _ engine = (*fake)(nil)

// noon is the time at which all of it happens.
var noon = time.Date(2025, time.November, 21, 12, 0, 0, 0, time.UTC)

func person(name string) account.ID { return account.ID(sha256.Sum256([]byte("account " + name))) }

func messageNumber(n byte) client.MessageID {
	id := client.MessageID(sha256.Sum256([]byte{n}))
	id[0] = 1
	return id
}

func keyholder(kind account.Kind, name string, days int) client.Keyholder {
	h := sha256.Sum256([]byte("keyholder " + name))
	return client.Keyholder{ID: account.KeyholderID(h[:16]), Kind: kind, Name: name, Added: noon.AddDate(0, 0, -days)}
}

var (
	laptop    = this(keyholder(account.KindDevice, "laptop", 40))
	phone     = keyholder(account.KindDevice, "phone", 90)
	paperCode = keyholder(account.KindCode, "recovery code", 40)
	somePIN   = keyholder(account.KindPIN, "PIN", 3)

	driveKey = inPlace(keyholder(account.KindCloud, "cloud", 1), "rclone:drive:coffer")

	withBob = convo.DirectID("chat.example.org", person("alice"), person("bob"))
	family  = convo.GroupID("chat.example.org", person("alice"), [32]byte{1})
	old     = convo.GroupID("chat.example.org", person("alice"), [32]byte{2})
)

func inPlace(k client.Keyholder, place string) client.Keyholder {
	k.Place = place
	return k
}

func this(k client.Keyholder) client.Keyholder {
	k.This = true
	return k
}

// talk is the conversation of alice and bob.
func talk() []client.Message {
	at := func(minutes int) time.Time { return noon.Add(time.Duration(minutes-24*60) * time.Minute) }
	m := func(n byte, minutes int, who, text string) client.Message {
		return client.Message{
			ID: messageNumber(n), Seq: uint64(n) + 1, Conversation: withBob, Sender: person(who), SenderHandle: who,
			Time: at(minutes), Text: text, State: client.StateSent, Source: client.SourceCoffer,
		}
	}
	created := m(0, 0, "alice", "")
	created.ID, created.Event = client.MessageID{}, "created"
	list := []client.Message{
		created,
		m(1, 0, "alice", "Are you coming tonight?"),
		m(2, 1, "bob", "Yes, at eight\nor a little later"),
		m(3, 2, "alice", "Good"),
		m(4, 3, "bob", ""),
		m(5, 4, "bob", "From last time"),
		m(6, 24*60-10, "bob", "evil\x1b[2Jtext \u202ereversed"),
		m(7, 24*60-5, "alice", "On my way"),
	}
	list[2].Edited = true
	list[2].Reactions = []client.Reaction{{Account: person("alice"), Handle: "alice", Emoji: "👍"}}
	list[3].ReplyTo = messageNumber(2)
	list[4].Unsent = true
	list[5].Attachments = []client.Attachment{{Name: "beach.jpg", Size: 3_141_592, MediaType: "image/jpeg", SHA256: sha256.Sum256([]byte("beach"))}}
	list[7].State, list[7].Seq = client.StateQueued, 0
	return list
}

func conversations() []client.Conversation {
	p := func(name string, r convo.Role) client.Participant {
		return client.Participant{Account: person(name), Handle: name, Role: r}
	}
	return []client.Conversation{
		{ID: withBob, Kind: convo.Direct, Name: "bob", LastActivity: noon.Add(-5 * time.Minute), Messages: 7, HeadSeq: 8,
			Participants: []client.Participant{p("alice", convo.Member), p("bob", convo.Member)},
			KeepsHistory: []account.ID{person("alice"), person("bob")}},
		{ID: family, Kind: convo.Group, Name: "family", LastActivity: noon.Add(-30 * time.Hour), Messages: 1204, HeadSeq: 1260, Pending: 1,
			Participants: []client.Participant{p("alice", convo.Owner), p("bob", convo.Admin), p("carol", convo.Member)},
			KeepsHistory: []account.ID{person("alice")}},
		{ID: old, Kind: convo.Group, Name: "Dora Example", LastActivity: noon.AddDate(-8, 0, 0), Messages: 310, Imported: true,
			Participants: []client.Participant{{Handle: "Dora Example", Role: convo.Member}, p("alice", convo.Member)}},
	}
}

func (f *fake) Register(_ context.Context, o client.RegisterOptions) error {
	f.reg = o
	f.reg.Password = []byte(string(o.Password))
	if o.Handle == "bob" {
		return &fault.Error{Kind: fault.KindRefused, Message: "this handle is taken; choose another"}
	}
	return nil
}

func (f *fake) Restore(_ context.Context, o client.RestoreOptions) (*client.Restored, error) {
	f.restore = o
	f.restore.PIN, f.restore.Password = []byte(string(o.PIN)), []byte(string(o.Password))
	left := 7
	switch string(o.PIN) {
	case "wrong1":
		return &client.Restored{}, &fault.Error{Kind: fault.KindWrongSecret, Message: "wrong PIN", GuessesLeft: &left}
	case "locked1":
		left = 0
		return &client.Restored{}, &fault.Error{Kind: fault.KindLocked, Message: "the PIN is used up; what is left: the recovery code, another device", GuessesLeft: &left}
	}
	if o.Cloud == "rclone:guarded:" && len(o.Password) == 0 {
		return &client.Restored{}, client.ErrPasswordWanted
	}
	r := &client.Restored{
		Account: person("alice"), Handle: "alice", Conversations: 3, Messages: 1521, Expected: 1521,
		ConfirmedBy: "3 realms", AsOf: noon, Unlock: 410 * time.Millisecond, FirstPage: 690 * time.Millisecond, Total: 2310 * time.Millisecond,
		Keyholders: []client.Keyholder{phone, laptop},
	}
	if strings.HasPrefix(o.Code, "GAP") {
		r.Messages -= 4
		r.Gaps = []client.Gap{{Conversation: family, Name: "family", From: 17, To: 20, Reason: "the server does not hand them out"}}
		r.Unkept = []client.Gap{{Conversation: family, Name: "family", From: 30, To: 41, Messages: 7, Reason: client.WhyVaultOff.Words()}}
	}
	return r, nil
}

func (f *fake) Whoami(context.Context) (client.Identity, error) {
	return client.Identity{Handle: "alice", Account: person("alice").String(), Host: "chat.example.org",
		Server: "https://chat.example.org", Device: laptop.ID.String(), DeviceName: "laptop"}, nil
}

func (f *fake) AddPIN(_ context.Context, o client.PINOptions) (client.Keyholder, error) {
	f.pin = o
	f.pin.PIN, f.pin.Password = []byte(string(o.PIN)), []byte(string(o.Password))
	return somePIN, nil
}

func (f *fake) AddCode(context.Context) (string, client.Keyholder, error) {
	return "7Q2MX-9K4TD-0VWZC-E5RJH-3YBNA-6FSGP-8Q1TK-WD2MX", paperCode, nil
}

func (f *fake) AddCloud(_ context.Context, o client.CloudOptions) (client.Keyholder, error) {
	f.cloud = o
	f.cloud.Password = []byte(string(o.Password))
	switch o.Place {
	case "unmounted":
		return client.Keyholder{}, &fault.Error{Kind: fault.KindUsage, Message: "/mnt/unmounted is not there; is the drive mounted, or the name right?"}
	case "rclone:silent:":
		return client.Keyholder{}, &fault.Error{Kind: fault.KindUnreachable, Message: "the cloud does not answer; try again later, or give it longer with --timeout"}
	}
	return driveKey, nil
}

func (f *fake) RecoveryMethods(context.Context) ([]client.Keyholder, error) {
	return []client.Keyholder{paperCode, somePIN, driveKey}, nil
}

func (f *fake) RemoveRecovery(_ context.Context, prefix string) (client.Keyholder, error) {
	if !strings.HasPrefix(somePIN.ID.String(), prefix) {
		return client.Keyholder{}, &fault.Error{Kind: fault.KindUsage, Message: "there is no way back in with this id"}
	}
	k := somePIN
	k.Removed = true
	return k, nil
}

func (f *fake) TestRecovery(_ context.Context, s client.RecoverySecret) (client.Keyholder, error) {
	f.secret = s
	f.secret.PIN = []byte(string(s.PIN))
	switch {
	case len(s.PIN) > 0:
		return somePIN, nil
	case s.Cloud != "":
		return driveKey, nil
	}
	return paperCode, nil
}

func (f *fake) ChangePassword(_ context.Context, o client.PasswordOptions) error {
	f.password = client.PasswordOptions{PIN: []byte(string(o.PIN)), Password: []byte(string(o.Password))}
	if len(o.PIN) == 0 {
		return client.ErrPINWanted
	}
	return nil
}

func (f *fake) Remind(context.Context) (client.Reminder, error) { return f.reminder, nil }

func (f *fake) SetVault(_ context.Context, on bool) (client.VaultSwitched, error) {
	if on {
		return client.VaultSwitched{}, &fault.Error{Kind: fault.KindUsage, Message: "the vault is on already"}
	}
	return client.VaultSwitched{On: on, Conversations: 14, Pending: 2}, nil
}

func (f *fake) VaultStatus(context.Context) (client.Vault, error) {
	c := func(name, state, detail string) client.Check {
		return client.Check{Name: name, State: state, Detail: detail, CheckedAt: noon}
	}
	return client.Vault{State: "degraded", Realms: 3, Operators: 1, Checks: []client.Check{
		c("chain", "ok", "12 entries, each signature verified; confirmed by 3 realms"),
		c("sealed roots", "ok", "recomputed for all 4 keyholders: each would open"),
		c("realms", "degraded", "2 of 3 answer"),
	}}, nil
}

func (f *fake) Devices(context.Context) ([]client.Keyholder, error) {
	return []client.Keyholder{phone, laptop}, nil
}

func (f *fake) RemoveDevices(_ context.Context, ids []string) error {
	f.removed = append(f.removed, ids...)
	return nil
}

func (f *fake) Revoke(_ context.Context, id string, compromised bool, _ ...string) ([]client.Removal, error) {
	k := phone
	if !strings.HasPrefix(k.ID.String(), id) {
		return nil, &fault.Error{Kind: fault.KindUsage, Message: "there is none with the id \"" + id + "\""}
	}
	k.Removed = true
	r := client.Removal{Keyholder: k, Compromised: compromised, At: noon, By: laptop.ID, Conversations: 14}
	list := []client.Removal{r}
	if compromised {
		r.Keyholder, list[0].Pending = somePIN, 2
		r.Keyholder.Removed = true
		list = append(list, r)
	}
	return list, nil
}

func (f *fake) Removals(context.Context) ([]client.Removal, error) {
	k := keyholder(account.KindDevice, "old tablet", 300)
	k.Removed = true
	return []client.Removal{{Keyholder: k, At: noon.Add(-time.Minute), By: phone.ID, Conversations: 14, Pending: 2}}, nil
}

var shown = client.LinkShown{Code: "005816", Link: "COFFER-LINK:AAAQC", Expires: noon.Add(10 * time.Minute)}

func (f *fake) LinkDevice(ctx context.Context, o client.LinkOptions) (client.Keyholder, error) {
	if o.Show != nil {
		o.Show(shown)
	} else if err := askUntil(ctx, o.Ask); err != nil {
		return client.Keyholder{}, err
	}
	k := keyholder(account.KindDevice, "new\x1b[2J laptop", 0)
	yes, err := o.Confirm(ctx, client.LinkRequest{ID: k.ID, Name: k.Name, Platform: "linux"})
	if err == nil && !yes {
		err = &fault.Error{Kind: fault.KindRefused, Message: "nothing was linked"}
	}
	return k, err
}

func (f *fake) Link(ctx context.Context, o client.JoinOptions) (*client.Restored, error) {
	if o.Show != nil {
		o.Show(shown)
	} else if err := askUntil(ctx, o.Ask); err != nil {
		return &client.Restored{}, err
	}
	return &client.Restored{
		Account: person("alice"), Handle: "alice", Conversations: 3, Messages: 1521, Expected: 1521, ConfirmedBy: "the device that linked this one",
		AsOf: noon, Unlock: 8410 * time.Millisecond, FirstPage: 690 * time.Millisecond, Total: 10310 * time.Millisecond,
	}, nil
}

// askUntil asks until it is the right code.
func askUntil(ctx context.Context, ask client.AskCode) error {
	for left := 3; left > 0; left-- {
		if code, err := ask(ctx, left); err != nil || code == shown.Code {
			return err
		}
	}
	return &fault.Error{Kind: fault.KindWrongSecret, Message: "three wrong codes were tried"}
}

func (f *fake) RenameDevice(_ context.Context, _, name string) (client.Keyholder, error) {
	k := phone
	k.Name = name
	return k, nil
}

// Notices has one of each kind, for whom sync comes first.
func (f *fake) Notices(context.Context) ([]client.Notice, error) {
	tablet := keyholder(account.KindDevice, "tab\x1b[2Jlet", 0)
	n := func(kind string, about, by client.Keyholder, text string) client.Notice {
		return client.Notice{Number: 1, Kind: kind, Time: noon.Add(-time.Hour), Keyholder: about, By: by, Text: text}
	}
	guess := n(client.NoticeGuess, somePIN, client.Keyholder{}, "")
	guess.Guesses, guess.Wrong = 3, 2
	wrong := n(client.NoticeDeposit, client.Keyholder{}, client.Keyholder{}, "")
	wrong.Commit = &client.BadCommit{Conversation: family, Name: "#family", Epoch: 12, Account: person("bob"), Handle: "bob", Device: phone.ID}
	some := []client.Notice{n(client.NoticeAdded, tablet, phone, ""), guess}
	switch {
	case f.told || !f.synced:
		return nil, nil
	case !f.everything:
		return some, nil
	}
	return []client.Notice{
		n(client.NoticeAdded, tablet, phone, ""), n(client.NoticeAdded, paperCode, phone, ""), n(client.NoticeRecovered, tablet, paperCode, ""),
		n(client.NoticeRemoved, phone, tablet, "compromised"), n(client.NoticeVault, client.Keyholder{}, tablet, "off"), guess,
		wrong, n(client.NoticeLocked, somePIN, client.Keyholder{}, ""), n(client.NoticeRealm, somePIN, client.Keyholder{}, "https://realm.example"),
	}, nil
}

func (f *fake) NoticesShown(_ context.Context, upTo uint64) error {
	f.told = upTo == 1
	return nil
}

func (f *fake) GuessLog(context.Context) ([]client.Guess, []string, error) {
	g := func(seq uint64, event string, inARow int) client.Guess {
		return client.Guess{Realm: "https://realm.example", Seq: seq, Time: noon.Add(time.Duration(seq) * time.Minute), Event: event, InARow: inARow, Failures: inARow}
	}
	return []client.Guess{g(1, "registered", 0), g(2, "guess", 1), g(3, "wrong", 1), g(4, "guess", 2), g(5, "opened", 0)}, []string{"https://other.example"}, nil
}

func (f *fake) Safety(_ context.Context, handle string) (client.Safety, error) {
	return client.Safety{Handle: handle, Account: person(handle).String(), Pinned: handle == "bob", KeepsHistory: handle == "bob",
		Number: "37841 92003 55512 01977 84210 66639 10284 47755 90021 33468 71192 05503",
		Link:   "coffer://chat.example.org/" + handle + "#" + person(handle).String()}, nil
}

func (f *fake) FindConversation(_ context.Context, to string) (client.Conversation, error) {
	for _, c := range conversations() {
		if to == c.Name || to == "#"+c.Name {
			if f.draft != nil {
				c.Draft = *f.draft
			} else if c.Name == "family" {
				c.Draft = "Dear all, \x1b[2J"
			}
			return c, nil
		}
	}
	return client.Conversation{}, &fault.Error{Kind: fault.KindUsage, Message: "there is no such conversation"}
}

func (f *fake) FindMessage(_ context.Context, prefix string) (client.Message, error) {
	var found []client.Message
	var choices []string
	for _, m := range talk() {
		if m.Event == "" && strings.HasPrefix(m.ID.String(), prefix) {
			found, choices = append(found, m), append(choices, m.ID.String())
		}
	}
	switch len(found) {
	case 0:
		return client.Message{}, &fault.Error{Kind: fault.KindUsage, Message: "there is no message with this id"}
	case 1:
		return found[0], nil
	}
	return client.Message{}, &fault.Error{Kind: fault.KindUsage, Message: "this id could be several messages", Choices: choices[:2]}
}

func (f *fake) Send(_ context.Context, to string, o client.Outgoing) (client.Message, error) {
	f.sent = o
	f.keys = append(f.keys, o.Key)
	m := talk()[3]
	m.ID, m.Text, m.ReplyTo, m.Time = messageNumber(byte(99+len(f.keys))), o.Text, o.ReplyTo, noon
	for _, x := range o.Files {
		b, err := io.ReadAll(io.NewSectionReader(x.Content, 0, x.Size))
		if err != nil {
			return client.Message{}, err
		}
		m.Attachments = append(m.Attachments, client.Attachment{Name: x.Name, Size: x.Size, MediaType: "text/plain", SHA256: sha256.Sum256(b)})
	}
	switch to {
	case "away":
		m.State, m.Seq = client.StateQueued, 0
		return m, &fault.Error{Kind: fault.KindUnreachable, Message: "the server cannot be reached; try again later"}
	case "nobody":
		return client.Message{}, &fault.Error{Kind: fault.KindRefused, Message: "there is no nobody on this server"}
	case "fam":
		return client.Message{}, &fault.Error{Kind: fault.KindUsage, Message: "fam could be several conversations", Choices: []string{"fam", "#fam"}}
	}
	return m, nil
}

func (f *fake) SendMany(ctx context.Context, to string, next func() (client.Outgoing, bool), each func(client.Message, error)) error {
	for {
		o, ok := next()
		if !ok {
			return nil
		}
		each(f.Send(ctx, to, o))
	}
}

func (f *fake) Edit(ctx context.Context, id, text string) (client.Message, error) {
	m, err := f.FindMessage(ctx, id)
	m.Text, m.Edited = text, true
	return m, err
}

func (f *fake) Unsend(ctx context.Context, id string) error {
	_, err := f.FindMessage(ctx, id)
	return err
}

func (f *fake) DeleteForMe(ctx context.Context, id string) error { return f.Unsend(ctx, id) }

func (f *fake) React(ctx context.Context, id, _ string, _ bool) error { return f.Unsend(ctx, id) }

func (f *fake) SaveAttachment(_ context.Context, _ string, _ int, w io.Writer) (client.Attachment, error) {
	_, err := io.WriteString(w, "beach")
	return talk()[5].Attachments[0], err
}

func (f *fake) GroupCreate(_ context.Context, name string, handles []string) (client.Conversation, error) {
	c := conversations()[1]
	c.Name, c.Messages, c.HeadSeq, c.Pending, c.LastActivity = name, 0, 1, 0, noon
	c.Participants = c.Participants[:1]
	for _, h := range handles {
		c.Participants = append(c.Participants, client.Participant{Account: person(h), Handle: h, Role: convo.Member})
	}
	return c, nil
}

func (f *fake) GroupAdd(context.Context, string, []string) error    { return nil }
func (f *fake) GroupRemove(context.Context, string, []string) error { return nil }
func (f *fake) GroupLeave(context.Context, string) error            { return nil }

func (f *fake) GroupInfo(ctx context.Context, name string) (client.Conversation, error) {
	c, err := f.FindConversation(ctx, "#"+strings.TrimPrefix(name, "#"))
	if n, none := f.HistoryNumber(ctx, c.Name, 0); err == nil && none == nil {
		c.Number = &n
	}
	return c, err
}

func (f *fake) List(context.Context) ([]client.Conversation, error) {
	return append(conversations(), stranger()), nil
}

func (f *fake) History(_ context.Context, to string, p client.Page) ([]client.Message, error) {
	if to == "liar" {
		return nil, &fault.Error{Kind: fault.KindIntegrity, Promise: fault.PromiseProved, Message: "a link of the log does not follow from the one before"}
	}
	list := talk()
	if p.Limit > 0 && p.Limit < len(list) {
		list = list[len(list)-p.Limit:]
	}
	return list, nil
}

func (f *fake) Watch(ctx context.Context, to string, each func(client.Message) error) error {
	if to == "family" {
		f.typing(carolTypes())
	}
	for _, m := range talk() {
		if err := each(m); err != nil {
			return err
		}
	}
	<-ctx.Done()
	return ctx.Err()
}

func (f *fake) Search(_ context.Context, words []string, _ string) ([]client.Message, error) {
	var found []client.Message
	for _, m := range talk() {
		if strings.Contains(m.Text, words[0]) {
			found = append(found, m)
		}
	}
	return found, nil
}

func (f *fake) Sync(context.Context) (client.Synced, error) {
	f.synced = true
	return client.Synced{Sent: 1, Received: 12, Pending: 0}, nil
}

func (f *fake) ImportMessenger(context.Context, fs.FS, string) (client.Imported, error) {
	return client.Imported{Threads: 12, Messages: 2345, Attachments: 31, Skipped: 2,
		Problems: []string{"inbox/dora_1/message_1.json: 2 messages have no sender"}}, nil
}
