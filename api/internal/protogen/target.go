package main

import (
	"context"
	"path"
	"path/filepath"
	"sort"
	"strings"

	"github.com/coffer-chat/coffer/api/internal/wiregen"
)

const module = "github.com/coffer-chat/coffer/api/"

// target is one API and where its code goes. All paths are relative to the
// folder api, with slashes.
type target struct {
	source  string   // import root of its .proto files
	pattern string   // its .proto files, relative to source
	wire    string   // folder of the plain structs
	owned   []string // folders that hold generated files
	forms   string   // variable and file name of the test's table of plain structs
	sums    string   // list of the sources' hashes, for a check without a compiler
}

var targets = []target{
	{
		source: ".", pattern: "coffer/v1/*.proto",
		wire:  "wire",
		owned: []string{"gen/coffer/v1", "wire"},
		forms: "cofferForms",
		sums:  "gen/sources.sum",
	},
	{
		source: "internal/wiregen/testdata", pattern: "coffer/test/v1/*.proto",
		wire:  "apitest/testwire",
		owned: []string{"apitest/testpb", "apitest/testwire"},
		forms: "testForms",
		sums:  "apitest/testpb/sources.sum",
	},
}

// generate compiles the target's sources and returns every file made of them.
func (t target) generate(ctx context.Context, root string) (fileSet, error) {
	sources, err := filepath.Glob(filepath.Join(root, t.source, filepath.FromSlash(t.pattern)))
	if err != nil {
		return nil, err
	}
	names := make([]string, len(sources))
	for i, s := range sources {
		rel, err := filepath.Rel(filepath.Join(root, t.source), s)
		if err != nil {
			return nil, err
		}
		names[i] = filepath.ToSlash(rel)
	}
	sort.Strings(names)
	req, err := compile(ctx, []string{filepath.Join(root, t.source), root}, names)
	if err != nil {
		return nil, err
	}
	out := fileSet{}
	for _, p := range []string{"protoc-gen-go", "protoc-gen-connect-go"} {
		made, err := plugin(ctx, root, p, req)
		if err != nil {
			return nil, err
		}
		for name, text := range made {
			out[strings.TrimPrefix(name, module)] = text
		}
	}
	made, err := wiregen.Generate(req, path.Base(t.wire))
	if err != nil {
		return nil, err
	}
	for name, text := range made {
		out[t.wire+"/"+name] = text
	}
	out["apitest/"+t.forms+"_test.go"], err = wiregen.Forms(req, t.forms, module+t.wire)
	if err != nil {
		return nil, err
	}
	out[t.sums], err = sums(root, sources)
	return out, err
}
