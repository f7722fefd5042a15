package wiregen

import (
	"fmt"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// The options, by full name; their numbers are found in the descriptors.
const (
	maxLen   = "coffer.v1.max_len"
	maxItems = "coffer.v1.max_items"
	maxSize  = "coffer.v1.max_size"
)

// option returns the value of d's option name, and whether it is set.
func (g *generator) option(d protoreflect.Descriptor, name protoreflect.FullName) (uint64, bool, error) {
	raw, err := proto.Marshal(d.Options())
	if err != nil || len(raw) == 0 {
		return 0, false, err
	}
	// Read again with the extensions that these very files define.
	opts := d.Options().ProtoReflect().New()
	if err := g.resolver.Unmarshal(raw, opts.Interface()); err != nil {
		return 0, false, err
	}
	var value uint64
	var found bool
	opts.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		if fd.IsExtension() && fd.FullName() == name {
			value, found = v.Uint(), true
		}
		return !found
	})
	return value, found, nil
}

// limit returns an option that must be set and not be 0.
func (g *generator) limit(d protoreflect.Descriptor, name protoreflect.FullName) (uint64, error) {
	v, ok, err := g.option(d, name)
	if err != nil {
		return 0, err
	}
	if !ok || v == 0 {
		return 0, fmt.Errorf("%s: needs the option (%s)", d.FullName(), name)
	}
	if v > 1<<31-1 {
		return 0, fmt.Errorf("%s: (%s) exceeds an int of 32 bits", d.FullName(), name)
	}
	return v, nil
}
