package main

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/core/convo"
)

// documented returns the fields of the objects that spec/cli.md lays down, by type.
func documented(t *testing.T) map[string]map[string]bool {
	t.Helper()
	page, err := os.ReadFile("../../spec/cli.md")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]map[string]bool{}
	heading, field := regexp.MustCompile("(?m)^### `([a-z]+)`"), regexp.MustCompile("(?m)^\\| `([A-Za-z0-9`, ]+)` \\|")
	at := heading.FindAllStringSubmatchIndex(string(page), -1)
	for i, m := range at {
		end := len(page)
		if i+1 < len(at) {
			end = at[i+1][0]
		}
		fields := map[string]bool{"type": true}
		for _, f := range field.FindAllStringSubmatch(string(page[m[0]:end]), -1) {
			for _, name := range strings.Split(f[1], "`, `") {
				fields[name] = true
			}
		}
		out[string(page[m[2]:m[3]])] = fields
	}
	return out
}

// TestForms: what the page gets is JSON, whatever people wrote, in the forms that
// the command line documents.
func TestForms(t *testing.T) {
	const nasty = "\"};alert(1)//\x00\u2028\xff"
	id := account.ID{1}
	when := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	k := client.Keyholder{ID: account.KeyholderID{2}, Kind: account.KindDevice, Name: nasty, Added: when}
	pages := documented(t)
	for typ, text := range map[string]string{
		"identity": identityJSON(client.Identity{Handle: "alice", DeviceName: nasty}),
		"message": messageJSON(client.Message{
			ID: content.MessageID{1}, Seq: 7, Sender: id, SenderHandle: nasty, Time: when, Text: nasty, ReplyTo: content.MessageID{2},
			Reactions: []client.Reaction{{Account: id, Handle: nasty, Emoji: nasty}}, Attachments: []client.Attachment{{Name: nasty, Size: 1 << 40}},
			State: client.StateSent, Source: client.SourceCoffer, Unreadable: true, Why: client.WhyVaultOff, Expires: when, Forwarded: true,
			Mentions: []client.Mention{{Account: id, Handle: nasty}},
		}),
		"event": messageJSON(client.Message{Seq: 1, Event: "renamed", Text: nasty, Time: when}),
		"conversation": conversationJSON(client.Conversation{
			Name: nasty, Kind: convo.Group, Participants: []client.Participant{{Account: id, Handle: nasty, Role: convo.Admin, Name: nasty, Picture: 7, Reset: when}},
			LastActivity: when, KeepsHistory: []account.ID{id}, Expiry: time.Hour, MutedTo: when, Pinned: true, Archived: true, Blocked: true,
			Closed: true, Reset: when, Request: true, Draft: nasty, Unread: 3, Picture: 9,
		}),
		"keyholder": keyholderJSON(k),
		"vault":     vaultJSON(client.Vault{State: "ok", Unkept: 3, Checks: []client.Check{{Name: "chain", State: "ok", Detail: nasty, CheckedAt: when}}}),
		"restored": restoredJSON(&client.Restored{
			Account: id, Handle: nasty, Gaps: []client.Gap{{Name: nasty, Reason: nasty}}, Unkept: []client.Gap{{Name: nasty, Messages: 2, Reason: nasty}}, Keyholders: []client.Keyholder{k},
		}),
		"contact": contactJSON(client.Contact{Handle: nasty, Link: nasty}),
		"profile": profileJSON(client.Profile{Handle: nasty, Name: nasty, Picture: []byte{1}, MediaType: nasty}),
		"invite":  inviteJSON(client.Invite{ID: nasty, Link: nasty, By: nasty, Expires: when, Uses: 3, Used: 1}),
		"safety":  safetyJSON(client.Safety{Handle: nasty, Number: "1"}),
		"history": historyJSON(client.Compared{HistoryNumber: client.HistoryNumber{Seq: 4, Number: nasty, Newest: 5}, Result: client.HistoryDiffers}),
		"removal": removalJSON(client.Removal{Keyholder: k, At: when}),
		"reset":   resetJSON(client.ResetState{Handle: nasty, Account: id, Asked: when, Due: when, Done: true, Former: id, Kept: when}),
		"notice": noticeJSON(client.Notice{Number: 3, Kind: client.NoticeAdded, Time: when, Keyholder: k, By: k, Text: nasty, Guesses: 2, Wrong: 1,
			Commit: &client.BadCommit{Name: nasty, Handle: nasty, Generation: 1, Epoch: 2}}),
	} {
		var got map[string]any
		if err := json.Unmarshal([]byte(text), &got); err != nil {
			t.Errorf("%s: %v in %s", typ, err, text)
			continue
		}
		if got["type"] != typ {
			t.Errorf("%s has the type %v", typ, got["type"])
		}
		for name := range got {
			if own := typ + "." + name; !pages[typ][name] && own != "restored.keyholders" && own != "conversation.last" && own != "notice.number" && own != "notice.byWhat" && own != "vault.on" && own != "restored.witnesses" {
				t.Errorf("%s is not in spec/cli.md", own)
			}
		}
	}
}

// TestPageForms: what only the page asks for is JSON, whatever the other side
// calls itself.
func TestPageForms(t *testing.T) {
	const nasty = "\"};alert(1)//\x00\u2028\xff"
	for name, text := range map[string]string{
		"passkey": passkeyJSON(client.PasskeyTerms{Name: nasty, Known: [][]byte{{1}, nil}}),
		"shown":   linkShownJSON(client.LinkShown{Code: "123456", Link: nasty, Expires: time.Unix(1, 0)}),
		"own":     ownResetJSON(client.OwnReset{State: client.ResetDone, At: time.Unix(1, 0), Kept: time.Unix(2, 0)}),
		"contact": contactResetJSON(client.ContactReset{Handle: nasty, OldNumber: nasty}),
		"guesses": guessLogJSON([]client.Guess{{Realm: nasty, Event: "wrong", Time: time.Unix(1, 0)}}, []string{nasty}),
		"closed": closedJSON(client.ClosedAccount{
			Receipt: &account.Receipt{Handle: nasty, Lines: []account.Erased{{Kind: account.KeptChain, Count: 2}, {Kind: 99, Count: 1}}}, Raw: []byte(nasty), LeftOver: []string{nasty},
		}),
		"switched": switchedJSON(client.VaultSwitched{On: true, Conversations: 3, Pending: 1}),
		"draft": reportDraftJSON(&client.ReportDraft{Messages: []client.Reported{
			{Message: client.Message{Seq: 7, SenderHandle: nasty, Text: nasty, Attachments: []client.Attachment{{Name: nasty}}}},
			{Message: client.Message{Seq: 1 << 60}, Versions: []client.Version{{Text: nasty}, {Text: nasty}}},
		}}),
		"no draft": reportDraftJSON(&client.ReportDraft{}),
		"asked":    linkRequestJSON(client.LinkRequest{ID: account.KeyholderID{1}, Name: nasty, Platform: nasty}),
	} {
		if !json.Valid([]byte(text)) {
			t.Errorf("%s: %s", name, text)
		}
	}
}
