package main

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"
	"unicode/utf8"
)

func TestObject(t *testing.T) {
	text := newObject("x").text("t", "a\"\\\n\x00é\xff𝄞").number("n", -5).flag("f", true).
		time("at", time.Date(2026, 1, 2, 3, 4, 5, 600, time.UTC)).time("never", time.Time{}).
		raw("list", list([]string{"a", "b"}, quoted)).raw("none", list(nil, quoted)).end()
	var got map[string]any
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	want := map[string]any{
		"type": "x", "t": "a\"\\\n\x00é\ufffd𝄞", "n": -5.0, "f": true, "at": "2026-01-02T03:04:05.0000006Z", "never": "",
		"list": []any{"a", "b"}, "none": []any{},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func FuzzText(f *testing.F) {
	f.Add("a\"\\\x1f\u2028")
	f.Fuzz(func(t *testing.T, s string) {
		var got string
		if err := json.Unmarshal(appendText(nil, s), &got); err != nil {
			t.Fatal(err)
		}
		if utf8.ValidString(s) && got != s {
			t.Errorf("got %q, want %q", got, s)
		}
	})
}
