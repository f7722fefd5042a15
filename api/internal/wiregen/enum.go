package wiregen

import "google.golang.org/protobuf/reflect/protoreflect"

// enum writes a named integer type, its values and its String method.
func (g *generator) enum(e protoreflect.EnumDescriptor) error {
	name := typeName(e)
	if err := g.claim(name, e); err != nil {
		return err
	}
	g.uses.codec = true
	g.p("")
	g.doc(e, name, name+" is the enum "+string(e.FullName())+".")
	g.p("type %s int32", name)
	g.p("\n// The values of %s.", name)
	g.p("const (")
	for i := 0; i < e.Values().Len(); i++ {
		v := e.Values().Get(i)
		if err := g.claim(valueName(v), v); err != nil {
			return err
		}
		g.doc(v, valueName(v), "")
		g.p("%s %s = %d", valueName(v), name, v.Number())
	}
	g.p(")")
	g.p("\n// String returns the value's name in the .proto file.")
	g.p("func (e %s) String() string {", name)
	g.p("name := \"\"")
	g.p("switch e {")
	seen := map[protoreflect.EnumNumber]bool{}
	for i := 0; i < e.Values().Len(); i++ {
		v := e.Values().Get(i)
		if seen[v.Number()] {
			continue // an alias
		}
		seen[v.Number()] = true
		g.p("case %s:\nname = %q", valueName(v), v.Name())
	}
	g.p("}")
	g.p("return codec.EnumName(%q, name, int32(e))", name)
	g.p("}")
	return nil
}
