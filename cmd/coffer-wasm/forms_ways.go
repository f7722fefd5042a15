package main

import (
	"encoding/hex"

	"github.com/coffer-chat/coffer/client"
)

// The forms of what the page alone asks for, and of spec/cli.md's removal.

func passkeyJSON(t client.PasskeyTerms) string {
	return newObject("passkey").text("input", hex.EncodeToString(t.Input[:])).text("user", hex.EncodeToString(t.User[:])).text("name", t.Name).
		raw("known", list(t.Known, func(id []byte) string { return quoted(hex.EncodeToString(id)) })).end()
}

func linkShownJSON(s client.LinkShown) string {
	return newObject("link").text("stage", "shown").text("code", s.Code).text("link", s.Link).time("expires", s.Expires).end()
}

func linkRequestJSON(r client.LinkRequest) string {
	return newObject("link").text("stage", "confirm").text("id", r.ID.String()).text("name", r.Name).text("platform", r.Platform).end()
}

func removalJSON(r client.Removal) string {
	reason := "lost"
	if r.Compromised {
		reason = "compromised"
	}
	return newObject("removal").text("id", r.Keyholder.ID.String()).text("kind", r.Keyholder.Kind.String()).text("name", r.Keyholder.Name).
		text("reason", reason).time("time", r.At).text("by", textID(r.By)).
		number("conversations", int64(r.Conversations)).number("pending", int64(r.Pending)).end()
}
