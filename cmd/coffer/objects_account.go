package main

import (
	"time"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/core/convo"
)

type conversationObject struct {
	Type         string              `json:"type"`
	ID           string              `json:"id"`
	Kind         string              `json:"kind"`
	Name         string              `json:"name"`
	Participants []participantObject `json:"participants"`
	LastActivity string              `json:"lastActivity"`
	Messages     int64               `json:"messages"`
	HeadSeq      uint64              `json:"headSeq"`
	Imported     bool                `json:"imported"`
	Left         bool                `json:"left"`
	KeepsHistory []string            `json:"keepsHistory"`
	Pending      int                 `json:"pending"`
	ExpirySecs   int64               `json:"expirySeconds,omitempty"`
	History      bool                `json:"history,omitempty"`
	MutedTo      string              `json:"mutedTo,omitempty"`
	Pinned       bool                `json:"pinned,omitempty"`
	Archived     bool                `json:"archived,omitempty"`
	Blocked      bool                `json:"blocked,omitempty"`
	Closed       bool                `json:"closed,omitempty"`
	Reset        string              `json:"reset,omitempty"`
	Draft        string              `json:"draft,omitempty"`
	Unread       int                 `json:"unread,omitempty"`
	Request      bool                `json:"request,omitempty"`
	ReadBy       []readerObject      `json:"readBy,omitempty"`
	Picture      uint64              `json:"picture,omitempty"`
	// Of group info only: the newest place and its history number.
	NumberAt uint64 `json:"historySeq,omitempty"`
	Number   string `json:"historyNumber,omitempty"`
}

type participantObject struct {
	Handle  string `json:"handle"`
	Account string `json:"account"`
	Role    string `json:"role"`
	Name    string `json:"name,omitempty"`
	Reset   string `json:"reset,omitempty"`
	Picture uint64 `json:"picture,omitempty"`
}

type keyholderObject struct {
	Type    string `json:"type"`
	ID      string `json:"id"`
	Kind    string `json:"kind"`
	Name    string `json:"name"`
	Added   string `json:"added"`
	AddedBy string `json:"addedBy"`
	Removed bool   `json:"removed"`
	This    bool   `json:"this"`

	LastSeen string `json:"lastSeen"`
	Platform string `json:"platform"`
	Place    string `json:"place,omitempty"`
	Tested   string `json:"tested,omitempty"`
	Spent    bool   `json:"spent,omitempty"`
}

type codeObject struct {
	Type string `json:"type"`
	ID   string `json:"id"`
	Code string `json:"code"`
	Path string `json:"path"`
}

type vaultObject struct {
	Type      string        `json:"type"`
	State     string        `json:"state"`
	Checks    []checkObject `json:"checks"`
	Realms    int           `json:"realms"`
	Operators int           `json:"operators"`
	Unkept    int64         `json:"unkept,omitempty"`
}

type checkObject struct {
	Name      string `json:"name"`
	State     string `json:"state"`
	Detail    string `json:"detail"`
	CheckedAt string `json:"checkedAt"`
}

type restoredObject struct {
	Type          string      `json:"type"`
	Account       string      `json:"account"`
	Handle        string      `json:"handle"`
	Conversations int         `json:"conversations"`
	Messages      int64       `json:"messages"`
	Expected      int64       `json:"expected"`
	Gaps          []gapObject `json:"gaps"`
	Unkept        []gapObject `json:"unkept,omitempty"`
	Intact        bool        `json:"intact"`
	ConfirmedBy   string      `json:"confirmedBy"`
	AsOf          string      `json:"asOf"`
	UnlockMS      int64       `json:"unlockMs"`
	FirstPageMS   int64       `json:"firstPageMs"`
	TotalMS       int64       `json:"totalMs"`
	Resumed       bool        `json:"resumed,omitempty"`
}

type gapObject struct {
	Conversation string `json:"conversation"`
	Name         string `json:"name"`
	From         uint64 `json:"from"`
	To           uint64 `json:"to"`
	Messages     int64  `json:"messages,omitempty"`
	Reason       string `json:"reason"`
}

func conversationOf(c client.Conversation) conversationObject {
	o := conversationObject{
		Type: "conversation", ID: c.ID.String(), Kind: kindWord(c.Kind), Name: c.Name,
		LastActivity: timestamp(c.LastActivity), Messages: c.Messages, HeadSeq: c.HeadSeq,
		Imported: c.Imported, Left: c.Left, Pending: c.Pending,
		Participants: []participantObject{}, KeepsHistory: []string{}, ExpirySecs: int64(c.Expiry / time.Second), History: c.History,
		MutedTo: timestamp(c.MutedTo), Pinned: c.Pinned, Archived: c.Archived, Blocked: c.Blocked, Closed: c.Closed, Reset: timestamp(c.Reset), Draft: c.Draft, Unread: c.Unread, Request: c.Request, Picture: c.Picture,
		ReadBy: readersOf(c.ReadBy),
	}
	if c.Number != nil {
		o.NumberAt, o.Number = c.Number.Seq, c.Number.Number
	}
	for _, p := range c.Participants {
		x := participantObject{Handle: p.Handle, Role: roleWord(p.Role), Name: p.Name, Picture: p.Picture, Reset: timestamp(p.Reset)}
		if !p.Account.IsZero() {
			x.Account = p.Account.String()
		}
		o.Participants = append(o.Participants, x)
	}
	for _, id := range c.KeepsHistory {
		o.KeepsHistory = append(o.KeepsHistory, id.String())
	}
	return o
}

func kindWord(k convo.Kind) string {
	if k == convo.Direct {
		return "direct"
	}
	return "group"
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

func keyholderOf(k client.Keyholder) keyholderObject {
	o := keyholderObject{
		Type: "keyholder", ID: k.ID.String(), Kind: k.Kind.String(), Name: k.Name,
		Added: timestamp(k.Added), Removed: k.Removed, This: k.This, Place: k.Place,
		LastSeen: timestamp(k.LastSeen), Platform: k.Platform, Tested: timestamp(k.Tried), Spent: k.Spent,
	}
	if !k.AddedBy.IsZero() {
		o.AddedBy = k.AddedBy.String()
	}
	return o
}

func vaultOf(v client.Vault) vaultObject {
	o := vaultObject{Type: "vault", State: v.State, Checks: []checkObject{}, Realms: v.Realms, Operators: v.Operators, Unkept: v.Unkept}
	for _, c := range v.Checks {
		o.Checks = append(o.Checks, checkObject{c.Name, c.State, c.Detail, timestamp(c.CheckedAt)})
	}
	return o
}

func restoredOf(r *client.Restored) restoredObject {
	o := restoredObject{
		Type: "restored", Account: r.Account.String(), Handle: r.Handle,
		Conversations: r.Conversations, Messages: r.Messages, Expected: r.Expected,
		Gaps: []gapObject{}, Intact: r.Intact(), ConfirmedBy: r.ConfirmedBy, AsOf: timestamp(r.AsOf),
		UnlockMS: r.Unlock.Milliseconds(), FirstPageMS: r.FirstPage.Milliseconds(), TotalMS: r.Total.Milliseconds(), Resumed: r.Resumed,
	}
	for _, g := range r.Gaps {
		o.Gaps = append(o.Gaps, gapOf(g))
	}
	for _, g := range r.Unkept {
		o.Unkept = append(o.Unkept, gapOf(g))
	}
	return o
}

func gapOf(g client.Gap) gapObject {
	return gapObject{g.Conversation.String(), g.Name, g.From, g.To, g.Messages, g.Reason}
}
