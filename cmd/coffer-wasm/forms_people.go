package main

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"github.com/coffer-chat/coffer/client"
)

func contactJSON(c client.Contact) string {
	return newObject("contact").text("handle", c.Handle).text("account", c.Account).text("link", c.Link).end()
}

func profileJSON(p client.Profile) string {
	sum := ""
	if len(p.Picture) > 0 {
		h := sha256.Sum256(p.Picture)
		sum = hex.EncodeToString(h[:])
	}
	return newObject("profile").text("handle", p.Handle).text("account", p.Account).text("name", p.Name).
		number("size", int64(len(p.Picture))).text("mediaType", p.MediaType).text("sha256", sum).end()
}

func inviteJSON(i client.Invite) string {
	return newObject("invite").text("id", i.ID).text("group", i.Group.ID.String()).text("name", i.Group.Name).
		someText("link", i.Link).text("by", i.By).time("expires", i.Expires).number("uses", int64(i.Uses)).number("used", int64(i.Used)).end()
}

// someText, someFlag and someNumber leave out what says nothing, as the command line
// does.
func (o *object) someText(name, value string) *object {
	if value == "" {
		return o
	}
	return o.text(name, value)
}

func (o *object) someFlag(name string, value bool) *object {
	if !value {
		return o
	}
	return o.flag(name, true)
}

func (o *object) someNumber(name string, value int64) *object {
	if value == 0 {
		return o
	}
	return o.number(name, value)
}

// reportDraftJSON is what a report would show, each version of a message by itself,
// and the names of files below the text.
func reportDraftJSON(d *client.ReportDraft) string {
	var seqs []uint64
	var shown []string
	say := func(handle, text string, at time.Time) {
		shown = append(shown, newObject("said").text("handle", handle).text("text", text).time("time", at).end())
	}
	for i := range d.Messages {
		m := &d.Messages[i]
		for _, v := range m.Versions[:max(len(m.Versions)-1, 0)] {
			say(m.SenderHandle, v.Text, v.Time)
		}
		text := m.Text
		for _, a := range m.Attachments {
			text += "\n" + a.Name
		}
		say(m.SenderHandle, strings.TrimPrefix(text, "\n"), m.Time)
		seqs = append(seqs, m.Seq)
	}
	return newObject("draft").text("to", d.Conversation.String()).number("days", int64(d.KeptDays)).
		raw("seqs", list(seqs, func(n uint64) string { return quoted(strconv.FormatUint(n, 10)) })).
		raw("shown", list(shown, func(s string) string { return s })).end()
}
