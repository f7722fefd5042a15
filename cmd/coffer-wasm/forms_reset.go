package main

import "github.com/coffer-chat/coffer/client"

// noticeJSON is spec/cli.md's without the sentence for people, which the page says
// in their language, and with the kind of who did it and a number to say what was shown.
func noticeJSON(n client.Notice) string {
	what, by := "", ""
	if !n.Keyholder.ID.IsZero() {
		what = n.Keyholder.Kind.String()
	}
	if !n.By.ID.IsZero() {
		by = n.By.Kind.String()
	}
	o := newObject("notice").number("number", int64(n.Number)).text("kind", n.Kind).time("time", n.Time).
		text("id", textID(n.Keyholder.ID)).text("name", n.Keyholder.Name).text("what", what).
		text("by", textID(n.By.ID)).text("byName", n.By.Name).text("byWhat", by).text("text", n.Text).
		number("guesses", int64(n.Guesses)).number("wrong", int64(n.Wrong))
	if c := n.Commit; c != nil {
		o.text("conversationName", c.Name).text("handle", c.Handle).text("device", c.Device.String())
	}
	return o.end()
}

func resetJSON(r client.ResetState) string {
	return newObject("reset").text("handle", r.Handle).text("account", textID(r.Account)).time("asked", r.Asked).time("due", r.Due).
		flag("done", r.Done).text("former", textID(r.Former)).time("kept", r.Kept).end()
}

func ownResetJSON(o client.OwnReset) string {
	return newObject("ownReset").text("state", o.State).time("at", o.At).time("kept", o.Kept).end()
}

func contactResetJSON(r client.ContactReset) string {
	return newObject("contactReset").text("handle", r.Handle).time("at", r.At).text("old", textID(r.Old)).text("new", textID(r.New)).
		text("oldNumber", r.OldNumber).text("newNumber", r.NewNumber).end()
}
