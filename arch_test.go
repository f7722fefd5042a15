package coffer

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/coffer-chat/coffer/"

// source is one Go file of this module, generated code and tests included.
type source struct {
	path    string // slash-separated, relative to the module
	pkg     string // its folder
	test    bool
	made    bool // generated
	file    *ast.File
	imports []string
	lines   int
}

func sources(t *testing.T) []source {
	t.Helper()
	var out []source
	fset := token.NewFileSet()
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() {
			if path != "." && (strings.HasPrefix(name, ".") || name == "testdata" || name == "node_modules") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		f, err := parser.ParseFile(fset, path, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		s := source{
			path: filepath.ToSlash(path), pkg: filepath.ToSlash(filepath.Dir(path)),
			test: strings.HasSuffix(name, "_test.go"), made: ast.IsGenerated(f),
			file: f, lines: fset.Position(f.End()).Line,
		}
		for _, i := range f.Imports {
			p, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				return err
			}
			s.imports = append(s.imports, p)
		}
		out = append(out, s)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out) < 100 {
		t.Fatalf("found %d Go files only: is this the module's root?", len(out))
	}
	return out
}

// within reports whether a folder or import path is dir or below it.
func within(p, dir string) bool { return p == dir || strings.HasPrefix(p, dir+"/") }

// local returns the module's folder that an import names, "" for others'.
func local(imp string) string {
	if p, ok := strings.CutPrefix(imp, module); ok {
		return p
	}
	return ""
}

// TestArrows holds the import rules of ARCHITECTURE.md: who may know whom.
func TestArrows(t *testing.T) {
	rules := []struct {
		from   string   // files in and below
		never  []string // local folders that they do not import
		except []string // below never, but allowed
	}{
		{from: "mls", never: []string{"core", "client", "server", "realm", "api", "cmd", "tui", "web", "internal"}},
		{from: "core", never: []string{"client", "server", "realm", "api", "cmd", "tui", "web", "internal"}},
		{from: "client", never: []string{"server", "realm", "api/gen", "cmd", "tui", "web"}},
		{from: "server", never: []string{"client", "realm", "api/wire", "cmd", "tui", "web"}},
		{from: "realm", never: []string{"client", "server", "api", "cmd", "tui", "web"}},
		{from: "api", never: []string{"client", "server", "realm", "core", "mls", "cmd"}},
	}
	for _, s := range sources(t) {
		if s.test && within(s.pkg, "api/apitest") {
			continue
		}
		for _, r := range rules {
			if !within(s.pkg, r.from) {
				continue
			}
			for _, imp := range s.imports {
				for _, never := range r.never {
					if within(local(imp), never) && local(imp) != "" {
						t.Errorf("%s imports %s, which %s never does", s.path, local(imp), r.from)
					}
				}
			}
		}
	}
}

// TestRooms: the rooms below the engine do not know it, so that each can be read,
// and tested, alone.
func TestRooms(t *testing.T) {
	rooms := 0
	for _, s := range sources(t) {
		if !strings.HasPrefix(s.pkg, "client/") {
			continue
		}
		rooms++
		if slices.Contains(s.imports, module+"client") {
			t.Errorf("%s imports the engine", s.path)
		}
	}
	if rooms < 30 {
		t.Errorf("only %d files found in rooms of the engine", rooms)
	}
}

// TestPurity: mls and core compute. They reach no network, disk, clock, log,
// goroutine or source of randomness of their own.
func TestPurity(t *testing.T) {
	forbidden := []string{"net", "os", "database/sql", "log", "log/slog", "crypto/rand", "math/rand", "math/rand/v2", "syscall", "unsafe", "sync/atomic"}
	for _, s := range sources(t) {
		if s.test || !within(s.pkg, "mls") && !within(s.pkg, "core") || within(s.pkg, "mls/interop") {
			continue
		}
		for _, imp := range s.imports {
			if slices.Contains(forbidden, imp) || strings.HasPrefix(imp, "net/") || strings.HasPrefix(imp, "os/") {
				t.Errorf("%s imports %s", s.path, imp)
			}
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt:
				t.Errorf("%s starts a goroutine", s.path)
			case *ast.SelectorExpr:
				if x, ok := n.X.(*ast.Ident); ok && x.Name == "time" && slices.Contains([]string{"Now", "Since", "Until", "Sleep", "After", "NewTimer", "NewTicker"}, n.Sel.Name) {
					t.Errorf("%s uses time.%s", s.path, n.Sel.Name)
				}
			}
			return true
		})
	}
}

