package wiregen

import "fmt"

// appender writes the method Append.
func (g *generator) appender(name string, fields []field) {
	g.p("\n// Append appends the encoding of m to b and returns the longer slice. A nil m is an empty message.")
	g.p("func (m *%s) Append(b []byte) []byte {", name)
	if len(fields) == 0 {
		g.p("return b\n}")
		return
	}
	g.p("if m == nil {\nreturn b\n}")
	for _, f := range fields {
		if f.shape == repeated {
			g.appendRepeated(f)
			continue
		}
		v := "m." + f.name
		g.p("if %s {", present(f, v))
		if f.shape != plain && !f.isBytes() && !f.isMessage() {
			v = "*" + v
		}
		g.p("%s", appendOne(f, v))
		g.p("}")
	}
	g.p("return b\n}")
}

// present returns the condition under which a field is written.
func present(f field, v string) string {
	switch {
	case f.shape != plain, f.isMessage():
		return v + " != nil"
	case f.isBytes():
		return "len(" + v + ") > 0"
	case f.isString():
		return v + ` != ""`
	case f.elem == "bool":
		return v
	}
	return v + " != 0"
}

// appendOne returns the statement that writes the value v with its tag.
func appendOne(f field, v string) string {
	switch {
	case f.isBytes(), f.isString():
		return fmt.Sprintf("b = codec.AppendBytes(b, %d, %s)", f.num, v)
	case f.isMessage():
		return fmt.Sprintf("b = codec.AppendMessage(b, %d, %s)", f.num, v)
	}
	return fmt.Sprintf("b = codec.Append%s(b, %d, %s)", f.wire, f.num, fmt.Sprintf(f.write, v))
}

// appendRepeated writes every element, packed if the definition says so.
func (g *generator) appendRepeated(f field) {
	if f.desc.IsPacked() {
		g.p("b = codec.AppendPacked(b, %d, m.%s, func(b []byte, v %s) []byte {", f.num, f.name, f.elem)
		g.p("return codec.Raw%s(b, %s)", f.wire, fmt.Sprintf(f.write, "v"))
		g.p("})")
		return
	}
	v := "v"
	if f.isMessage() {
		g.p("for i := range m.%s {", f.name)
		v = "&m." + f.name + "[i]"
	} else {
		g.p("for _, v := range m.%s {", f.name)
	}
	g.p("%s", appendOne(f, v))
	g.p("}")
}
