package sandbox

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// A wxSaved is the whole state as it is kept. Calls, faults and prepared answers are not: they belong to one run, and a
// world that starts again should not start broken.
type wxSaved struct {
	Format      int            `json:"format"`
	MchID       string         `json:"mchid"`
	AppID       string         `json:"appid"`
	SerialNo    string         `json:"serial_no"`
	PublicKeyID string         `json:"public_key_id"`
	APIv3Key    string         `json:"apiv3_key,omitempty"`
	Merchant    []byte         `json:"merchant_key"` // PKCS#8 DER, as are the other keys
	Platform    []byte         `json:"platform_key"`
	Certificate []byte         `json:"certificate_key"`
	X509        []byte         `json:"certificate,omitempty"`
	Settings    WeChatSettings `json:"settings"`
	LastID      int64          `json:"last_coupon_id"`
	Stocks      []WeChatStock  `json:"stocks"`
	Coupons     []WeChatCoupon `json:"coupons"`
	Numbers     []WeChatNumber `json:"numbers"`
}

const wxSavedFormat = 1

// Save returns the whole state, keys included, as JSON.
func (w *WeChatPay) Save() ([]byte, error) {
	id := w.id
	s := wxSaved{Format: wxSavedFormat, MchID: id.mchID, AppID: id.appID, SerialNo: id.serialNo, PublicKeyID: id.publicKeyID, APIv3Key: id.apiv3Key}
	var err1, err2, err3 error
	s.Merchant, err1 = x509.MarshalPKCS8PrivateKey(id.keys.Merchant)
	s.Platform, err2 = x509.MarshalPKCS8PrivateKey(id.keys.Platform)
	s.Certificate, err3 = x509.MarshalPKCS8PrivateKey(id.keys.Certificate)
	if err := errors.Join(err1, err2, err3); err != nil {
		return nil, fmt.Errorf("encode a key: %w", err)
	}
	if id.certificate != nil {
		s.X509 = id.certificate.Raw
	}
	w.mu.Lock()
	s.Settings, s.LastID = w.settings, w.book.lastID
	s.Coupons, s.Numbers = slices.Clone(w.book.coupons), slices.Clone(w.book.numbers)
	for _, stock := range w.book.stockOrder {
		s.Stocks = append(s.Stocks, *w.book.stocks[stock])
	}
	w.mu.Unlock()
	return json.Marshal(s)
}

// Load puts a saved state in the place of this one. Call it before the first request.
func (w *WeChatPay) Load(saved []byte) error {
	var s wxSaved
	if err := json.Unmarshal(saved, &s); err != nil {
		return fmt.Errorf("read a saved WeChat Pay: %w", err)
	}
	if s.Format != wxSavedFormat {
		return fmt.Errorf("read a saved WeChat Pay: format %d, want %d", s.Format, wxSavedFormat)
	}
	id, err := s.identity(w)
	if err != nil {
		return fmt.Errorf("read a saved WeChat Pay: %w", err)
	}
	book, err := s.book()
	if err != nil {
		return fmt.Errorf("read a saved WeChat Pay: %w", err)
	}
	if err := s.Settings.check(); err != nil {
		return fmt.Errorf("read a saved WeChat Pay: %w", err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.id, w.book, w.settings, w.gates = id, book, s.Settings, wxGates(s.Settings)
	w.prepared = nil
	return nil
}

func (s *wxSaved) identity(w *WeChatPay) (*wxIdentity, error) {
	id := &wxIdentity{mchID: s.MchID, appID: s.AppID, serialNo: s.SerialNo, publicKeyID: s.PublicKeyID, apiv3Key: s.APIv3Key, keys: &WeChatKeys{}}
	for key, der := range map[**rsa.PrivateKey][]byte{
		&id.keys.Merchant: s.Merchant, &id.keys.Platform: s.Platform, &id.keys.Certificate: s.Certificate,
	} {
		parsed, err := x509.ParsePKCS8PrivateKey(der)
		if err != nil {
			return nil, fmt.Errorf("a key: %w", err)
		}
		private, ok := parsed.(*rsa.PrivateKey)
		if !ok {
			return nil, errors.New("a key is not RSA")
		}
		*key = private
	}
	if err := id.prepare(w.now()); err != nil {
		return nil, err
	}
	if id.certificate == nil {
		return id, nil
	}
	kept, err := x509.ParseCertificate(s.X509)
	if err != nil {
		return nil, fmt.Errorf("the platform certificate: %w", err)
	}
	id.certificate = kept
	return id, nil
}

func (s *wxSaved) book() (*wxBook, error) {
	b, err := wxNewBook(s.Stocks)
	if err != nil {
		return nil, err
	}
	b.lastID = max(b.lastID, s.LastID)
	for i, n := range s.Numbers {
		if _, twice := b.byNumber[n.OutRequestNo]; twice {
			return nil, fmt.Errorf("number %q is there twice", n.OutRequestNo)
		}
		n.Coupons = 0 // counted anew below
		b.byNumber[n.OutRequestNo] = i
		b.numbers = append(b.numbers, n)
	}
	for _, c := range s.Coupons {
		if b.stocks[c.StockID] == nil {
			return nil, fmt.Errorf("coupon %s is of the unknown stock %q", c.ID, c.StockID)
		}
		b.index(c)
	}
	return b, nil
}
