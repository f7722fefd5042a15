package mls

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/coffer-chat/coffer/mls/syntax"
)

// ComponentID names a component of an application (draft-ietf-mls-extensions,
// section 4.1). 0x8000 to 0xFFFF are for private use.
type ComponentID uint16

// ComponentData is the data of one component.
type ComponentData struct {
	ComponentID ComponentID
	Data        []byte
}

// AppDataDictionary is the content of an app_data_dictionary extension: sorted
// by component, at most one entry each.
type AppDataDictionary []ComponentData

// Get returns the data of a component and whether there is any.
func (d AppDataDictionary) Get(id ComponentID) ([]byte, bool) {
	for _, c := range d {
		if c.ComponentID == id {
			return c.Data, true
		}
	}
	return nil, false
}

// With returns the dictionary with the component's data set.
func (d AppDataDictionary) With(id ComponentID, data []byte) AppDataDictionary {
	out := d.Without(id)
	i, _ := slices.BinarySearchFunc(out, id, func(c ComponentData, id ComponentID) int {
		return cmp.Compare(c.ComponentID, id)
	})
	return slices.Insert(out, i, ComponentData{id, data})
}

// Without returns the dictionary without the component.
func (d AppDataDictionary) Without(id ComponentID) AppDataDictionary {
	return slices.DeleteFunc(slices.Clone(d), func(c ComponentData) bool { return c.ComponentID == id })
}

// Append appends the content of the extension to b.
func (d AppDataDictionary) Append(b []byte) []byte {
	return syntax.AppendVector(b, func(b []byte) []byte {
		for _, c := range d {
			b = syntax.AppendUint16(b, uint16(c.ComponentID))
			b = syntax.AppendOpaque(b, c.Data)
		}
		return b
	})
}

// ParseAppDataDictionary reads the content of the extension and refuses one that
// is not strictly sorted.
func ParseAppDataDictionary(data []byte) (AppDataDictionary, error) {
	r := syntax.NewReader(data)
	d := AppDataDictionary(syntax.List(r, func(r *syntax.Reader) ComponentData {
		return ComponentData{ComponentID: ComponentID(r.Uint16()), Data: r.Opaque()}
	}))
	if !increasing(d, func(c ComponentData) ComponentID { return c.ComponentID }) {
		r.Fail(fmt.Errorf("%w: components not in order", ErrMalformed))
	}
	return d, malformed("app_data_dictionary", r.Done())
}

// AppData returns the app_data_dictionary of a list of extensions; it is empty
// if the extension is absent.
func (e Extensions) AppData() (AppDataDictionary, error) {
	data, ok := e.Get(ExtensionAppDataDictionary)
	if !ok {
		return nil, nil
	}
	return ParseAppDataDictionary(data)
}

// WithAppData returns the list with the app_data_dictionary extension set.
func (e Extensions) WithAppData(d AppDataDictionary) Extensions {
	return e.With(ExtensionAppDataDictionary, d.Append(nil))
}
