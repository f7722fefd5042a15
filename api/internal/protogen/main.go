// Command protogen compiles the API's .proto files and writes, or with -check
// compares, the code generated from them: protobuf and Connect code for the
// server, plain structs for the client, and the same of a test API.
//
// It needs Go only: the compiler is github.com/bufbuild/protocompile, and the
// two public plugins are tools of this module, so their versions are the ones
// in its go.mod. Run it with api/generate.sh.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	check := flag.Bool("check", false, "write nothing; fail if a committed file is out of date")
	flag.Parse()
	root, err := apiRoot()
	if err == nil {
		err = run(context.Background(), root, *check)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "protogen:", err)
		os.Exit(1)
	}
}

// run generates every API under root, the folder api of the repository.
func run(ctx context.Context, root string, check bool) error {
	for _, t := range targets {
		files, err := t.generate(ctx, root)
		if err != nil {
			return err
		}
		if check {
			err = files.compare(root, t.owned)
		} else {
			err = files.write(root, t.owned)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// apiRoot finds the folder api from any folder at or below it.
func apiRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		for _, d := range []string{dir, filepath.Join(dir, "api")} {
			if _, err := os.Stat(filepath.Join(d, "coffer", "v1", "options.proto")); err == nil {
				return d, nil
			}
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", fmt.Errorf("no folder api/coffer/v1 here or above")
		}
		dir = parent
	}
}
