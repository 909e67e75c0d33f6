package wechatpay

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
)

// smallestKey is what WeChat Pay issues; Go refuses to work with much less.
const smallestKey = 2048

// ParsePrivateKey reads the merchant's private key, apiclient_key.pem: PKCS#8, not encrypted. Its errors say what the file is
// instead and what to do; they never quote it.
func ParsePrivateKey(file []byte) (*rsa.PrivateKey, error) {
	block, err := firstBlock(file, "PRIVATE KEY")
	if err != nil {
		return nil, err
	}
	switch block.Type {
	case "PRIVATE KEY":
	case "RSA PRIVATE KEY":
		return nil, errors.New("this private key is in the old PKCS#1 form; convert it: openssl pkcs8 -topk8 -nocrypt -in OLD -out merchant.key")
	case "ENCRYPTED PRIVATE KEY":
		return nil, errors.New("this private key is encrypted; take the password off: openssl pkcs8 -in OLD -out merchant.key")
	case "CERTIFICATE":
		return nil, errors.New("this is a certificate (apiclient_cert.pem); the private key is the file beside it, apiclient_key.pem")
	case "PUBLIC KEY", "RSA PUBLIC KEY":
		return nil, errors.New("this is a public key; the merchant's private key is apiclient_key.pem")
	default:
		return nil, fmt.Errorf("this file holds %q; the merchant's private key begins with -----BEGIN PRIVATE KEY-----", block.Type)
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, errors.New("this private key is damaged; take apiclient_key.pem again from where it was made")
	}
	k, ok := key.(*rsa.PrivateKey)
	if !ok {
		return nil, errors.New("this private key is not RSA; WeChat Pay's merchant keys are")
	}
	if k.N.BitLen() < smallestKey {
		return nil, fmt.Errorf("this private key has %d bits; WeChat Pay's merchant keys have %d", k.N.BitLen(), smallestKey)
	}
	return k, nil
}

// ParsePublicKey reads WeChat Pay's public key, pub_key.pem (PKIX), as downloaded from the merchant platform.
func ParsePublicKey(file []byte) (*rsa.PublicKey, error) {
	block, err := firstBlock(file, "PUBLIC KEY")
	if err != nil {
		return nil, err
	}
	switch block.Type {
	case "PUBLIC KEY":
	case "RSA PUBLIC KEY":
		return nil, errors.New("this public key is in the old PKCS#1 form; convert it: openssl rsa -RSAPublicKey_in -pubout -in OLD -out wechatpay.pub")
	case "CERTIFICATE":
		return nil, errors.New("this is a certificate; give WeChat Pay's public key (pub_key.pem from the merchant platform), or apiv3_key to use platform certificates")
	case "PRIVATE KEY", "RSA PRIVATE KEY", "ENCRYPTED PRIVATE KEY":
		return nil, errors.New("this is a private key; WeChat Pay's public key is pub_key.pem from the merchant platform")
	default:
		return nil, fmt.Errorf("this file holds %q; WeChat Pay's public key begins with -----BEGIN PUBLIC KEY-----", block.Type)
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, errors.New("this public key is damaged; download it again from the merchant platform")
	}
	k, ok := key.(*rsa.PublicKey)
	if !ok {
		return nil, errors.New("this public key is not RSA; WeChat Pay's is")
	}
	if k.N.BitLen() < smallestKey {
		return nil, fmt.Errorf("this public key has %d bits; WeChat Pay's has %d", k.N.BitLen(), smallestKey)
	}
	return k, nil
}

// firstBlock returns the first block of the wanted type, or the first of any type, so that the reader can be told what it is.
func firstBlock(file []byte, want string) (*pem.Block, error) {
	rest := bytes.TrimPrefix(file, []byte("\ufeff")) // Notepad
	var first *pem.Block
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type == want {
			return block, nil
		}
		if first == nil {
			first = block
		}
	}
	if first == nil {
		return nil, fmt.Errorf("no PEM text found: the file must begin with -----BEGIN %s-----", want)
	}
	return first, nil
}
