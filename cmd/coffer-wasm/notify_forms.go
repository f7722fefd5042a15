package main

import (
	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/core/convo"
)

// The forms of spec/push.md, "On the page".

func notifySettingJSON(s client.NotifySetting) string {
	return newObject("notifySetting").flag("on", s.On).text("show", string(s.Show)).end()
}

func notificationJSON(n client.Notification) string {
	kind := ""
	switch n.Kind {
	case convo.Direct:
		kind = "direct"
	case convo.Group:
		kind = "group"
	}
	return newObject("notification").text("conversation", n.Conversation.String()).text("kind", kind).text("name", n.Name).
		text("sender", n.Sender).text("text", n.Text).text("file", n.File).time("time", n.Time).number("count", int64(n.Count)).
		flag("mention", n.Mention).flag("request", n.Request).flag("added", n.Added).flag("fresh", n.Fresh).end()
}
