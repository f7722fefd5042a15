package coffer

import (
	"go/ast"
	"strconv"
	"strings"
	"testing"
)

// TestEveryDecoderIsMeasured: each fuzz target is also a row of its package's
// table of allocations (mls/syntax/syntaxtest), so that no decoder is without a
// bound on what hostile input may cost.
func TestEveryDecoderIsMeasured(t *testing.T) {
	elsewhere := map[string]string{
		"api/wire/codec.FuzzReader": "api/apitest/allocation_test.go",
		"cmd/coffer-wasm.FuzzText":  "writes, and reads nothing",
		"cmd/coffer.FuzzJSON":       "writes, and reads nothing",
		"internal/plain.FuzzPlain":  "writes, and reads nothing",
	}
	measured, targets := map[string]bool{}, 0
	for _, s := range sources(t) {
		if !s.test {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			if kv, ok := n.(*ast.KeyValueExpr); ok {
				if lit, ok := kv.Key.(*ast.BasicLit); ok {
					name, _ := strconv.Unquote(lit.Value)
					name, _, _ = strings.Cut(name, "/")
					measured[s.pkg+"."+name] = true
				}
			}
			return true
		})
	}
	for _, s := range sources(t) {
		if !s.test {
			continue
		}
		for _, d := range s.file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Recv != nil || !strings.HasPrefix(f.Name.Name, "Fuzz") {
				continue
			}
			targets++
			name := s.pkg + "." + f.Name.Name
			if _, known := elsewhere[name]; !known && !measured[name] {
				t.Errorf("%s: no row %q in a table for syntaxtest.Check", s.path, f.Name.Name)
			}
		}
	}
	if targets < 90 {
		t.Errorf("only %d fuzz targets found", targets)
	}
}
