package account

import "strings"

const contactScheme = "coffer://"

// Contact is what a contact link or its QR code says. Whoever follows it trusts
// no server for who the handle is.
type Contact struct {
	Host    Host
	Handle  Handle
	Account ID
}

// String returns the link, coffer://host/handle#account-id.
func (c Contact) String() string {
	return contactScheme + string(c.Host) + "/" + string(c.Handle) + "#" + c.Account.String()
}

// ParseContact reads a link exactly as String prints it.
func ParseContact(s string) (Contact, error) {
	rest, ok := strings.CutPrefix(s, contactScheme)
	if !ok {
		return Contact{}, ErrContactLink
	}
	host, rest, _ := strings.Cut(rest, "/")
	handle, id, _ := strings.Cut(rest, "#")
	h, err := ParseHost(host)
	if err != nil {
		return Contact{}, ErrContactLink
	}
	n, err := ParseHandle(handle)
	if err != nil {
		return Contact{}, ErrContactLink
	}
	a, err := ParseID(id)
	if err != nil {
		return Contact{}, ErrContactLink
	}
	return Contact{h, n, a}, nil
}
