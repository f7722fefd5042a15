package wiregen

import "fmt"

// merger writes the method Merge.
func (g *generator) merger(name string, fields []field, maxSize uint64) {
	g.p("\n// Merge reads the encoding b into m: fields that it has replace m's or, if repeated, are added")
	g.p("// to them. Fields that it does not know are skipped. Bytes fields share memory with b.")
	g.p("func (m *%s) Merge(b []byte) error {", name)
	if maxSize > 0 {
		g.p("if len(b) > %d {\nreturn codec.ErrTooLong\n}", maxSize)
	}
	g.p("r := codec.NewReader(b)")
	g.p("for r.Next() {")
	if len(fields) == 0 {
		g.p("r.Skip()")
	} else {
		g.p("switch r.Number() {")
		for _, f := range fields {
			g.p("case %d:", f.num)
			g.mergeField(f)
		}
		g.p("default:\nr.Skip()")
		g.p("}")
	}
	g.p("}")
	g.p("return r.Err()\n}")
}

// mergeField writes what happens when the field occurs.
func (g *generator) mergeField(f field) {
	target := "m." + f.name
	switch {
	case f.shape == repeated && f.isMessage():
		g.p("if r.Room(len(%s), %d) {", target, f.max)
		g.p("%s = append(%s, %s{})", target, target, f.elem)
		g.p("r.Message(&%s[len(%s)-1])", target, target)
		g.p("}")
	case f.shape == repeated && (f.isBytes() || f.isString()):
		g.p("if r.Room(len(%s), %d) {", target, f.max)
		g.p("%s = append(%s, %s)", target, target, readOne(f))
		g.p("}")
	case f.shape == repeated:
		g.p("%s = codec.%ss(r, %s, %d, codec.%s)", target, f.wire, target, f.max, f.read)
	case f.isMessage():
		g.p("if %s == nil {", target)
		if f.shape == member {
			g.clear(f)
		}
		g.p("%s = new(%s)", target, f.elem)
		g.p("}")
		g.p("r.Message(%s)", target)
	default:
		if f.shape == member {
			g.clear(f)
		}
		v := readOne(f)
		if f.shape != plain && !f.isBytes() {
			v = "new(" + v + ")"
		}
		g.p("%s = %s", target, v)
	}
}

func (g *generator) clear(f field) {
	g.p("m.clear%s()", camel(string(f.desc.ContainingOneof().Name())))
}

// readOne returns the expression that reads one value.
func readOne(f field) string {
	switch {
	case f.isBytes():
		return fmt.Sprintf("r.Bytes(%d)", f.maxLen)
	case f.isString():
		return fmt.Sprintf("r.String(%d)", f.maxLen)
	}
	return fmt.Sprintf("codec.%s(r.%s())", f.read, f.wire)
}
