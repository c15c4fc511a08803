// Package providertest is the conformance suite that every resource type of
// every provider passes. It works from the types' Examples alone and knows no
// cloud: it plans and applies them with the real engine against a fake behind
// HTTP, cuts runs at every request and every state write, and looks at what is
// left.
package providertest
