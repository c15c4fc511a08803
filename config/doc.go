// Package config turns HCL files into a [Program]: blocks with their
// references read off the syntax tree, in dependency order. It evaluates one
// block at a time, the same way for a plan, where what a cloud decides is
// unknown, and for an apply, where it is known.
//
// It makes no calls and knows clouds by their schemas only.
package config