// TestDrivers: a package that defines an interface imports none of its drivers;
// cmd, and tests, choose.
func TestDrivers(t *testing.T) {
	for dir, drivers := range map[string][]string{
		"client/store":     {"client/store/sqlite", "client/store/idb"},
		"client/transport": {"client/transport/http", "client/transport/fetch"},
		"client/cloud":     {"client/cloud/drive"},
		"client":           {"client/cloud/drive", "client/store/sqlite", "client/store/idb", "client/transport/http", "client/transport/fetch"},
		"server":           {"server/store/sqlstore", "server/blob/fs", "server/blob/s3", "server/bus/nats"},
		"server/store":     {"server/store/sqlstore"},
		"server/blob":      {"server/blob/fs", "server/blob/s3"},
		"realm":            {"realm/sqlstore"},
	} {
		for _, s := range sources(t) {
			if s.test || s.pkg != dir {
				continue
			}
			for _, imp := range s.imports {
				if slices.Contains(drivers, local(imp)) {
					t.Errorf("%s imports the driver %s", s.path, local(imp))
				}
			}
		}
	}
}

// TestHouseRules: no init functions, no rooms with names that say nothing, no
// file that nobody can read in one go.
func TestHouseRules(t *testing.T) {
	const maxLines = 600
	for _, s := range sources(t) {
		if slices.Contains([]string{"util", "utils", "common", "helpers", "types", "misc"}, s.file.Name.Name) {
			t.Errorf("%s: package %s", s.path, s.file.Name.Name)
		}
		if s.made {
			continue
		}
		if s.lines > maxLines {
			t.Errorf("%s has %d lines; the limit is %d", s.path, s.lines, maxLines)
		}
		for _, d := range s.file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
				t.Errorf("%s has an init function", s.path)
			}
		}
	}
}

// TestPackageComments: every package says what it is for.
func TestPackageComments(t *testing.T) {
	documented := map[string]bool{}
	for _, s := range sources(t) {
		if !s.test {
			documented[s.pkg] = documented[s.pkg] || s.file.Doc != nil || s.made
		}
	}
	for pkg, ok := range documented {
		if !ok {
			t.Errorf("%s has no package comment", pkg)
		}
	}
}

// TestBrowserCore: what the browser will run holds no HTTP stack, no protobuf
// runtime, no SQL and no Connect library.
func TestBrowserCore(t *testing.T) {
	cmd := exec.Command("go", "list", "-deps", "./client", "./client/search", "./client/store/mem", "./client/store/sealed",
		"./client/store/idb", "./client/transport/fetch", "./cmd/coffer-wasm", "./core/...", "./mls/...")
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, dep := range strings.Fields(string(out)) {
		switch {
		case dep == "net/http", dep == "net", dep == "database/sql", strings.HasPrefix(dep, "modernc.org/"),
			strings.HasPrefix(dep, "connectrpc.com/"), strings.HasPrefix(dep, "google.golang.org/grpc"),
			strings.HasPrefix(dep, "google.golang.org/protobuf/proto"), strings.HasPrefix(dep, "google.golang.org/protobuf/reflect"),
			strings.HasPrefix(dep, "google.golang.org/protobuf/runtime"):
			if !strings.HasPrefix(dep, "google.golang.org/protobuf/encoding/protowire") {
				t.Errorf("the browser's core depends on %s", dep)
			}
		}
	}
}

// TestBrowserSmall: the page's engine leaves out what the browser has, and the
// curves that nothing in it uses (docs/adr/0015).
func TestBrowserSmall(t *testing.T) {
	cmd := exec.Command("go", "list", "-tags", "mls_hybrid_only", "-deps", "./cmd/coffer-wasm")
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, dep := range strings.Fields(string(out)) {
		if slices.Contains([]string{"crypto/hpke", "crypto/ecdh", "crypto/ecdsa", "crypto/elliptic", "crypto/internal/fips140/nistec", "crypto/mlkem", "golang.org/x/text/unicode/norm", "image/png"}, dep) {
			t.Errorf("the page's engine depends on %s", dep)
		}
	}
}

// TestNamedTestsExist: a test that SECURITY.md names as the check of a promise is
// there.
func TestNamedTestsExist(t *testing.T) {
	page, err := os.ReadFile("SECURITY.md")
	if err != nil {
		t.Fatal(err)
	}
	there := map[string]bool{}
	for _, s := range sources(t) {
		for _, d := range s.file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && s.test {
				there[f.Name.Name] = true
			}
		}
	}
	names := regexp.MustCompile("`(Test[A-Za-z0-9]+)`").FindAllSubmatch(page, -1)
	if len(names) < 10 {
		t.Errorf("SECURITY.md names %d tests only", len(names))
	}
	for _, n := range names {
		if !there[string(n[1])] {
			t.Errorf("SECURITY.md names %s, which is not there", n[1])
		}
	}
}
