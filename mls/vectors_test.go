package mls

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// hexBytes is hex-encoded in a vector file; null stays nil.
type hexBytes []byte

func (h *hexBytes) UnmarshalJSON(b []byte) error {
	var s *string
	if err := json.Unmarshal(b, &s); err != nil {
		return err
	}
	if s == nil {
		return nil
	}
	v, err := hex.DecodeString(*s)
	*h = v
	if v == nil {
		*h = hexBytes{}
	}
	return err
}

func (h hexBytes) MarshalJSON() ([]byte, error) {
	if h == nil {
		return []byte("null"), nil
	}
	return json.Marshal(hex.EncodeToString(h))
}

// vectorDir finds the vectors: COFFER_VECTORS, or shared/vectors beside the
// repository.
func vectorDir(t testing.TB) string {
	dir := os.Getenv("COFFER_VECTORS")
	if dir == "" {
		wd, err := os.Getwd()
		if err != nil {
			t.Fatal(err)
		}
		for ; ; wd = filepath.Dir(wd) {
			if _, err := os.Stat(filepath.Join(wd, "go.mod")); err == nil {
				break
			}
			if wd == filepath.Dir(wd) {
				t.Fatal("no go.mod above the package")
			}
		}
		dir = filepath.Join(wd, "..", "shared", "vectors")
	}
	dir = filepath.Join(dir, "mls")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("not run: no MLS test vectors at COFFER_VECTORS/mls or ../shared/vectors/mls (github.com/mlswg/mls-implementations, test-vectors)")
	}
	return dir
}

// ownVectors is the folder of our own vectors, in the same formats.
var ownVectors = filepath.Join("testdata", "vectors")

// eachFile runs f for our own vectors of a format, and for the working group's.
func eachFile[T any](t *testing.T, name string, f func(*testing.T, []T)) {
	t.Run("own", func(t *testing.T) { f(t, loadVectors[T](t, filepath.Join(ownVectors, name))) })
	t.Run("official", func(t *testing.T) { f(t, loadVectors[T](t, filepath.Join(vectorDir(t), name))) })
}

func loadVectors[T any](t testing.TB, path string) []T {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var list []T
	if err := json.Unmarshal(data, &list); err != nil {
		t.Fatal(err)
	}
	if len(list) == 0 {
		t.Fatal("empty vector file")
	}
	return list
}

// bySuite runs f for each vector as a subtest. Vectors of the X448 suites are
// counted and named, others must be built. Our own are of every suite.
func bySuite[T any](t *testing.T, name string, suiteOf func(T) CipherSuite, f func(*testing.T, T)) {
	eachFile(t, name, func(t *testing.T, list []T) {
		ran := oneFile(t, list, suiteOf, f)
		for _, s := range SupportedSuites() {
			if ran[s] == 0 && strings.HasSuffix(t.Name(), "/own") {
				t.Errorf("no vector of %v", s)
			}
		}
	})
}

func oneFile[T any](t *testing.T, list []T, suiteOf func(T) CipherSuite, f func(*testing.T, T)) map[CipherSuite]int {
	notBuilt := map[CipherSuite]int{}
	ran := map[CipherSuite]int{}
	for i, v := range list {
		s := suiteOf(v)
		if s == 4 || s == 6 {
			notBuilt[s]++
			continue
		}
		if !s.Supported() {
			t.Errorf("vector %d: suite %v is neither built nor known as missing", i, s)
			continue
		}
		ran[s]++
		t.Run(fmt.Sprintf("%d/suite%d", i, s), func(t *testing.T) {
			t.Parallel()
			f(t, v)
		})
	}
	for s, n := range notBuilt {
		t.Run(fmt.Sprintf("suite%d", s), func(t *testing.T) {
			t.Skipf("not run: %d vectors of cipher suite %d (X448 and Ed448 are not built)", n, s)
		})
	}
	if len(ran) == 0 {
		t.Error("no vector ran")
	}
	return ran
}

// padKey restores the leading zeros that the vectors leave out of P-521 scalars.
func padKey(s CipherSuite, key []byte) []byte {
	if s == MLS_256_DHKEMP521_AES256GCM_SHA512_P521 && len(key) < 66 {
		return append(make([]byte, 66-len(key)), key...)
	}
	return key
}
