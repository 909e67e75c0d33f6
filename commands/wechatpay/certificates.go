package wechatpay

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/core"
	"github.com/wechatpay-apiv3/wechatpay-go/core/auth/verifiers"
	"github.com/wechatpay-apiv3/wechatpay-go/core/consts"
	"github.com/wechatpay-apiv3/wechatpay-go/utils"
)

// certificates verifies answers with WeChat Pay's platform certificates, for merchants from before late 2024.
//
// They are renewed when an answer needs it: twice a day, or at once when it names a serial number that is not known yet, as
// happens for some days around a change. The SDK's own downloader is not used, because it trusts the shape of what it
// downloads: a missing field or a nonce of the wrong length panics, in a goroutine that nobody can recover.
type certificates struct {
	client  *core.Client // signs, but verifies nothing: the certificates are sealed with the APIv3 key
	key     string
	timeout time.Duration
	now     func() time.Time
	log     *slog.Logger

	known atomic.Pointer[core.CertificateMap]
	stale atomic.Int64 // unix seconds: when they are due for renewal

	mu    sync.Mutex
	tried time.Time // the last download
}

const (
	renewAfter = 12 * time.Hour
	tryAgain   = time.Minute
)

func newCertificates(ctx context.Context, client *core.Client, c Config) (*certificates, error) {
	s := &certificates{client: client, key: c.APIv3Key, timeout: c.Timeout, now: c.Now, log: c.Log}
	s.tried = s.now()
	if err := s.download(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// Verify implements the SDK's auth.Verifier.
func (s *certificates) Verify(ctx context.Context, serial, message, signature string) error {
	if _, ok := s.known.Load().Get(ctx, serial); !ok || s.now().Unix() >= s.stale.Load() {
		s.renew(ctx, serial)
	}
	return verifiers.NewSHA256WithRSAVerifier(s.known.Load()).Verify(ctx, serial, message, signature)
}

// GetSerial implements the SDK's auth.Verifier: the certificate that answers are asked to be signed with.
func (s *certificates) GetSerial(ctx context.Context) (string, error) {
	return s.known.Load().GetNewestSerial(ctx), nil
}

// renew downloads once, however many answers wait for it, and at most once a minute, however many fail.
func (s *certificates) renew(ctx context.Context, serial string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.known.Load().Get(ctx, serial)
	if ok && s.now().Unix() < s.stale.Load() || s.now().Sub(s.tried) < tryAgain {
		return
	}
	s.tried = s.now()
	if err := s.download(ctx); err != nil {
		s.log.Warn("renew WeChat Pay's platform certificates", "err", err)
	}
}

func (s *certificates) download(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	result, err := s.client.Get(ctx, consts.WechatPayAPIServer+"/v3/certificates")
	if err != nil {
		return explainDownload(err)
	}
	var list struct{ Data []sealed }
	if err := json.NewDecoder(result.Response.Body).Decode(&list); err != nil {
		return fmt.Errorf("platform certificates: the answer cannot be read: %w", err)
	}
	all := map[string]*x509.Certificate{}
	for _, one := range list.Data {
		certificate, err := one.open(s.key)
		if err != nil {
			return err
		}
		all[one.SerialNo] = certificate
	}
	if len(all) == 0 {
		return errNoCertificates
	}
	s.known.Store(core.NewCertificateMap(all))
	s.stale.Store(s.now().Add(renewAfter).Unix())
	return nil
}

var errNoCertificates = errors.New("WeChat Pay has no platform certificates (无可用的平台证书) for this merchant, as for all newer ones: " +
	"download its public key from the merchant platform (API 安全) and give public_key_id and the public key instead of apiv3_key")

// explainDownload says what to do about a failed download.
func explainDownload(err error) error {
	var said *core.APIError
	if !errors.As(err, &said) {
		k := call{op: "platform certificates"}
		return k.because(Outcome{}, ReasonConnectionLost, err).Err
	}
	if said.Code == "RESOURCE_NOT_EXISTS" || strings.Contains(said.Message, "无可用的平台证书") {
		return errNoCertificates
	}
	k := call{op: "platform certificates"}
	return fmt.Errorf("platform certificates: answer %d %s: %s (Request-ID %s)", said.StatusCode,
		k.clean(said.Code, 64), k.clean(said.Message, 300), k.clean(said.Header.Get(consts.RequestID), 128))
}

// sealed is one certificate as downloaded (WeChat Pay docs, 下载平台证书).
type sealed struct {
	SerialNo           string `json:"serial_no"`
	EncryptCertificate struct {
		Algorithm      string `json:"algorithm"`
		Nonce          string `json:"nonce"`
		AssociatedData string `json:"associated_data"`
		Ciphertext     string `json:"ciphertext"`
	} `json:"encrypt_certificate"`
}

func (s sealed) open(key string) (*x509.Certificate, error) {
	e := s.EncryptCertificate
	if s.SerialNo == "" || len(e.Nonce) != 12 { // another length would panic in crypto/cipher
		return nil, errors.New("platform certificates: the answer is not what WeChat Pay documents")
	}
	text, err := utils.DecryptAES256GCM(key, e.AssociatedData, e.Nonce, e.Ciphertext)
	if err != nil {
		return nil, errors.New("platform certificates: apiv3_key does not open them; it must be the APIv3 key set in the merchant platform")
	}
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New("platform certificates: what they hold is no certificate")
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("platform certificates: %w", err)
	}
	if _, ok := certificate.PublicKey.(*rsa.PublicKey); !ok {
		return nil, errors.New("platform certificates: a key is not RSA")
	}
	return certificate, nil
}
