package content

import (
	"strings"
	"testing"
)

func TestFileName(t *testing.T) {
	for in, want := range map[string]string{
		"photo.jpg": "photo.jpg", "/etc/passwd": "passwd", `C:\x\y.txt`: "y.txt", "..": "", ".": "", "a\nb": "a_b", "": "",
		"a\u202egpj.exe": "a_gpj.exe", "\xff.png": "_.png", "x:y": "x_y", "/": "_",
	} {
		if got := FileName(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	long := FileName(strings.Repeat("ü", 300) + ".jpeg")
	if len(long) > MaxName || !strings.HasSuffix(long, "ü.jpeg") {
		t.Errorf("long name became %q", long)
	}
	if again := FileName(long); again != long {
		t.Error("a good name was changed")
	}
}
