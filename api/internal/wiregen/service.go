package wiregen

import (
	"fmt"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// service writes the names of a service's procedures and a typed client.
func (g *generator) service(s protoreflect.ServiceDescriptor) error {
	client := strings.TrimSuffix(string(s.Name()), "Service") + "Client"
	if err := g.claim(client, s); err != nil {
		return err
	}
	g.uses.codec = true
	g.p("\n// The procedures of %s.", s.FullName())
	g.p("const (")
	for i := 0; i < s.Methods().Len(); i++ {
		m := s.Methods().Get(i)
		if err := g.claim(procedure(m), m); err != nil {
			return err
		}
		g.p("%s = %q", procedure(m), fmt.Sprintf("/%s/%s", s.FullName(), m.Name()))
	}
	g.p(")")
	g.p("")
	g.doc(s, client, "")
	g.p("//\n// %s calls it over a Doer, whose errors it returns unchanged.", client)
	g.p("type %s struct{ codec.Doer }", client)
	for i := 0; i < s.Methods().Len(); i++ {
		if err := g.method(client, s.Methods().Get(i)); err != nil {
			return err
		}
	}
	return nil
}

// procedure returns the Go name of a procedure's constant, as connect-go has it.
func procedure(m protoreflect.MethodDescriptor) string {
	return string(m.Parent().Name()) + string(m.Name()) + "Procedure"
}

// method writes one call.
func (g *generator) method(client string, m protoreflect.MethodDescriptor) error {
	name := string(m.Name())
	switch {
	case m.IsStreamingClient():
		return fmt.Errorf("%s: client streaming is not supported", m.FullName())
	case m.Input().ParentFile().Package() != g.pkg || m.Output().ParentFile().Package() != g.pkg:
		return fmt.Errorf("%s: messages of other packages are not supported", m.FullName())
	case name == "Do":
		return fmt.Errorf("%s: the name is taken by the Doer", m.FullName())
	}
	in, out := typeName(m.Input()), typeName(m.Output())
	g.uses.context = true
	g.p("")
	g.doc(m, name, name+" calls "+string(m.FullName())+".")
	if m.IsStreamingServer() {
		g.p("//\n// It hands each message of the answer to each, in order, and ends when each returns an error.")
		g.p("func (c %s) %s(ctx context.Context, req *%s, each func(*%s) error) error {", client, name, in, out)
		g.p("return codec.Stream(ctx, c.Doer, %s, req.Append(nil), func(b []byte) error {", procedure(m))
		g.p("m, err := Parse%s(b)", out)
		g.p("if err != nil {\nreturn err\n}")
		g.p("return each(m)\n})\n}")
		return nil
	}
	g.p("func (c %s) %s(ctx context.Context, req *%s) (*%s, error) {", client, name, in, out)
	g.p("b, err := c.Do(ctx, %s, req.Append(nil))", procedure(m))
	g.p("if err != nil {\nreturn nil, err\n}")
	g.p("return Parse%s(b)\n}", out)
	return nil
}
