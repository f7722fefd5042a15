package client

import (
	"testing"

	"github.com/coffer-chat/coffer/core/account"
)

func TestMentions(t *testing.T) {
	id := account.ID{1, 2, 3}
	for text, want := range map[string]bool{
		"@bob": true, "hello @bob": true, "hello @Bob!": true, "(@bob)": true, "@bob.": true, "@bob. And": true, "so @alice, @bob": true,
		"[Bob](mimi://chat.example/u/" + id.String() + ") hello": true, "@bobby @bob": true, "\n@bob\n": true,
		"": false, "bob": false, "@bobby": false, "@bob.smith": false, "@bob_": false, "@bob-2": false, "a@bob": false, "@@bob": false,
		"@alice": false, "@": false, "[Bob](mimi://chat.example/u/" + account.ID{9}.String() + ")": false, "ä@bob": false, "@bobä": false,
	} {
		if got := mentions(text, "bob", id); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

func TestNotifySettingRefused(t *testing.T) {
	good := (&NotifySetting{On: true, Show: NotifyName}).bytes()
	if s, err := parseNotifySetting(good); err != nil || !s.On || s.Show != NotifyName {
		t.Fatalf("%+v, %v", s, err)
	}
	for name, v := range map[string][]byte{
		"empty": {}, "cut short": good[:3], "longer": append(good[:4:4], 0), "of another version": {0, 2, 1, 1}, "half on": {0, 1, 2, 1},
		"showing nothing known": {0, 1, 1, 0}, "showing too much": {0, 1, 1, 4},
	} {
		if _, err := parseNotifySetting(v); err == nil {
			t.Errorf("a value that is %s is taken", name)
		}
	}
	if _, err := parseNotified(make([]byte, 15)); err == nil {
		t.Error("half a mark is taken")
	}
}
