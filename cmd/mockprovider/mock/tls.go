package mock

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"slices"
	"strings"
	"time"
)

// TLSMode chooses encryption and its faults. Certificates are generated anew at
// each start, for 127.0.0.1, ::1 and localhost, by an authority of their own.
type TLSMode string

// TLS modes.
const (
	TLSOff        TLSMode = ""            // plain HTTP
	TLSValid      TLSMode = "valid"       // good for those who trust [Server.CertPEM]
	TLSExpired    TLSMode = "expired"     // trusted authority, ended yesterday
	TLSWrongName  TLSMode = "wrong-name"  // trusted authority, for wrong.invalid alone
	TLSSelfSigned TLSMode = "self-signed" // right name, signed by itself; CertPEM does not help
	TLSOld        TLSMode = "tls1.0"      // good certificate, TLS 1.0 only
)

func tlsModes() []TLSMode {
	return []TLSMode{TLSOff, TLSValid, TLSExpired, TLSWrongName, TLSSelfSigned, TLSOld}
}

// identity is what the server shows in the handshake.
type identity struct {
	config    *tls.Config
	authority []byte // PEM
}

// newIdentity returns nil where config wants no TLS.
func newIdentity(config *Config) (*identity, error) {
	if config.CertFile != "" {
		pair, err := tls.LoadX509KeyPair(config.CertFile, config.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("mock: %w", err)
		}
		return &identity{config: &tls.Config{Certificates: []tls.Certificate{pair}}}, nil
	}
	mode := config.TLS
	if mode == TLSOff {
		return nil, nil
	}
	if !slices.Contains(tlsModes(), mode) {
		return nil, fmt.Errorf("mock: unknown TLS mode %q; known modes: %s", mode, strings.TrimSpace(fmt.Sprint(tlsModes())))
	}
	id, err := generateIdentity(mode)
	if err != nil {
		return nil, fmt.Errorf("mock: cannot make a certificate: %w", err)
	}
	if mode == TLSOld {
		id.config.MinVersion, id.config.MaxVersion = tls.VersionTLS10, tls.VersionTLS10 // the fault itself
	}
	return id, nil
}

func generateIdentity(mode TLSMode) (*identity, error) {
	now := time.Now()
	ca := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mock provider authority"},
		NotBefore: now.Add(-72 * time.Hour), NotAfter: now.Add(365 * 24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "mock provider"},
		NotBefore: ca.NotBefore, NotAfter: ca.NotAfter, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
	}
	switch mode {
	case TLSExpired:
		leaf.NotAfter = now.Add(-24 * time.Hour)
	case TLSWrongName:
		leaf.DNSNames, leaf.IPAddresses = []string{"wrong.invalid"}, nil
	default: // the others are not about the leaf's content
	}
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	leafKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	caDER, err := x509.CreateCertificate(rand.Reader, ca, ca, &caKey.PublicKey, caKey)
	if err != nil {
		return nil, err
	}
	parent, signer := ca, caKey
	if mode == TLSSelfSigned {
		parent, signer = leaf, leafKey
	}
	leafDER, err := x509.CreateCertificate(rand.Reader, leaf, parent, &leafKey.PublicKey, signer)
	if err != nil {
		return nil, err
	}
	return &identity{
		config:    &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{leafDER}, PrivateKey: leafKey}}},
		authority: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: caDER}),
	}, nil
}

// CertPEM returns the certificate of the generated authority in PEM, for a
// client to trust; nil without TLS or with a certificate from files.
func (s *Server) CertPEM() []byte {
	if s.identity == nil {
		return nil
	}
	return slices.Clone(s.identity.authority)
}
