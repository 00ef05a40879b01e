package alert

import (
	"crypto/x509"
	"errors"
	"fmt"
	"os"

	"golang.org/x/crypto/x509roots/fallback/bundle"
)

// trustedRoots returns the root certificates of the system. Where it has none, as in a container made from
// scratch, those that Mozilla trusts and this program carries stand in. The package above bundle would set them
// for the whole process, and parse all of them at each start.
func trustedRoots() (*x509.CertPool, error) {
	system, err := x509.SystemCertPool()
	named := os.Getenv("SSL_CERT_FILE") != "" || os.Getenv("SSL_CERT_DIR") != ""
	return chooseRoots(system, err, named)
}

// chooseRoots takes the bundled roots only when nobody named others: who trusts one certificate alone does not
// want a hundred when its file is missing.
func chooseRoots(system *x509.CertPool, err error, named bool) (*x509.CertPool, error) {
	switch {
	case err == nil && system != nil && !system.Equal(x509.NewCertPool()):
		return system, nil
	case named:
		return nil, errors.New("reading root certificates: there are none; hint: check SSL_CERT_FILE and SSL_CERT_DIR")
	}
	return bundledRoots()
}

func bundledRoots() (*x509.CertPool, error) {
	pool := x509.NewCertPool()
	for root := range bundle.Roots() {
		certificate, err := x509.ParseCertificate(root.Certificate)
		if err != nil {
			return nil, fmt.Errorf("reading bundled root certificates: %w", err)
		}
		if root.Constraint == nil {
			pool.AddCert(certificate)
		} else {
			pool.AddCertWithConstraint(certificate, root.Constraint)
		}
	}
	return pool, nil
}
