package main

import (
	"encoding/hex"

	"github.com/coffer-chat/coffer/client"
)

type messageObject struct {
	Type         string             `json:"type"`
	ID           string             `json:"id"`
	Seq          uint64             `json:"seq"`
	Conversation string             `json:"conversation"`
	Sender       personObject       `json:"sender"`
	Time         string             `json:"time"`
	Text         string             `json:"text"`
	Edited       bool               `json:"edited"`
	Unsent       bool               `json:"unsent"`
	ReplyTo      string             `json:"replyTo"`
	Reactions    []reactionObject   `json:"reactions"`
	Attachments  []attachmentObject `json:"attachments"`
	State        string             `json:"state"`
	Source       string             `json:"source"`
	Unreadable   bool               `json:"unreadable"`
	Why          string             `json:"why,omitempty"`
	Expires      string             `json:"expires,omitempty"`
	Forwarded    bool               `json:"forwarded,omitempty"`
	ReadBy       []string           `json:"readBy,omitempty"`
	Mentions     []personObject     `json:"mentions,omitempty"`
	GivenBy      string             `json:"givenBy,omitempty"`
}

// eventObject is what happened in a conversation, such as somebody joining. It
// has a type of its own, so that who counts messages counts messages.
type eventObject struct {
	Type         string       `json:"type"`
	Event        string       `json:"event"`
	Seq          uint64       `json:"seq"`
	Conversation string       `json:"conversation"`
	Sender       personObject `json:"sender"`
	Time         string       `json:"time"`
	Text         string       `json:"text"`
}

type personObject struct {
	Handle  string `json:"handle"`
	Account string `json:"account"`
}

type reactionObject struct {
	Emoji   string `json:"emoji"`
	Handle  string `json:"handle"`
	Account string `json:"account"`
}

type attachmentObject struct {
	Name      string `json:"name"`
	Size      int64  `json:"size"`
	MediaType string `json:"mediaType"`
	SHA256    string `json:"sha256"`
}

type savedObject struct {
	Type      string `json:"type"`
	ID        string `json:"id"`
	Path      string `json:"path"`
	Name      string `json:"name"`
	Size      int64  `json:"size"`
	MediaType string `json:"mediaType"`
	SHA256    string `json:"sha256"`
}

func messageOf(m client.Message) messageObject {
	o := messageObject{
		Type: "message", ID: messageID(m), Seq: m.Seq, Conversation: m.Conversation.String(),
		Sender: senderOf(m), Time: timestamp(m.Time), Text: m.Text,
		Edited: m.Edited, Unsent: m.Unsent, State: string(m.State), Source: m.Source,
		Reactions: []reactionObject{}, Attachments: []attachmentObject{},
		Unreadable: m.Unreadable, Why: string(m.Why), Expires: timestamp(m.Expires), Forwarded: m.Forwarded, ReadBy: m.ReadBy, GivenBy: m.GivenBy,
	}
	if !m.ReplyTo.IsZero() {
		o.ReplyTo = m.ReplyTo.String()
	}
	for _, r := range m.Reactions {
		x := reactionObject{Emoji: r.Emoji, Handle: r.Handle}
		if !r.Account.IsZero() {
			x.Account = r.Account.String()
		}
		o.Reactions = append(o.Reactions, x)
	}
	for _, x := range m.Mentions {
		o.Mentions = append(o.Mentions, personObject{x.Handle, x.Account.String()})
	}
	for _, t := range m.Attachments {
		o.Attachments = append(o.Attachments, attachmentOf(t))
	}
	return o
}

func attachmentOf(t client.Attachment) attachmentObject {
	return attachmentObject{Name: t.Name, Size: t.Size, MediaType: t.MediaType, SHA256: hex.EncodeToString(t.SHA256[:])}
}

// entryOf is a message or an event.
func entryOf(m client.Message) any {
	if m.Event == "" {
		return messageOf(m)
	}
	return eventObject{"event", m.Event, m.Seq, m.Conversation.String(), senderOf(m), timestamp(m.Time), m.Text}
}

func senderOf(m client.Message) personObject {
	p := personObject{Handle: m.SenderHandle}
	if !m.Sender.IsZero() { // people of an imported history have no account
		p.Account = m.Sender.String()
	}
	return p
}

// messageID is a message's id, "" for what has none.
func messageID(m client.Message) string {
	if m.ID.IsZero() {
		return ""
	}
	return m.ID.String()
}
