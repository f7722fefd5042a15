package mls

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// source is what the Go files here declare.
type source struct {
	funcs    map[string]map[string]bool // by file: functions and methods
	literals map[string]map[string]bool // by test function: string literals
	errors   map[string]bool
}

func readSource(t *testing.T) source {
	s := source{map[string]map[string]bool{}, map[string]map[string]bool{}, map[string]bool{}}
	files, err := filepath.Glob("*.go")
	noErr(t, err)
	more, err := filepath.Glob("syntax/*.go")
	noErr(t, err)
	for _, name := range append(files, more...) {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		noErr(t, err)
		s.funcs[filepath.ToSlash(name)] = map[string]bool{}
		for _, d := range f.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				s.funcs[filepath.ToSlash(name)][d.Name.Name] = true
				if strings.HasPrefix(d.Name.Name, "Test") {
					s.literals[d.Name.Name] = literals(d)
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					if v, ok := spec.(*ast.ValueSpec); ok && name == "errors.go" {
						s.errors[v.Names[0].Name] = true
					}
				}
			}
		}
	}
	return s
}

func literals(d *ast.FuncDecl) map[string]bool {
	out := map[string]bool{}
	ast.Inspect(d, func(n ast.Node) bool {
		if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING {
			if text, err := strconv.Unquote(l.Value); err == nil {
				out[text] = true
			}
		}
		return true
	})
	return out
}

// problems lists what a page says that the code does not.
func (s source) problems(page string) []string {
	var out []string
	named := map[string]bool{}
	for _, code := range regexp.MustCompile("`([^`\n]+)`").FindAllStringSubmatch(page, -1) {
		name := code[1]
		test, label, hasLabel := strings.Cut(name, "/")
		file, fn, hasFunc := strings.Cut(name, ": ")
		switch {
		case strings.HasPrefix(name, "Err"):
			named[name] = true
			if !s.errors[name] {
				out = append(out, "no error "+name)
			}
		case strings.HasPrefix(name, "Test"):
			if lit, ok := s.literals[test]; !ok || hasLabel && !lit[label] {
				out = append(out, "no test "+name)
			}
		case strings.HasSuffix(file, ".go"):
			if funcs, ok := s.funcs[file]; !ok || hasFunc && !funcs[fn] {
				out = append(out, "no function "+name)
			}
		}
	}
	for name := range s.errors {
		if !named[name] {
			out = append(out, "not listed: "+name)
		}
	}
	for _, line := range strings.Split(page, "\n") {
		cells := strings.Split(strings.Trim(line, "|"), "|")
		if !strings.HasPrefix(line, "| ") || strings.HasPrefix(strings.TrimSpace(cells[0]), "rule") || strings.HasPrefix(strings.TrimSpace(cells[0]), "error") {
			continue
		}
		if len(cells) != 5 && len(cells) != 3 || !strings.Contains(cells[len(cells)-1], "`Test") {
			out = append(out, "a rule without a test: "+strings.TrimSpace(cells[0]))
		}
	}
	return out
}

// TestGuaranteesPage: the tests that GUARANTEES.md names are there, and its limits
// are those of the code.
func TestGuaranteesPage(t *testing.T) {
	data, err := os.ReadFile("GUARANTEES.md")
	noErr(t, err)
	page, s := string(data), readSource(t)
	names := regexp.MustCompile("`(Test[A-Za-z0-9]+)`").FindAllStringSubmatch(page, -1)
	if len(names) < 12 {
		t.Errorf("%d tests are named", len(names))
	}
	for _, n := range names {
		if _, ok := s.literals[n[1]]; !ok && n[1] != "TestPurity" { // of the module
			t.Errorf("no test %s", n[1])
		}
	}
	for _, limit := range []struct {
		n    int
		text string
	}{{MaxForward, "4,096 (`MaxForward`)"}, {MaxSkipped, "1,024 (`MaxSkipped`)"}, {MaxReaderGeneration + 1, "65,536 (`MaxReaderGeneration`)"},
		{maxLeaves, "leaves of a tree | 65,536;"}, {maxFactor, "at most 8 times"}, {MaxProposals, "65,536 (`MaxProposals`)"}} {
		if !strings.Contains(page, limit.text) || !strings.Contains(strings.ReplaceAll(limit.text, ",", ""), strconv.Itoa(limit.n)) {
			t.Errorf("the page does not say %d as %q", limit.n, limit.text)
		}
	}
}

// TestValidationPage holds VALIDATION.md against the code.
func TestValidationPage(t *testing.T) {
	page, err := os.ReadFile("VALIDATION.md")
	noErr(t, err)
	s := readSource(t)
	for _, p := range s.problems(string(page)) {
		t.Error(p)
	}
	if n := strings.Count(string(page), "`Test"); n < 100 {
		t.Errorf("%d tests are named", n)
	}
	// What the page must not say is noticed.
	all := ""
	for name := range s.errors {
		all += "`" + name + "` "
	}
	for _, bad := range []string{
		"`TestNobodyWrote`", "`TestCommitRefused/a label that no test has`", "`ErrNobodyDeclared`", "`nowhere.go`", "`group.go: nowhere`",
		"| a rule | 1 | `group.go: NewGroup` | `ErrBadKey` | |",
	} {
		if len(s.problems(all+"\n"+bad)) != 1 {
			t.Errorf("%s is not noticed", bad)
		}
	}
	if len(s.problems("")) != len(s.errors) {
		t.Error("errors that are left out are not noticed")
	}
}
