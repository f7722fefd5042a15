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
	if *list {
		for _, t := range targets {
			fmt.Printf("%s %s\n", t.pkg, t.name)
		}
		return
	}
	dir, err := os.MkdirTemp("", "fuzzrun")
	if err != nil {
		fmt.Fprintln(os.Stderr, "fuzzrun:", err)
		os.Exit(1)
	}
	failed := 0
	for len(targets) > 0 {
		n := 1 // those of one package stand together
		for n < len(targets) && targets[n].pkg == targets[0].pkg {
			n++
		}
		failed += fuzz(dir, targets[:n], *each)
		targets = targets[n:]
	}
	os.RemoveAll(dir)
	if failed > 0 {
		fmt.Printf("%d targets failed\n", failed)
		os.Exit(1)
	}
}

// fuzz builds the tests of a package once, runs its targets one after the other, as
// go test -fuzz does, and returns how many failed.
func fuzz(dir string, targets []target, each time.Duration) (failed int) {
	pkg, tests := targets[0].pkg, filepath.Join(dir, "fuzz.test")
	if out, err := exec.Command("go", "test", "-c", "-fuzz", ".", "-o", tests, pkg).CombinedOutput(); err != nil {
		fmt.Printf("FAIL %s: %v\n%s\n", pkg, err, out)
		return len(targets)
	}
	corpus, err := corpusOf(pkg)
	if err != nil {
		fmt.Printf("FAIL %s: %v\n", pkg, err)
		return len(targets)
	}
	for _, t := range targets {
		fmt.Printf("%s %s\n", t.pkg, t.name)
		cmd := exec.Command(tests, "-test.run", "^$", "-test.fuzz", "^"+t.name+"$", "-test.fuzztime", each.String(),
			"-test.fuzzminimizetime", "1x", "-test.fuzzcachedir", corpus)
		cmd.Dir = pkg
		if out, err := cmd.CombinedOutput(); err != nil && !ranOutOfTime(out) {
			failed++
			fmt.Printf("FAIL %s %s: %v\n%s\n", t.pkg, t.name, err, out)
		}
	}
	return failed
}

// corpusOf is where go test keeps what it has found interesting in a package.
func corpusOf(pkg string) (string, error) {
	cache, err := exec.Command("go", "env", "GOCACHE").Output()
	if err != nil {
		return "", err
	}
	path, err := exec.Command("go", "list", pkg).Output()
	if err != nil {
		return "", err
	}
	return filepath.Join(strings.TrimSpace(string(cache)), "fuzz", strings.TrimSpace(string(path))), nil
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
