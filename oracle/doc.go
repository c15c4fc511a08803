// Package oracle runs the conformance suite against what others have made:
// moto's AWS, fake-gcs-server's Cloud Storage, and Google's own discovery
// documents as judges of requests and answers. It is a module of its own, so
// that its dependencies are not mlinfra's.
package oracle
