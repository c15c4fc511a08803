// Package seal keeps secrets unreadable without a key. A Box seals texts with a
// data key of its own (AES-256-GCM, the context bound as additional data); the
// data key stands beside what it seals in an Envelope, wrapped by a Key that
// lives outside: in a file of the user, in the environment, or in a passphrase.
// Primitives are those of the standard library.
package seal
