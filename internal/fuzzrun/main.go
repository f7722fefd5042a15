// Fuzzrun finds every fuzz target of the module and, unless it only lists them,
// runs each for a while: go test -fuzz takes one target at a time.
//
//	go run ./internal/fuzzrun -list
//	go run ./internal/fuzzrun -time 5s [-only SUBSTRING]
package main

import (
	"bytes"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// target is one fuzz function.
type target struct{ pkg, name string }

func main() {
	list := flag.Bool("list", false, "only print the targets")
	each := flag.Duration("time", 5*time.Second, "how long to run each")
	only := flag.String("only", "", "only targets whose package or name contains this")
	flag.Parse()
	targets, err := find(".", *only)
	if err != nil || len(targets) == 0 {
		fmt.Fprintln(os.Stderr, "fuzzrun: no targets found:", err)
		os.Exit(1)
	}
	failed := 0
	for _, t := range targets {
		fmt.Printf("%s %s\n", t.pkg, t.name)
		if *list {
			continue
		}
		cmd := exec.Command("go", "test", "-run", "^$", "-fuzz", "^"+t.name+"$", "-fuzztime", each.String(), "-fuzzminimizetime", "1x", t.pkg)
		if out, err := cmd.CombinedOutput(); err != nil && !ranOutOfTime(out) {
			failed++
			fmt.Printf("FAIL %s %s: %v\n%s\n", t.pkg, t.name, err, out)
		}
	}
	if failed > 0 {
		fmt.Printf("%d of %d targets failed\n", failed, len(targets))
		os.Exit(1)
	}
}

// ranOutOfTime reports whether go test failed only because its time was up
// while a worker was busy (go.dev/issue/75804): nothing was found then.
func ranOutOfTime(out []byte) bool {
	return bytes.Contains(out, []byte("context deadline exceeded")) && !bytes.Contains(out, []byte("Failing input written to"))
}

// find returns the fuzz targets below root, in order of their files.
func find(root, only string) ([]target, error) {
	var out []target
	fset := token.NewFileSet()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != root {
			if _, err := os.Stat(filepath.Join(path, "go.mod")); err == nil || strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" {
				return filepath.SkipDir
			}
		}
		if !strings.HasSuffix(path, "_test.go") {
			return nil
		}
		f, err := parser.ParseFile(fset, path, nil, 0)
		if err != nil {
			return err
		}
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Recv != nil || !strings.HasPrefix(fn.Name.Name, "Fuzz") {
				continue
			}
			t := target{"./" + filepath.ToSlash(filepath.Dir(path)), fn.Name.Name}
			if strings.Contains(t.pkg+" "+t.name, only) {
				out = append(out, t)
			}
		}
		return nil
	})
	return out, err
}
