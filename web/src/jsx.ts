// What elements become in the build: calls of h, which are shorter than those of
// the automatic runtime, in every file (build.mjs).
export { Fragment, h } from 'preact'
