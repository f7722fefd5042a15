package media

import (
	"bytes"
	"testing"
)

func TestHolds(t *testing.T) {
	content := file(3*SegmentSize + 100)
	blob, ref := encrypt(t, testKey(t, 1), content)
	o, err := openBlob(bytes.NewReader(blob), ref)
	if err != nil {
		t.Fatal(err)
	}
	for i := range o.layout.Segments {
		from := min(int64(i)*SegmentSize, ref.Size)
		part := bytes.Clone(content[from : from+int64(o.layout.Content(i))])
		if !o.Holds(i, part) {
			t.Errorf("segment %d: its own content is refused", i)
		}
		if o.Holds(i+1, part) && len(part) > 0 {
			t.Errorf("segment %d passes for another", i)
		}
		if len(part) == 0 {
			continue
		}
		if o.Holds(i, part[:len(part)-1]) {
			t.Errorf("segment %d: too short, and accepted", i)
		}
		part[len(part)/2] ^= 1
		if o.Holds(i, part) {
			t.Errorf("segment %d: altered, and accepted", i)
		}
	}
	if o.Holds(-1, nil) || o.Holds(o.layout.Segments, nil) {
		t.Error("a segment that is not there is held")
	}
}
