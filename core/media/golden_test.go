package media

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write testdata again")

// vector is a file of testdata/attachments.json. Long ones are described by
// Repeat: the file is that byte, Size times, and the blob is given by its hash.
type vector struct {
	Name     string `json:"name"`
	Key      string `json:"key"`
	Size     int64  `json:"size"`
	Root     string `json:"root"`
	Digest   string `json:"digest"`
	File     string `json:"file,omitempty"`
	Repeat   string `json:"repeat,omitempty"`
	Blob     string `json:"blob,omitempty"`
	BlobSize int64  `json:"blobSize"`
	Expect   string `json:"expect"` // ok or corrupt
}

func makeVectors(t *testing.T) []vector {
	t.Helper()
	describe := func(name string, ref Ref, blob []byte) vector {
		return vector{Name: name, Key: hex.EncodeToString(ref.Key.Bytes()), Size: ref.Size, BlobSize: int64(len(blob)),
			Root: hex.EncodeToString(ref.Root[:]), Digest: hex.EncodeToString(ref.Digest[:]), Expect: "ok"}
	}
	short := func(name string, file []byte, change func([]byte) []byte) vector {
		blob, ref := encrypt(t, testKey(t, 0x4b), file)
		v := describe(name, ref, blob)
		v.File = hex.EncodeToString(file)
		if change != nil {
			blob, v.Expect, v.File = change(blob), "corrupt", ""
		}
		v.Blob, v.BlobSize = hex.EncodeToString(blob), int64(len(blob))
		return v
	}
	long := func(name string, size int) vector {
		blob, ref := encrypt(t, testKey(t, 0x4c), bytes.Repeat([]byte{0x61}, size))
		v := describe(name, ref, blob)
		v.Repeat = "61"
		return v
	}
	file := []byte("a small file")
	return []vector{
		short("small", file, nil),
		short("empty", nil, nil),
		long("one full segment", SegmentSize),
		long("two segments", SegmentSize+1),
		long("last segment all padding", 64*SegmentSize+1),
		short("bit of the ciphertext", file, func(b []byte) []byte { b[0] ^= 1; return b }),
		short("bit of the trailer", file, func(b []byte) []byte { b[len(b)-1] ^= 0x80; return b }),
		short("cut off", file, func(b []byte) []byte { return b[:len(b)-1] }),
		short("without trailer", file, func(b []byte) []byte { return b[:len(b)-HashSize] }),
		short("hash adjusted to a change", file, func(b []byte) []byte {
			b[0] ^= 1
			h := LeafHash(b[:len(b)-HashSize])
			return append(b[:len(b)-HashSize], h[:]...)
		}),
		short("nothing", file, func([]byte) []byte { return nil }),
	}
}

func TestVectors(t *testing.T) {
	const path = "testdata/attachments.json"
	made, err := json.MarshalIndent(makeVectors(t), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	made = append(made, '\n')
	if *update {
		if err := os.WriteFile(path, made, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(data, made) {
		t.Errorf("what we write now differs from %s", path)
	}
	var vectors []vector
	if err := json.Unmarshal(data, &vectors); err != nil {
		t.Fatal(err)
	}
	unhex := func(s string) []byte {
		b, err := hex.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for _, v := range vectors {
		if v.Blob == "" && v.Expect == "ok" {
			continue // given by root and digest, which the comparison above holds
		}
		key, err := KeyFromBytes(unhex(v.Key))
		if err != nil {
			t.Fatal(err)
		}
		ref := Ref{Key: key, Size: v.Size, Root: Hash(unhex(v.Root)), Digest: Hash(unhex(v.Digest))}
		var out bytes.Buffer
		err = Decrypt(&out, bytes.NewReader(unhex(v.Blob)), ref)
		switch v.Expect {
		case "ok":
			if err != nil || hex.EncodeToString(out.Bytes()) != v.File {
				t.Errorf("%s: %v", v.Name, err)
			}
		case "corrupt":
			if !errors.Is(err, ErrCorrupt) {
				t.Errorf("%s: %v", v.Name, err)
			}
		default:
			t.Errorf("%s expects %q", v.Name, v.Expect)
		}
	}
	page, err := os.ReadFile("../../spec/attachments.md")
	if err != nil {
		t.Fatal(err)
	}
	shown := strings.Join(strings.Fields(string(page)), "")
	for _, s := range []string{vectors[0].Blob, vectors[0].Root, vectors[0].Digest, vectors[0].File, vectors[0].Key} {
		if !strings.Contains(shown, s) {
			t.Errorf("the page does not show %s", s)
		}
	}
}

// TestStreamMatches holds Encrypt, which reads and writes, to Sealer.
func TestStreamMatches(t *testing.T) {
	data := file(SegmentSize + 10)
	blob, ref := encrypt(t, testKey(t, 1), data)
	s, err := NewSealer(testKey(t, 1), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	r := bytes.NewReader(data)
	var out []byte
	for n, more := s.Next(); more; n, more = s.Next() {
		part := make([]byte, n)
		if _, err := io.ReadFull(r, part); err != nil {
			t.Fatal(err)
		}
		if out, err = s.Seal(out, part); err != nil {
			t.Fatal(err)
		}
	}
	trailer, got, err := s.Finish()
	if err != nil || !bytes.Equal(append(out, trailer...), blob) || got.Root != ref.Root || got.Digest != ref.Digest {
		t.Errorf("the sealer's blob differs: %v", err)
	}
}
