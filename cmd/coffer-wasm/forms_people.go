package main

import (
	"crypto/sha256"
	"encoding/hex"

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
