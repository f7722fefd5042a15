package web_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// literals gathers the texts of string literals below a folder, those that are
// joined by + as one.
func literals(t *testing.T, dir string, into map[string]bool) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if x, ok := n.(ast.Expr); ok {
				if s, ok := folded(x); ok {
					into[s] = true
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func folded(x ast.Expr) (string, bool) {
	switch x := x.(type) {
	case *ast.BasicLit:
		if x.Kind == token.STRING {
			s, err := strconv.Unquote(x.Value)
			return s, err == nil
		}
	case *ast.BinaryExpr:
		a, ok := folded(x.X)
		b, too := folded(x.Y)
		return a + b, ok && too && x.Op == token.ADD
	}
	return "", false
}

// TestSaid: what the page's languages have words for is what the engine, or the
// page's own side of it, or the server's disclosure says; each has the same, and fills in nothing that is not there.
func TestSaid(t *testing.T) {
	texts := map[string]bool{}
	for _, dir := range []string{"../client", "../api/wire", "../server/disclose"} {
		literals(t, dir, texts)
	}
	var own strings.Builder
	for _, name := range []string{"engine", "worker"} {
		b, err := os.ReadFile("src/engine/" + name + ".ts")
		if err != nil {
			t.Fatal(err)
		}
		own.Write(b)
	}
	said := map[string]map[string]string{}
	for _, language := range []string{"de", "ar"} {
		b, err := os.ReadFile("src/text/said." + language + ".json")
		if err != nil {
			t.Fatal(err)
		}
		m := map[string]string{}
		if err := json.Unmarshal(b, &m); err != nil {
			t.Fatal(err)
		}
		said[language] = m
	}
	verb, place := regexp.MustCompile(`%[sdqv]`), regexp.MustCompile(`\{(\d)(:span|:day)?\}`)
	for language, words := range said {
		for form, text := range words {
			if !texts[form] && !strings.Contains(own.String(), "'"+form+"'") {
				t.Errorf("said.%s.json: nothing says %q any more: give the words to the sentence that took its place, or take them out", language, form)
			}
			for other, m := range said {
				if m[form] == "" {
					t.Errorf("said.%s.json lacks %q", other, form)
				}
			}
			n := len(verb.FindAllString(form, -1))
			if form == "realm" { // of one value, though no form
				n = 1
			}
			for _, p := range place.FindAllStringSubmatch(text, -1) {
				if i, _ := strconv.Atoi(p[1]); i >= n {
					t.Errorf("said.%s.json: %q has no value %s", language, form, p[0])
				}
			}
			if strings.ContainsAny(place.ReplaceAllString(text, ""), "{}%") {
				t.Errorf("said.%s.json: %q: %q", language, form, text)
			}
		}
	}
	if len(said["de"]) < 100 {
		t.Errorf("only %d sentences", len(said["de"]))
	}
}

// TestHealthIsSaid: every sentence that a check of health can find has words in
// each language.
func TestHealthIsSaid(t *testing.T) {
	b, err := os.ReadFile("src/text/said.de.json")
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]string{}
	if err := json.Unmarshal(b, &said); err != nil {
		t.Fatal(err)
	}
	found := 0
	files, err := filepath.Glob("../client/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) == 0 {
				return true
			}
			if sel, ok := call.Fun.(*ast.SelectorExpr); ok && sel.Sel.Name == "say" {
				if form, ok := folded(call.Args[0]); ok {
					found++
					if said[form] == "" {
						t.Errorf("%s: no words for %q", path, form)
					}
				}
			}
			return true
		})
	}
	if found < 20 {
		t.Errorf("only %d sentences of checks found", found)
	}
}

// TestDisclosureIsSaid: what a disclosure says of each section, and what it says is
// not held, has words in each language.
func TestDisclosureIsSaid(t *testing.T) {
	b, err := os.ReadFile("src/text/said.de.json")
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]string{}
	if err := json.Unmarshal(b, &said); err != nil {
		t.Fatal(err)
	}
	f, err := parser.ParseFile(token.NewFileSet(), "../server/disclose/words.go", nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	look := func(list []ast.Expr) {
		for _, x := range list {
			if s, ok := folded(x); ok {
				found++
				if said[s] == "" {
					t.Errorf("no words for %q", s)
				}
			}
		}
	}
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Name.Name != "describe" {
				continue
			}
			for _, s := range d.Body.List {
				if a, ok := s.(*ast.AssignStmt); ok {
					look(a.Rhs)
				}
			}
		case *ast.GenDecl:
			for _, s := range d.Specs {
				if v, ok := s.(*ast.ValueSpec); ok && v.Names[0].Name == "notHeld" {
					look(v.Values[0].(*ast.CompositeLit).Elts)
				}
			}
		}
	}
	if found < 46 {
		t.Errorf("only %d sentences found", found)
	}
}
