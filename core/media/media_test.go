package media

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/coffer-chat/coffer/core/padding"
)

func testKey(t testing.TB, n byte) Key {
	t.Helper()
	k, err := KeyFromBytes(bytes.Repeat([]byte{n}, KeySize))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func file(n int) []byte {
	b := make([]byte, n)
	rng := rand.NewChaCha8([32]byte{byte(n)})
	rng.Read(b)
	return b
}

func encrypt(t testing.TB, key Key, data []byte) ([]byte, Ref) {
	t.Helper()
	var blob bytes.Buffer
	ref, err := Encrypt(&blob, bytes.NewReader(data), key, int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	return blob.Bytes(), ref
}

var sizes = []int{0, 1, 255, 256, 257, SegmentSize - 1, SegmentSize, SegmentSize + 1, 2*SegmentSize - 5000,
	2 * SegmentSize, 5*SegmentSize + 777}

func TestRoundTrip(t *testing.T) {
	for _, n := range sizes {
		data := file(n)
		blob, ref := encrypt(t, testKey(t, 1), data)
		l, err := LayoutOf(int64(n))
		if err != nil || int64(len(blob)) != l.BlobSize() || ref.Size != int64(n) || ref.Digest != sha256.Sum256(data) {
			t.Fatalf("%d bytes: blob of %d, layout %+v, %v", n, len(blob), l, err)
		}
		var out bytes.Buffer
		if err := Decrypt(&out, bytes.NewReader(blob), ref); err != nil || !bytes.Equal(out.Bytes(), data) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}

func TestReadRange(t *testing.T) {
	const n = 3*SegmentSize + 100
	data := file(n)
	blob, ref := encrypt(t, testKey(t, 1), data)
	for _, c := range [][2]int{{0, 0}, {0, 1}, {0, n}, {n, 0}, {n - 1, 1}, {SegmentSize - 1, 2}, {SegmentSize, SegmentSize},
		{100, 2 * SegmentSize}, {3 * SegmentSize, 100}} {
		got, err := ReadRange(bytes.NewReader(blob), ref, int64(c[0]), c[1])
		if err != nil || !bytes.Equal(got, data[c[0]:c[0]+c[1]]) {
			t.Errorf("range %v: %v", c, err)
		}
	}
	for _, c := range [][2]int{{-1, 1}, {0, -1}, {0, n + 1}, {n + 1, 0}, {n, 1}, {1 << 62, 1}} {
		if _, err := ReadRange(bytes.NewReader(blob), ref, int64(c[0]), c[1]); !errors.Is(err, ErrInvalid) {
			t.Errorf("range %v: %v", c, err)
		}
	}
	// Damage elsewhere does not hinder a range.
	blob[0] ^= 1
	if _, err := ReadRange(bytes.NewReader(blob), ref, SegmentSize, 10); err != nil {
		t.Errorf("range beside the damage: %v", err)
	}
	if _, err := ReadRange(bytes.NewReader(blob), ref, 5, 10); !errors.Is(err, ErrCorrupt) {
		t.Errorf("range in the damage: %v", err)
	}
}

// TestTampering changes the blob as somebody would who has it but not the key,
// and also adjusts the trailer where that helps.
func TestTampering(t *testing.T) {
	const n = 4 * SegmentSize
	blob, ref := encrypt(t, testKey(t, 1), file(n))
	l, _ := LayoutOf(n)
	segments := func(b []byte) [][]byte {
		var out [][]byte
		for i := range l.Segments {
			off, size := l.Segment(i)
			out = append(out, b[off:off+int64(size)])
		}
		return out
	}
	trailer := func(b []byte) []byte { return b[l.TrailerOffset():] }
	for name, change := range map[string]func(b []byte) []byte{
		"bit of a segment": func(b []byte) []byte { b[SegmentSize+30] ^= 1; return b },
		"bit of a tag":     func(b []byte) []byte { b[SegmentSize+1] ^= 1; return b },
		"bit of trailer":   func(b []byte) []byte { b[len(b)-1] ^= 1; return b },
		"truncated":        func(b []byte) []byte { return b[:len(b)-1] },
		"empty":            func([]byte) []byte { return nil },
		"segment removed":  func(b []byte) []byte { return b[sealedSegment:] },
		"segment added":    func(b []byte) []byte { return append(bytes.Clone(b[:sealedSegment]), b...) },
		"swapped": func(b []byte) []byte {
			s := segments(b)
			x := bytes.Clone(s[0])
			copy(s[0], s[1])
			copy(s[1], x)
			return b
		},
		"swapped with hashes": func(b []byte) []byte {
			s, h := segments(b), trailer(b)
			x, y := bytes.Clone(s[0]), bytes.Clone(h[:HashSize])
			copy(s[0], s[1])
			copy(s[1], x)
			copy(h, h[HashSize:2*HashSize])
			copy(h[HashSize:], y)
			return b
		},
		"changed with hash": func(b []byte) []byte {
			b[0] ^= 1
			h := LeafHash(segments(b)[0])
			copy(trailer(b), h[:])
			return b
		},
	} {
		var out bytes.Buffer
		b := change(bytes.Clone(blob))
		if err := Decrypt(&out, bytes.NewReader(b), ref); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
	}
	other, otherRef := encrypt(t, testKey(t, 2), make([]byte, n))
	for name, r := range map[string]Ref{
		"key":            {Key: otherRef.Key, Size: ref.Size, Root: ref.Root, Digest: ref.Digest},
		"smaller size":   {Key: ref.Key, Size: ref.Size - 1, Root: ref.Root, Digest: ref.Digest},
		"larger size":    {Key: ref.Key, Size: ref.Size + 1, Root: ref.Root, Digest: ref.Digest},
		"one segment":    {Key: ref.Key, Size: 1, Root: ref.Root, Digest: ref.Digest},
		"root":           {Key: ref.Key, Size: ref.Size, Root: otherRef.Root, Digest: ref.Digest},
		"digest":         {Key: ref.Key, Size: ref.Size, Root: ref.Root, Digest: otherRef.Digest},
		"all but a file": otherRef,
	} {
		if err := Decrypt(io.Discard, bytes.NewReader(blob), r); !errors.Is(err, ErrCorrupt) {
			t.Errorf("another %s: %v", name, err)
		}
	}
	if err := Decrypt(io.Discard, bytes.NewReader(other), otherRef); err != nil {
		t.Error(err)
	}
}

// TestSealedOrder checks what the cipher itself refuses, were the tree not
// there: a sender's own tree over segments in another order.
func TestSealedOrder(t *testing.T) {
	const n = 2 * SegmentSize
	blob, ref := encrypt(t, testKey(t, 1), file(n))
	a, b := blob[:sealedSegment], blob[sealedSegment:2*sealedSegment]
	for name, order := range map[string][][]byte{"swapped": {b, a}, "doubled": {a, a}, "last first": {b}, "not the last": {a}} {
		var leaves []Hash
		for _, s := range order {
			leaves = append(leaves, LeafHash(s))
		}
		r := ref
		r.Root, r.Size = Root(leaves), int64(len(order)*SegmentSize)
		forged := append(bytes.Join(order, nil), Trailer(leaves)...)
		if err := Decrypt(io.Discard, bytes.NewReader(forged), r); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestPaddingIsZero: two blobs must not hold one file.
func TestPaddingIsZero(t *testing.T) {
	plain := make([]byte, padding.Min)
	plain[padding.Min-1] = 1
	nonce := Nonce(0, true)
	sealed := newAEAD(testKey(t, 1)).Seal(nil, nonce[:], plain, []byte(AdditionalData))
	leaves := []Hash{LeafHash(sealed)}
	ref := Ref{Key: testKey(t, 1), Size: 10, Root: Root(leaves), Digest: sha256.Sum256(make([]byte, 10))}
	if err := Decrypt(io.Discard, bytes.NewReader(append(sealed, Trailer(leaves)...)), ref); !errors.Is(err, ErrCorrupt) {
		t.Error(err)
	}
}

func TestLayout(t *testing.T) {
	for _, c := range []struct {
		size, padded int64
		segments     int
	}{
		{0, 256, 1}, {256, 256, 1}, {257, 272, 1}, {1000, 1024, 1}, {65536, 65536, 1}, {65537, 67584, 2},
		{100_000_000, 100_663_296, 1536}, {MaxSize, MaxSize, 16384},
	} {
		l, err := LayoutOf(c.size)
		if err != nil || l.Padded != c.padded || l.Segments != c.segments {
			t.Errorf("LayoutOf(%d) = %+v, %v", c.size, l, err)
		}
	}
	for _, n := range []int64{-1, MaxSize + 1, 1 << 62} {
		if _, err := LayoutOf(n); !errors.Is(err, ErrInvalid) {
			t.Errorf("LayoutOf(%d): %v", n, err)
		}
	}
	for n := int64(0); n < 1<<21; n += 997 {
		l, _ := LayoutOf(n)
		var sum, content int64
		for i := range l.Segments {
			off, size := l.Segment(i)
			if off != sum {
				t.Fatalf("size %d: segment %d at %d, want %d", n, i, off, sum)
			}
			sum += int64(size)
			content += int64(l.Content(i))
		}
		if sum != l.TrailerOffset() || content != n || l.Padded < n || n > 256 && l.Padded*100 > n*112 {
			t.Fatalf("size %d: %+v", n, l)
		}
	}
}

func TestSealerRefuses(t *testing.T) {
	short := func(n int, size int64) error {
		_, err := Encrypt(io.Discard, bytes.NewReader(make([]byte, n)), testKey(t, 1), size)
		return err
	}
	for _, c := range [][2]int{{9, 10}, {0, 10}, {11, 10}, {1, 0}, {0, -1}, {SegmentSize, SegmentSize + 1}} {
		if err := short(c[0], int64(c[1])); !errors.Is(err, ErrInvalid) {
			t.Errorf("file of %d said to be %d: %v", c[0], c[1], err)
		}
	}
	s, err := NewSealer(testKey(t, 1), 10)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Finish(); !errors.Is(err, ErrInvalid) {
		t.Errorf("finished too early: %v", err)
	}
	if _, err := s.Seal(nil, make([]byte, 9)); !errors.Is(err, ErrInvalid) {
		t.Errorf("short content: %v", err)
	}
	if _, err := s.Seal(nil, make([]byte, 10)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Seal(nil, make([]byte, 10)); !errors.Is(err, ErrInvalid) {
		t.Errorf("one segment more: %v", err)
	}
}

var errDisk = errors.New("disk")

type broken struct{}

func (broken) Read([]byte) (int, error)          { return 0, errDisk }
func (broken) ReadAt([]byte, int64) (int, error) { return 0, errDisk }
func (broken) Write([]byte) (int, error)         { return 0, errDisk }

func TestOtherErrorsPass(t *testing.T) {
	key := testKey(t, 1)
	blob, ref := encrypt(t, key, file(10))
	if _, err := Encrypt(io.Discard, broken{}, key, 10); !errors.Is(err, errDisk) {
		t.Error(err)
	}
	if _, err := Encrypt(io.Discard, broken{}, key, 0); !errors.Is(err, errDisk) {
		t.Error(err)
	}
	if _, err := Encrypt(broken{}, strings.NewReader("x"), key, 1); !errors.Is(err, errDisk) {
		t.Error(err)
	}
	if err := Decrypt(io.Discard, broken{}, ref); !errors.Is(err, errDisk) {
		t.Error(err)
	}
	if err := Decrypt(broken{}, bytes.NewReader(blob), ref); !errors.Is(err, errDisk) {
		t.Error(err)
	}
	if _, err := NewKey(broken{}); !errors.Is(err, errDisk) {
		t.Error(err)
	}
}

func TestKey(t *testing.T) {
	k := testKey(t, 0x41)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%q"} {
		if s := fmt.Sprintf(verb, k); s != "media.Key(redacted)" {
			t.Errorf("%s prints %q", verb, s)
		}
		if s := fmt.Sprintf(verb, Ref{Key: k}); strings.Contains(s, "65 65") || strings.Contains(s, "41414141") {
			t.Errorf("%s of a Ref prints %q", verb, s)
		}
	}
	if !k.Equal(testKey(t, 0x41)) || k.Equal(testKey(t, 0x42)) {
		t.Error("Equal")
	}
	for _, n := range []int{0, 16, 31, 33} {
		if _, err := KeyFromBytes(make([]byte, n)); !errors.Is(err, ErrInvalid) {
			t.Errorf("key of %d bytes: %v", n, err)
		}
	}
}

// TestRootShape compares with the definition, and shows that a node is no leaf.
func TestRootShape(t *testing.T) {
	leaf := func(s string) Hash { return sha256.Sum256(append([]byte{0}, s...)) }
	node := func(a, b Hash) Hash {
		return sha256.Sum256(append(append([]byte{1}, a[:]...), b[:]...))
	}
	a, b, c, d, e := leaf("a"), leaf("b"), leaf("c"), leaf("d"), leaf("e")
	if LeafHash([]byte("a")) != a {
		t.Error("leaf")
	}
	for _, x := range []struct {
		leaves []Hash
		want   Hash
	}{
		{[]Hash{a}, a},
		{[]Hash{a, b}, node(a, b)},
		{[]Hash{a, b, c}, node(node(a, b), c)},
		{[]Hash{a, b, c, d}, node(node(a, b), node(c, d))},
		{[]Hash{a, b, c, d, e}, node(node(node(a, b), node(c, d)), e)},
	} {
		if Root(x.leaves) != x.want {
			t.Errorf("root of %d leaves", len(x.leaves))
		}
	}
}

func FuzzDecrypt(f *testing.F) {
	key := testKey(f, 1)
	blob, ref := encrypt(f, key, []byte("a small file"))
	f.Add(blob, int64(12))
	f.Add(blob[:100], int64(300))
	f.Add([]byte{}, int64(-1))
	f.Fuzz(func(t *testing.T, data []byte, size int64) {
		r := ref
		r.Size = size
		err := Decrypt(io.Discard, bytes.NewReader(data), r)
		genuine := size == ref.Size && len(data) >= len(blob) && bytes.Equal(data[:len(blob)], blob)
		if genuine != (err == nil) || err != nil && !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrInvalid) {
			t.Fatalf("genuine %v: %v", genuine, err)
		}
	})
}
