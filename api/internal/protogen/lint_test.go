package main

import (
	"context"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
)

// TestLint holds the .proto files to the rules of buf's category STANDARD that
// apply to one proto3 package, without buf itself.
func TestLint(t *testing.T) {
	root, err := apiRoot()
	if err != nil {
		t.Fatal(err)
	}
	for _, target := range targets {
		base := filepath.Join(root, target.source)
		sources, err := filepath.Glob(filepath.Join(base, filepath.FromSlash(target.pattern)))
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, s := range sources {
			names = append(names, path.Join(path.Dir(target.pattern), filepath.Base(s)))
		}
		req, err := compile(context.Background(), []string{base, root}, names)
		if err != nil {
			t.Fatal(err)
		}
		files, err := protodesc.NewFiles(&descriptorpb.FileDescriptorSet{File: req.ProtoFile})
		if err != nil {
			t.Fatal(err)
		}
		l := linter{t: t, used: map[protoreflect.FullName]protoreflect.FullName{}}
		for _, name := range names {
			f, err := files.FindFileByPath(name)
			if err != nil {
				t.Fatal(err)
			}
			l.file(f)
		}
	}
}

var (
	snake     = regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)
	pascal    = regexp.MustCompile(`^[A-Z][A-Za-z0-9]*$`)
	screaming = regexp.MustCompile(`^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$`)
	versioned = regexp.MustCompile(`\.v[0-9]+$`)
	wordStart = regexp.MustCompile(`([a-z0-9])([A-Z])`)
)

type linter struct {
	t    *testing.T
	used map[protoreflect.FullName]protoreflect.FullName // message of a call → the call
}

// rule reports d if it does not keep a rule.
func (l linter) rule(ok bool, d protoreflect.Descriptor, name string) {
	l.t.Helper()
	if !ok {
		l.t.Errorf("%s: %s: %s", d.ParentFile().Path(), d.FullName(), name)
	}
}

func (l linter) file(f protoreflect.FileDescriptor) {
	pkg := string(f.Package())
	l.rule(strings.ReplaceAll(pkg, ".", "/") == path.Dir(f.Path()), f, "PACKAGE_DIRECTORY_MATCH")
	l.rule(versioned.MatchString(pkg), f, "PACKAGE_VERSION_SUFFIX")
	l.rule(snake.MatchString(strings.TrimSuffix(path.Base(f.Path()), ".proto")), f, "FILE_LOWER_SNAKE_CASE")
	for i := range f.Imports().Len() {
		l.rule(!f.Imports().Get(i).IsPublic, f, "IMPORT_NO_PUBLIC")
	}
	l.enums(f.Enums())
	l.messages(f.Messages())
	for i := range f.Services().Len() {
		s := f.Services().Get(i)
		l.rule(pascal.MatchString(string(s.Name())), s, "SERVICE_PASCAL_CASE")
		l.rule(strings.HasSuffix(string(s.Name()), "Service"), s, "SERVICE_SUFFIX")
		for j := range s.Methods().Len() {
			m := s.Methods().Get(j)
			l.rule(pascal.MatchString(string(m.Name())), m, "RPC_PASCAL_CASE")
			l.rule(m.Input().Name() == m.Name()+"Request", m, "RPC_REQUEST_STANDARD_NAME")
			l.rule(m.Output().Name() == m.Name()+"Response", m, "RPC_RESPONSE_STANDARD_NAME")
			for _, io := range []protoreflect.FullName{m.Input().FullName(), m.Output().FullName()} {
				l.rule(l.used[io] == "", m, "RPC_REQUEST_RESPONSE_UNIQUE")
				l.used[io] = m.FullName()
			}
		}
	}
}

func (l linter) enums(enums protoreflect.EnumDescriptors) {
	for i := range enums.Len() {
		e := enums.Get(i)
		l.rule(pascal.MatchString(string(e.Name())), e, "ENUM_PASCAL_CASE")
		prefix := strings.ToUpper(wordStart.ReplaceAllString(string(e.Name()), "${1}_$2")) + "_"
		first := e.Values().Get(0)
		l.rule(first.Number() == 0, e, "ENUM_FIRST_VALUE_ZERO")
		l.rule(strings.HasSuffix(string(first.Name()), "_UNSPECIFIED"), e, "ENUM_ZERO_VALUE_SUFFIX")
		seen := map[protoreflect.EnumNumber]bool{}
		for j := range e.Values().Len() {
			v := e.Values().Get(j)
			l.rule(screaming.MatchString(string(v.Name())), v, "ENUM_VALUE_UPPER_SNAKE_CASE")
			l.rule(strings.HasPrefix(string(v.Name()), prefix), v, "ENUM_VALUE_PREFIX")
			l.rule(!seen[v.Number()], v, "ENUM_NO_ALLOW_ALIAS")
			seen[v.Number()] = true
		}
	}
}

func (l linter) messages(messages protoreflect.MessageDescriptors) {
	for i := range messages.Len() {
		m := messages.Get(i)
		l.rule(pascal.MatchString(string(m.Name())), m, "MESSAGE_PASCAL_CASE")
		for j := range m.Fields().Len() {
			l.rule(snake.MatchString(string(m.Fields().Get(j).Name())), m.Fields().Get(j), "FIELD_LOWER_SNAKE_CASE")
		}
		for j := range m.Oneofs().Len() {
			if o := m.Oneofs().Get(j); !o.IsSynthetic() {
				l.rule(snake.MatchString(string(o.Name())), o, "ONEOF_LOWER_SNAKE_CASE")
			}
		}
		l.enums(m.Enums())
		l.messages(m.Messages())
	}
}
