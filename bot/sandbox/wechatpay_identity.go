package sandbox

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"time"

	"golang.org/x/sync/errgroup"
)

// WeChatKeys are the RSA keys of a stand-in. Making them takes most of the time that making a stand-in takes, so tests
// share them.
type WeChatKeys struct {
	Merchant    *rsa.PrivateKey // signs requests; the merchant's
	Platform    *rsa.PrivateKey // signs answers in public-key mode
	Certificate *rsa.PrivateKey // signs answers in certificate mode
}

// NewWeChatKeys makes a fresh set of 2048-bit keys.
func NewWeChatKeys() (*WeChatKeys, error) {
	k := &WeChatKeys{}
	var group errgroup.Group
	for _, key := range []**rsa.PrivateKey{&k.Merchant, &k.Platform, &k.Certificate} {
		group.Go(func() error {
			made, err := rsa.GenerateKey(rand.Reader, 2048)
			*key = made
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, fmt.Errorf("generate a key: %w", err)
	}
	return k, nil
}

const (
	wxMchID       = "1900000001"
	wxAppID       = "wx0123456789abcdef"
	wxSerialNo    = "5F0A1D3C8B7E42960D1C5B3A7F8E2D4C6B9A0E1F" // of the merchant's API certificate
	wxPublicKeyID = "PUB_KEY_ID_0119000000012026010100000000001000"
)

// A wxIdentity is who calls and who answers: the merchant, its appid, and the keys of both sides. It never changes while serving.
type wxIdentity struct {
	mchID, appID, serialNo, publicKeyID string
	apiv3Key                            string
	keys                                *WeChatKeys
	merchantPEM, publicPEM              []byte
	certificate                         *x509.Certificate // nil without an APIv3 key
}

func wxNewIdentity(o WeChatPayOptions) (*wxIdentity, error) {
	id := &wxIdentity{mchID: o.MchID, appID: o.AppID, serialNo: wxSerialNo, publicKeyID: wxPublicKeyID, apiv3Key: o.APIv3Key, keys: o.Keys}
	if id.mchID == "" {
		id.mchID = wxMchID
	}
	if id.appID == "" {
		id.appID = wxAppID
	}
	if id.keys == nil {
		keys, err := NewWeChatKeys()
		if err != nil {
			return nil, err
		}
		id.keys = keys
	}
	return id, id.prepare(o.Now())
}

func (id *wxIdentity) prepare(now time.Time) error {
	private, err := x509.MarshalPKCS8PrivateKey(id.keys.Merchant)
	if err != nil {
		return fmt.Errorf("encode the merchant key: %w", err)
	}
	public, err := x509.MarshalPKIXPublicKey(&id.keys.Platform.PublicKey)
	if err != nil {
		return fmt.Errorf("encode the public key: %w", err)
	}
	id.merchantPEM = pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})
	id.publicPEM = pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})
	if id.apiv3Key == "" {
		return nil
	}
	if len(id.apiv3Key) != 32 {
		return errors.New("an APIv3 key has 32 characters")
	}
	id.certificate, err = wxCertificate(id.keys.Certificate, now)
	return err
}

func wxCertificate(key *rsa.PrivateKey, now time.Time) (*x509.Certificate, error) {
	half := new(big.Int).Lsh(big.NewInt(1), 158) // keeps the first byte, and so all forty hex digits, in use
	serial, err := rand.Int(rand.Reader, half)
	if err != nil {
		return nil, fmt.Errorf("draw a serial number: %w", err)
	}
	serial.Add(serial, half)
	template := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: "Tenpay.com sign", Organization: []string{"Sandbox"}},
		NotBefore:    now.Add(-time.Hour).UTC(),
		NotAfter:     now.AddDate(5, 0, 0).UTC(),
		KeyUsage:     x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, fmt.Errorf("make the platform certificate: %w", err)
	}
	return x509.ParseCertificate(der)
}

func (id *wxIdentity) certificateSerial() string {
	return fmt.Sprintf("%040X", id.certificate.SerialNumber)
}

// signer is the key that signs an answer: the one the request names, else the certificate's while there is one (a
// merchant in transition who names none gets certificate signatures).
func (id *wxIdentity) signer(asked string) (*rsa.PrivateKey, string) {
	if id.certificate != nil && asked != id.publicKeyID {
		return id.keys.Certificate, id.certificateSerial()
	}
	return id.keys.Platform, id.publicKeyID
}

// certificates serves GET /v3/certificates: sealed with the APIv3 key, or refused as merchants opened since late 2024 are.
func (w *WeChatPay) certificates(*wxCall) *wxAnswer {
	cert := w.id.certificate
	if cert == nil {
		return wxRefuse("certificate_none").answer()
	}
	sealed, err := wxSealWithAPIv3Key(w.id.apiv3Key, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw}))
	if err != nil {
		w.log.Error("seal the platform certificate", "err", err)
		return wxRefuse("system_error").answer()
	}
	return wxOK(map[string]any{"data": []any{map[string]any{
		"serial_no": w.id.certificateSerial(), "effective_time": wxTime(cert.NotBefore), "expire_time": wxTime(cert.NotAfter),
		"encrypt_certificate": sealed,
	}}})
}

func wxSealWithAPIv3Key(key string, plain []byte) (map[string]string, error) {
	block, err := aes.NewCipher([]byte(key))
	if err != nil {
		return nil, err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	nonce, additional := rand.Text()[:gcm.NonceSize()], "certificate"
	return map[string]string{
		"algorithm": "AEAD_AES_256_GCM", "nonce": nonce, "associated_data": additional,
		"ciphertext": base64.StdEncoding.EncodeToString(gcm.Seal(nil, []byte(nonce), plain, []byte(additional))),
	}, nil
}

// MchID is the calling merchant.
func (w *WeChatPay) MchID() string { return w.id.mchID }

// AppID is bound to the merchant; openids belong to it.
func (w *WeChatPay) AppID() string { return w.id.appID }

// SerialNo is the serial number of the merchant's API certificate.
func (w *WeChatPay) SerialNo() string { return w.id.serialNo }

// MerchantKeyPEM is the merchant's private key, PKCS#8.
func (w *WeChatPay) MerchantKeyPEM() []byte { return w.id.merchantPEM }

// PublicKeyID names the WeChat Pay public key.
func (w *WeChatPay) PublicKeyID() string { return w.id.publicKeyID }

// PublicKeyPEM is the WeChat Pay public key, PKIX.
func (w *WeChatPay) PublicKeyPEM() []byte { return w.id.publicPEM }
