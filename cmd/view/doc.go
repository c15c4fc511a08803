// Package view turns plans, events, states and diagnostics into what the
// command line prints: text for people, JSON for programs. The words and the
// JSON are Terraform's, so that people and tools read them as they know them.
//
// It takes values and writes text. It reads no files, keeps nothing, and
// decides nothing about a run. What comes from outside is cleaned of control
// characters, and what is sensitive is never written.
package view
