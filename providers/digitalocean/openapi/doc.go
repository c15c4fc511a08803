// Package openapi holds requests to DigitalOcean, and the answers of its fake,
// to the document that DigitalOcean publishes of its API. It is for tests only:
// nothing that is linked into mlinfra may import it.
package openapi
