package config

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"

	"sallyport/secret"
)

// MinKeyLength is the least length of SALLYPORT_KEY, in bytes.
const MinKeyLength = 32

// Keyring derives keys for single purposes from SALLYPORT_KEY, so that replicas with the same secret agree
// and one derived key tells nothing of another. The zero value derives nothing. It is immutable.
type Keyring struct{ master secret.Secret }

// NewKeyring returns the Keyring of master, or why master cannot be one.
func NewKeyring(master secret.Secret) (Keyring, error) {
	if err := master.Validate(); err != nil {
		return Keyring{}, fmt.Errorf("checking %s: %w", keyName, err)
	}
	if len(master.Reveal()) < MinKeyLength {
		return Keyring{}, fmt.Errorf("checking %s: it is shorter than %d bytes", keyName, MinKeyLength)
	}
	return Keyring{master}, nil
}

// Derive returns the 32 byte key for a purpose, by HKDF with SHA-256 (RFC 5869).
func (k Keyring) Derive(purpose string) ([]byte, error) {
	if k.master.IsZero() || purpose == "" {
		return nil, errors.New("deriving a key: there is no secret or no purpose")
	}
	return hkdf.Key(sha256.New, []byte(k.master.Reveal()), nil, "sallyport/"+purpose, sha256.Size)
}

// Generate returns a new random secret of 256 bits, 43 characters long.
func Generate() secret.Secret {
	var b [32]byte
	rand.Read(b[:]) // never fails, it ends the program instead
	return secret.New(base64.RawURLEncoding.EncodeToString(b[:]))
}
