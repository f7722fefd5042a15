package account

// realmLabelPrefix starts every label of package pinvault.
const realmLabelPrefix = "Coffer PIN 1.0 "

// SignRealmRequest signs what package pinvault has labelled already: a request
// to a realm, which that package alone composes. It must be
//
//	struct { opaque label<V>; opaque content<V>; }
//
// with a label of pinvault's, so that it can pass for nothing else; anything
// else is not signed, and the result is nil.
func (s *KeyholderSecret) SignRealmRequest(labelled []byte) []byte {
	return signRealm(s.sign, labelled)
}
