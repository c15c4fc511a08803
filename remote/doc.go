// Package remote logs in to hosts over SSH: with passwords, keys, certificates
// and agents, by way of proxies and bastions. It tries once; how long to go on
// trying is for the caller to say.
package remote
