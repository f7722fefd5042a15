package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/internal/plain"
)

type noticeObject struct {
	Type    string `json:"type"`
	Kind    string `json:"kind"`
	Time    string `json:"time"`
	ID      string `json:"id"`
	Name    string `json:"name"`
	What    string `json:"what"`
	By      string `json:"by"`
	ByName  string `json:"byName"`
	Text    string `json:"text"`
	Guesses int    `json:"guesses"`
	Wrong   int    `json:"wrong"`
	// These are of a commit with a wrong deposit.
	Conversation string  `json:"conversation,omitempty"`
	Of           string  `json:"conversationName,omitempty"`
	Handle       string  `json:"handle,omitempty"`
	Account      string  `json:"account,omitempty"`
	Device       string  `json:"device,omitempty"`
	Generation   *uint32 `json:"generation,omitempty"`
	Epoch        uint64  `json:"epoch,omitempty"`

	Message string `json:"message"`
}

func (a *app) noticeOf(n client.Notice) noticeObject {
	o := noticeObject{
		Type: "notice", Kind: n.Kind, Time: timestamp(n.Time), Text: n.Text, Guesses: n.Guesses, Wrong: n.Wrong, Message: a.noticeText(n),
	}
	if !n.Keyholder.ID.IsZero() {
		o.ID, o.Name, o.What = n.Keyholder.ID.String(), n.Keyholder.Name, n.Keyholder.Kind.String()
	}
	if !n.By.ID.IsZero() {
		o.By, o.ByName = n.By.ID.String(), n.By.Name
	}
	if c := n.Commit; c != nil {
		o.Conversation, o.Of, o.Handle, o.Account, o.Device = c.Conversation.String(), c.Name, c.Handle, c.Account.String(), c.Device.String()
		o.Generation, o.Epoch = &c.Generation, c.Epoch
	}
	return o
}

// tellNotices prints, on standard error, what happened to the account since it was
// last told. It is no advice, which --quiet leaves out: it may be an attack.
func (a *app) tellNotices(ctx context.Context, e engine) error {
	list, err := e.Notices(ctx)
	if err != nil || len(list) == 0 {
		return err
	}
	for _, n := range list {
		a.tell(n)
	}
	return e.NoticesShown(ctx, list[len(list)-1].Number)
}

func (a *app) tell(n client.Notice) {
	a.progress.end()
	if a.json {
		writeObject(a.err, a.noticeOf(n))
		return
	}
	fmt.Fprintf(a.err, "Notice: %s\n", a.noticeText(n))
}

// noticeText is a notice in a sentence or two.
func (a *app) noticeText(n client.Notice) string {
	who, by := called(n.Keyholder), "from "+called(n.By)
	at := a.dayTime(n.Time)
	unless := func(command string) string { return " If that was not you: " + command }
	switch n.Kind {
	case client.NoticeAdded:
		command := "coffer devices revoke " + n.Keyholder.ID.String() + " --compromised"
		if n.Keyholder.Kind.IsRecovery() {
			command = "coffer recovery remove " + n.Keyholder.ID.String()
		}
		return fmt.Sprintf("%s was added on %s, %s.", capital(who), at, by) + unless(command)
	case client.NoticeRecovered:
		return fmt.Sprintf("The account was restored on %s by %s, on %s.", at, called(n.By), who) +
			unless("coffer devices revoke "+n.Keyholder.ID.String()+" --compromised; then coffer recovery remove "+n.By.ID.String())
	case client.NoticeRemoved:
		return fmt.Sprintf("%s was removed on %s as %s, %s.", capital(who), at, n.Text, by)
	case client.NoticeVault:
		return fmt.Sprintf("The vault was turned %s on %s, %s.", n.Text, at, by)
	case client.NoticeGuess:
		s := fmt.Sprintf("The PIN was tried %s, last on %s", times(n.Guesses), at)
		switch n.Wrong {
		case 0:
			s += "; it was right."
		case n.Guesses:
			s += "; it was wrong."
		default:
			s += fmt.Sprintf("; %d of these were wrong.", n.Wrong)
		}
		return s + unless("coffer recovery log shows more; coffer recovery add pin sets another")
	case client.NoticeLocked:
		return fmt.Sprintf("The PIN is used up since %s, by wrong guesses. Set another: coffer recovery add pin", at)
	case client.NoticeRealm:
		if n.Text == "" {
			return fmt.Sprintf("Since a day before %s none of the realms that guard the PIN could be asked for guesses at it.", at)
		}
		return fmt.Sprintf("The realm %s shows another log of guesses than before: it lies, or lost what it had. Choose other realms: coffer recovery add pin --realm …", plain.Line(n.Text))
	case client.NoticeDeposit:
		c := n.Commit
		return fmt.Sprintf("On %s %s's device %s changed the keys of %s and left some that open nothing for who restores it later (generation %d, epoch %d). Its signature is on them, so that it was not the server. Members' devices put the right ones beside them.",
			at, plain.Line(c.Handle), c.Device, plain.Line(c.Name), c.Generation, c.Epoch)
	case client.NoticeReset, client.NoticeContact:
		return a.noticeOfReset(n)
	}
	return "Something happened to the account that this version does not know."
}

// called is what people call a keyholder in a sentence.
func called(k client.Keyholder) string {
	switch {
	case k.ID.IsZero():
		return "a device that is not known here"
	case k.Kind.IsRecovery():
		return "the " + kindName(k)
	case k.Name == "":
		return "the device " + k.ID.String()
	}
	return "the device " + plain.Line(strings.TrimSpace(k.Name))
}

func times(n int) string {
	switch n {
	case 1:
		return "once"
	case 2:
		return "twice"
	}
	return thousands(int64(n)) + " times"
}
