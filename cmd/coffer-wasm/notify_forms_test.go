package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/core/convo"
)

// TestNotifyForms: what the page gets is JSON, whatever people wrote, and every
// member is in spec/push.md.
func TestNotifyForms(t *testing.T) {
	const nasty = "\"};alert(1)//\x00\u2028\xff"
	page, err := os.ReadFile("../../spec/push.md")
	if err != nil {
		t.Fatal(err)
	}
	_, forms, ok := strings.Cut(string(page), "## On the page")
	if !ok {
		t.Fatal("spec/push.md has no forms")
	}
	for typ, text := range map[string]string{
		"notification": notificationJSON(client.Notification{
			Kind: convo.Group, Name: nasty, Sender: nasty, Text: nasty, File: nasty, Time: time.Unix(1, 0), Count: 2,
		}),
		"notifySetting": notifySettingJSON(client.NotifySetting{On: true, Show: client.NotifyText}),
	} {
		var got map[string]any
		if err := json.Unmarshal([]byte(text), &got); err != nil {
			t.Errorf("%s: %v in %s", typ, err, text)
			continue
		}
		if got["type"] != typ || !strings.Contains(forms, "`"+typ+"`") {
			t.Errorf("%s has the type %v, or is not in spec/push.md", typ, got["type"])
		}
		for name := range got {
			if !strings.Contains(forms, "`"+name+"`") {
				t.Errorf("%s.%s is not in spec/push.md", typ, name)
			}
		}
	}
}
