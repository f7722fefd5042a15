package main

import (
	"encoding/hex"
	"time"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
)

// The forms of spec/cli.md.

func identityJSON(id client.Identity) string {
	return newObject("identity").text("handle", id.Handle).text("account", id.Account).text("host", id.Host).
		text("server", id.Server).text("device", id.Device).text("deviceName", id.DeviceName).end()
}

func personJSON(handle, account string) string {
	return (&object{b: []byte{'{'}}).text("handle", handle).text("account", account).end()
}

// textID is the text of an id, "" for the zero one.
func textID[T interface {
	IsZero() bool
	String() string
}](id T) string {
	if id.IsZero() {
		return ""
	}
	return id.String()
}

func messageJSON(m client.Message) string {
	sender := personJSON(m.SenderHandle, textID(m.Sender))
	if m.Event != "" {
		return newObject("event").text("event", m.Event).number("seq", int64(m.Seq)).
			text("conversation", m.Conversation.String()).raw("sender", sender).time("time", m.Time).text("text", m.Text).end()
	}
	return newObject("message").text("id", textID(m.ID)).number("seq", int64(m.Seq)).
		text("conversation", m.Conversation.String()).raw("sender", sender).time("time", m.Time).
		text("text", m.Text).flag("edited", m.Edited).flag("unsent", m.Unsent).text("replyTo", textID(m.ReplyTo)).
		raw("reactions", list(m.Reactions, func(r client.Reaction) string {
			return (&object{b: []byte{'{'}}).text("emoji", r.Emoji).text("handle", r.Handle).text("account", textID(r.Account)).end()
		})).
		raw("attachments", list(m.Attachments, func(a client.Attachment) string {
			return (&object{b: []byte{'{'}}).text("name", a.Name).number("size", a.Size).text("mediaType", a.MediaType).
				text("sha256", hex.EncodeToString(a.SHA256[:])).end()
		})).
		text("state", string(m.State)).text("source", m.Source).flag("unreadable", m.Unreadable).someText("why", string(m.Why)).
		raw("readBy", list(m.ReadBy, quoted)).
		someText("expires", timeText(m.Expires)).someFlag("forwarded", m.Forwarded).someText("givenBy", m.GivenBy).
		raw("mentions", list(m.Mentions, func(x client.Mention) string { return personJSON(x.Handle, textID(x.Account)) })).end()
}

func conversationJSON(c client.Conversation) string {
	kind := "group"
	if c.Kind == convo.Direct {
		kind = "direct"
	}
	return newObject("conversation").text("id", c.ID.String()).text("kind", kind).text("name", c.Name).
		raw("participants", list(c.Participants, func(p client.Participant) string {
			return (&object{b: []byte{'{'}}).text("handle", p.Handle).text("account", textID(p.Account)).text("role", roleWord(p.Role)).
				someText("name", p.Name).someNumber("picture", int64(p.Picture)).someText("reset", timeText(p.Reset)).end()
		})).
		number("expirySeconds", int64(c.Expiry/time.Second)).someFlag("history", c.History).someText("mutedTo", timeText(c.MutedTo)).
		someFlag("pinned", c.Pinned).someFlag("archived", c.Archived).someFlag("blocked", c.Blocked).someFlag("closed", c.Closed).
		someText("reset", timeText(c.Reset)).someText("draft", c.Draft).number("unread", int64(c.Unread)).someFlag("request", c.Request).someNumber("picture", int64(c.Picture)).
		time("lastActivity", c.LastActivity).number("messages", c.Messages).number("headSeq", int64(c.HeadSeq)).
		flag("imported", c.Imported).flag("left", c.Left).
		raw("keepsHistory", list(c.KeepsHistory, func(id account.ID) string { return quoted(id.String()) })).
		number("pending", int64(c.Pending)).end()
}

func roleWord(r convo.Role) string {
	switch r {
	case convo.Owner:
		return "owner"
	case convo.Admin:
		return "admin"
	}
	return "member"
}

func keyholderJSON(k client.Keyholder) string {
	return newObject("keyholder").text("id", k.ID.String()).text("kind", k.Kind.String()).text("name", k.Name).
		time("added", k.Added).text("addedBy", textID(k.AddedBy)).flag("removed", k.Removed).flag("this", k.This).
		time("lastSeen", k.LastSeen).text("platform", k.Platform).text("place", k.Place).time("tested", k.Tried).someFlag("spent", k.Spent).end()
}

func vaultJSON(v client.Vault) string {
	return newObject("vault").text("state", v.State).flag("on", v.On).
		raw("checks", list(v.Checks, func(c client.Check) string {
			return (&object{b: []byte{'{'}}).text("name", c.Name).text("state", c.State).text("detail", c.Detail).
				text("form", c.Form).raw("values", list(c.Values, quoted)).time("checkedAt", c.CheckedAt).end()
		})).
		number("realms", int64(v.Realms)).number("operators", int64(v.Operators)).someNumber("unkept", v.Unkept).end()
}

func restoredJSON(r *client.Restored) string {
	return newObject("restored").text("account", r.Account.String()).text("handle", r.Handle).
		number("conversations", int64(r.Conversations)).number("messages", r.Messages).number("expected", r.Expected).
		raw("gaps", list(r.Gaps, gapJSON)).raw("unkept", list(r.Unkept, gapJSON)).
		flag("intact", r.Intact()).text("confirmedBy", r.ConfirmedBy).number("witnesses", int64(r.Witnesses)).time("asOf", r.AsOf).
		number("unlockMs", r.Unlock.Milliseconds()).number("firstPageMs", r.FirstPage.Milliseconds()).number("totalMs", r.Total.Milliseconds()).
		raw("keyholders", list(r.Keyholders, keyholderJSON)).end()
}

func gapJSON(g client.Gap) string {
	return (&object{b: []byte{'{'}}).text("conversation", g.Conversation.String()).text("name", g.Name).
		number("from", int64(g.From)).number("to", int64(g.To)).someNumber("messages", g.Messages).text("reason", g.Reason).end()
}

func safetyJSON(s client.Safety) string {
	return newObject("safety").text("handle", s.Handle).text("account", s.Account).text("number", s.Number).
		text("link", s.Link).flag("pinned", s.Pinned).end()
}

func historyJSON(r client.Compared) string {
	return newObject("history").number("seq", int64(r.Seq)).text("number", r.Number).number("newest", int64(r.Newest)).text("result", r.Result).end()
}
