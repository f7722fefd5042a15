package transport

import (
	"bytes"
	"errors"
	"io"
	"runtime"
	"testing"
)

func TestReadFrame(t *testing.T) {
	b := AppendFrame(AppendFrame(nil, []byte("one")), nil)
	b = append(b, flagEnd, 0, 0, 0, 2, '{', '}')
	r := bytes.NewReader(b)
	for i, want := range []string{"one", "", "{}"} {
		body, end, err := ReadFrame(r, 3)
		if err != nil || string(body) != want || end != (i == 2) {
			t.Errorf("frame %d: %q, %v, %v", i, body, end, err)
		}
	}
}

func TestReadFrameRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		in   string
		want error
	}{
		"nothing":    {"", ErrUnreachable},
		"header cut": {"\x00\x00\x00", ErrUnreachable},
		"body cut":   {"\x00\x00\x00\x00\x05abcd", ErrUnreachable},
		"too large":  {"\x00\x00\x00\x00\x09123456789", ErrTooLarge},
		"compressed": {"\x01\x00\x00\x00\x01x", ErrProtocol},
	} {
		if _, _, err := ReadFrame(bytes.NewReader([]byte(c.in)), 8); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestReadFrameAllocatesWhatArrives(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, _, err := ReadFrame(bytes.NewReader([]byte("\x00\x3f\xff\xff\xffabc")), 1<<30)
	runtime.ReadMemStats(&after)
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error(err)
	}
	if n := after.TotalAlloc - before.TotalAlloc; n > 64<<10 {
		t.Errorf("allocated %d bytes", n)
	}
}

func TestContentRange(t *testing.T) {
	offset, n, size, err := ContentRange("bytes 10-19/1234")
	if offset != 10 || n != 10 || size != 1234 || err != nil {
		t.Error(offset, n, size, err)
	}
	if _, _, size, err = ContentRange("bytes 0-0/*"); size != -1 || err != nil {
		t.Error(size, err)
	}
	for _, bad := range []string{"", "bytes", "bytes */9", "bytes 5-4/9", "bytes 0-9/9", "bytes -1-4/9", "lines 0-1/9", "bytes 0-1", "bytes 0-x/9"} {
		if _, _, _, err := ContentRange(bad); !errors.Is(err, ErrProtocol) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if Range(5, 3) != "bytes=5-7" || Range(5, 0) != "bytes=5-" {
		t.Error("Range")
	}
}

func FuzzReadFrame(f *testing.F) {
	f.Add(AppendFrame(nil, []byte("abc")))
	f.Add([]byte("\x02\x00\x00\x00\x02{}"))
	f.Fuzz(func(t *testing.T, b []byte) {
		r := bytes.NewReader(b)
		for {
			body, _, err := ReadFrame(r, 1<<16)
			if err != nil {
				if !errors.Is(err, ErrUnreachable) && !errors.Is(err, ErrTooLarge) && !errors.Is(err, ErrProtocol) {
					t.Fatal(err)
				}
				return
			}
			if len(body) > len(b) {
				t.Fatal("body is longer than the input")
			}
		}
	})
}
