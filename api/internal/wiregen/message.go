package wiregen

import (
	"fmt"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// message writes a struct with its methods, and what is defined inside it.
func (g *generator) message(m protoreflect.MessageDescriptor) error {
	if err := finite(m, nil); err != nil {
		return err
	}
	name := typeName(m)
	for _, n := range []string{name, "Parse" + name} {
		if err := g.claim(n, m); err != nil {
			return err
		}
	}
	fields := make([]field, m.Fields().Len())
	used := map[string]bool{}
	for i := range fields {
		var err error
		if fields[i], err = g.field(m.Fields().Get(i)); err != nil {
			return err
		}
		if used[fields[i].name] {
			return fmt.Errorf("%s: two fields would be called %s", m.FullName(), fields[i].name)
		}
		used[fields[i].name] = true
	}
	size, _, err := g.option(m, maxSize)
	if err != nil {
		return err
	}

	g.uses.codec = true
	g.p("")
	g.doc(m, name, name+" is the message "+string(m.FullName())+".")
	g.structure(name, fields)
	g.appender(name, fields)
	g.merger(name, fields, size)
	g.clearers(name, m)
	g.p("\n// Parse%s reads an encoded %s. Its bytes fields share memory with b.", name, name)
	g.p("func Parse%s(b []byte) (*%s, error) {", name, name)
	g.p("m := new(%s)", name)
	g.p("if err := m.Merge(b); err != nil {\nreturn nil, err\n}")
	g.p("return m, nil")
	g.p("}")

	for i := 0; i < m.Enums().Len(); i++ {
		if err := g.enum(m.Enums().Get(i)); err != nil {
			return err
		}
	}
	for i := 0; i < m.Messages().Len(); i++ {
		if nested := m.Messages().Get(i); !nested.IsMapEntry() {
			if err := g.message(nested); err != nil {
				return err
			}
		}
	}
	return nil
}

// finite refuses messages that contain themselves, so that parsing needs no
// bound on depth.
func finite(m protoreflect.MessageDescriptor, above []protoreflect.FullName) error {
	for _, a := range above {
		if a == m.FullName() {
			return fmt.Errorf("%s: recursive messages are not supported", a)
		}
	}
	above = append(above[:len(above):len(above)], m.FullName())
	for i := 0; i < m.Fields().Len(); i++ {
		if sub := m.Fields().Get(i).Message(); sub != nil {
			if err := finite(sub, above); err != nil {
				return err
			}
		}
	}
	return nil
}

// structure writes the struct.
func (g *generator) structure(name string, fields []field) {
	g.p("type %s struct {", name)
	for _, f := range fields {
		g.doc(f.desc, f.name, "")
		note := ""
		if f.max > 0 {
			note += fmt.Sprintf(" at most %d;", f.max)
		}
		if f.maxLen > 0 {
			note += fmt.Sprintf(" at most %d bytes;", f.maxLen)
		}
		if f.shape == member {
			note += fmt.Sprintf(" one of %s;", f.desc.ContainingOneof().Name())
		}
		if note != "" {
			note = " //" + note[:len(note)-1]
		}
		g.p("%s %s%s", f.name, f.goType(), note)
	}
	g.p("}")
}

// clearers writes, for each oneof, a method that unsets its members.
func (g *generator) clearers(name string, m protoreflect.MessageDescriptor) {
	for i := 0; i < m.Oneofs().Len(); i++ {
		o := m.Oneofs().Get(i)
		if o.IsSynthetic() {
			continue
		}
		g.p("\n// clear%s unsets every member of the oneof %s.", camel(string(o.Name())), o.Name())
		g.p("func (m *%s) clear%s() {", name, camel(string(o.Name())))
		for j := 0; j < o.Fields().Len(); j++ {
			g.p("m.%s = nil", camel(string(o.Fields().Get(j).Name())))
		}
		g.p("}")
	}
}
