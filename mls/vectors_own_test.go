package mls

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write testdata/vectors anew")

// generators make our own vectors, one file for each official format.
var generators = map[string]func(t *testing.T) any{
	"tree-math.json":                      genTreeMath,
	"deserialization.json":                genDeserialization,
	"crypto-basics.json":                  eachSuite(genCryptoBasics),
	"key-schedule.json":                   eachSuite(genKeySchedule),
	"psk_secret.json":                     eachSuite(genPSKSecret),
	"secret-tree.json":                    eachSuite(genSecretTree),
	"transcript-hashes.json":              eachSuite(genTranscript),
	"message-protection.json":             eachSuite(genProtection),
	"messages.json":                       eachSuite(genMessages),
	"welcome.json":                        eachSuite(genWelcome),
	"tree-operations.json":                eachSuite(genTreeOperations),
	"tree-validation.json":                eachSuite(genTreeValidation),
	"treekem.json":                        eachSuite(genTreeKEM),
	"passive-client-welcome.json":         eachSuite(genPassiveWelcome),
	"passive-client-handling-commit.json": eachSuite(genPassiveCommit),
}

// eachSuite runs a generator for all suites, each with its own randomness.
func eachSuite[T any](f func(w *world) []T) func(t *testing.T) any {
	return func(t *testing.T) any {
		var out []T
		for _, s := range SupportedSuites() {
			out = append(out, f(vectorWorld(t, s))...)
		}
		return out
	}
}

// vectorWorld is a world without a group yet.
func vectorWorld(t *testing.T, s CipherSuite) *world {
	return &world{TB: t, suite: s, rand: seeded(fmt.Sprint(s, t.Name())), members: map[string]*Group{}, psks: map[string]Secret{}}
}

// bytes draws n bytes.
func (w *world) bytes(n int) []byte {
	w.Helper()
	b := make([]byte, n)
	noErr(w, readRandom(w.rand, b))
	return b
}

// TestOwnVectors writes the files with -update; otherwise it verifies that they
// are there, small, and have the official formats' fields. What they say is
// checked where the official ones are.
func TestOwnVectors(t *testing.T) {
	if *update {
		noErr(t, os.MkdirAll(filepath.Join(ownVectors, "negative"), 0o755))
		for name, f := range generators {
			writeVectors(t, filepath.Join(ownVectors, name), f(t))
		}
		for name, f := range negativeGenerators {
			writeVectors(t, filepath.Join(ownVectors, "negative", name), f(t))
		}
	}
	var size int64
	for name := range generators {
		info, err := os.Stat(filepath.Join(ownVectors, name))
		noErr(t, err)
		size += info.Size()
	}
	for name := range negativeGenerators {
		info, err := os.Stat(filepath.Join(ownVectors, "negative", name))
		noErr(t, err)
		size += info.Size()
	}
	if size > 1_900_000 {
		t.Errorf("%d bytes of vectors", size)
	}
	t.Run("official fields", func(t *testing.T) {
		dir := vectorDir(t)
		for name := range generators {
			own, official := shape(t, filepath.Join(ownVectors, name)), shape(t, filepath.Join(dir, name))
			if own != official {
				t.Errorf("%s has\n%s\nwant\n%s", name, own, official)
			}
		}
	})
}

// writeVectors writes one vector a line, keys in the formats' lower case.
func writeVectors(t *testing.T, path string, list any) {
	t.Helper()
	data, err := json.Marshal(list)
	noErr(t, err)
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber() // epochs have 64 bits
	var v []any
	noErr(t, d.Decode(&v))
	var out bytes.Buffer
	out.WriteString("[\n")
	for i, x := range v {
		line, err := json.Marshal(lowerKeys(x))
		noErr(t, err)
		out.Write(line)
		if i < len(v)-1 {
			out.WriteByte(',')
		}
		out.WriteByte('\n')
	}
	out.WriteString("]\n")
	noErr(t, os.WriteFile(path, out.Bytes(), 0o644))
}

func lowerKeys(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, x := range v {
			out[strings.ToLower(k)] = lowerKeys(x)
		}
		return out
	case []any:
		for i := range v {
			v[i] = lowerKeys(v[i])
		}
	}
	return v
}

// shape lists the keys of all objects in a file, by their place.
func shape(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	noErr(t, err)
	var v any
	noErr(t, json.Unmarshal(data, &v))
	keys := map[string]bool{}
	var walk func(at string, v any)
	walk = func(at string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for k, x := range v {
				keys[at+"."+k] = true
				walk(at+"."+k, x)
			}
		case []any:
			for _, x := range v {
				walk(at, x)
			}
		}
	}
	walk("", v)
	var list []string
	for k := range keys {
		list = append(list, k)
	}
	sort.Strings(list)
	return strings.Join(slices.Compact(list), "\n")
}
