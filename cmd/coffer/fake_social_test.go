package main

import (
	"context"
	"time"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/fault"
)

func (f *fake) Privacy(context.Context) (client.Privacy, error) {
	return client.Privacy{Typing: true}, nil
}

func (f *fake) SetPrivacy(context.Context, client.Privacy) error { return nil }

func (f *fake) SetDraft(_ context.Context, _, text string) error {
	f.draft = &text
	return nil
}

func (f *fake) Storage(context.Context) (client.Storage, error) {
	s := client.Storage{Index: 1_200_000, Server: &client.ServerStorage{
		PrivateLog: 48_000, Chain: 3_200, Own: 310_000, Deposits: 41_000, Uploads: 3_211_264, MaxFile: 105_000_000,
	}}
	for i, c := range conversations() {
		x := client.StorageOf{ID: c.ID, Name: c.Name, Kind: c.Kind, Imported: c.Imported, Messages: c.Messages * 400}
		if !c.Imported {
			x.Attachments, x.Keys, x.Log, x.Own, x.Deposits = int64(3_211_264*(1-i)), c.Messages*30, c.Messages*700, c.Messages*256, c.Messages*34
		}
		s.Messages, s.Attachments, s.Keys = s.Messages+x.Messages, s.Attachments+x.Attachments, s.Keys+x.Keys
		s.Conversations = append(s.Conversations, x)
	}
	return s, nil
}

func (f *fake) FreeStorage(ctx context.Context, to string) (int64, error) {
	if to != "" {
		return 3_211_264, f.Clear(ctx, to)
	}
	return 3_211_264, nil
}

// FetchAttachments finds a larger one below 100 MB, and there the server goes away.
func (f *fake) FetchAttachments(_ context.Context, limit int64) (client.Fetched, error) {
	got := client.Fetched{Files: 12, Bytes: 8_400_000, Here: 3, Large: 1, Gone: 1}
	if limit > client.DefaultCopyLimit {
		return client.Fetched{Files: 1, Bytes: 3_211_264, Here: 3}, &fault.Error{Kind: fault.KindUnreachable, Message: "the server cannot be reached; try again later"}
	}
	return got, nil
}

// FetchRecent finds that all is here.
func (f *fake) FetchRecent(context.Context) (client.Fetched, error) {
	return client.Fetched{Here: 3}, nil
}

func (f *fake) AutoCopies(context.Context) (client.AutoCopies, error) {
	return client.AutoCopies{On: true, Days: client.DefaultCopyDays, UpTo: client.DefaultCopyLimit}, nil
}

func (f *fake) SetAutoCopies(_ context.Context, s client.AutoCopies) error {
	if s.Days < 1 {
		return &fault.Error{Kind: fault.KindUsage, Message: "attachments come by themselves of the last 1 to 3650 days"}
	}
	return nil
}

// carolTypes is what a watch of the family hears before anything else.
func carolTypes() client.Typing {
	return client.Typing{Conversation: family, Account: person("carol"), Handle: "carol", Time: noon.Add(-24 * time.Hour)}
}
