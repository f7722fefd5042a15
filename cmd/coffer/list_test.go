package main

import "testing"

// TestUnreadCount: where the engine stopped counting, the list does not say a number
// as if it were all.
func TestUnreadCount(t *testing.T) {
	for n, want := range map[int]string{1: "1 unread", 999: "999 unread", 1000: "999+ unread", 5000: "999+ unread"} {
		if got := unreadCount(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}
