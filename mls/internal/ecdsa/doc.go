// Package ecdsa is ECDSA over the NIST curves, as RFC 9420's suites 2, 5 and 7
// need it: the standard library's, and in a browser, where those suites are not
// built, nothing that a key could be made of.
package ecdsa
