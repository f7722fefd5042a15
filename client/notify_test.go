package client

import "testing"

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
