// Package metadata takes out of pictures and videos what says more than they
// show: where and when they were taken, with which device, by whom. It does not
// decode them: what is seen stays as it is, to the bit.
//
// Clean makes a Plan of what is left out; Plan.Reader reads the rest. A file of a
// kind that this package does not know passes as it is.
package metadata
