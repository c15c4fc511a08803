// Package providers is the contract between mlinfra and the clouds.
//
// A resource type is one Go struct, whose tags are its schema, and a table of
// small functions, [Resource]. The functions talk to one cloud through its own
// SDK and do nothing else: they never wait, retry, log or cache. Types are
// erased in one spot, so that the engine sees a [Type] (schema and pure hooks)
// and [Ops] (the calls, on cty values). Retrying, limits and tracing are Ops
// around Ops.
//
// The package knows no cloud and imports nothing else of mlinfra.
package providers
