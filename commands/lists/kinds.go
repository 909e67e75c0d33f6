package lists

import (
	"bytes"
	"io"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

// sampleBytes is how much of a file is looked at to find out what it is.
const sampleBytes = 64 << 10

// What a file begins like.
type kind int

const (
	aText kind = iota
	aWorkbook
	anOldFile // the container of Excel before 2007, and of workbooks with a password
	someBytes
)

var (
	zipMark = []byte("PK\x03\x04")
	oleMark = []byte{0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1}
)

func kindOf(head []byte) kind {
	switch {
	case bytes.HasPrefix(head, zipMark):
		return aWorkbook
	case bytes.HasPrefix(head, oleMark):
		return anOldFile
	case wide(head) == nil && !printable(head):
		return someBytes
	}
	return aText
}

// printable tells text from anything else: no text has NUL in it, and next to none of the other control characters.
func printable(head []byte) bool {
	odd := 0
	for _, c := range head {
		switch {
		case c == 0:
			return false
		case c < ' ' && c != '\t' && c != '\n' && c != '\r' && c != '\f' && c != '\v':
			odd++
		}
	}
	return odd <= len(head)/100
}

// wide is the encoding of a text whose characters are two bytes each, nil for all others. Those others need no decoding
// as a whole: in UTF-8, GBK and GB18030 no byte of a longer character is a separator, a quote or the end of a line, and
// openids are ASCII. So a row is taken apart first, and what else is read of it is decoded by itself.
func wide(head []byte) encoding.Encoding {
	little, big := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), unicode.UTF16(unicode.BigEndian, unicode.UseBOM)
	if len(head) < 2 {
		return nil
	}
	switch {
	case head[0] == 0xff && head[1] == 0xfe:
		return little
	case head[0] == 0xfe && head[1] == 0xff:
		return big
	}
	var even, odd int // NULs: of ASCII in two bytes, every second one is
	for i, c := range head {
		if c == 0 && i%2 == 0 {
			even++
		} else if c == 0 {
			odd++
		}
	}
	switch half := len(head) / 2; {
	case odd > half/2 && even == 0:
		return little
	case even > half/2 && odd == 0:
		return big
	}
	return nil
}

// gbk tells whether a text is in GBK, or GB18030 which has it all, rather than in UTF-8. A few words may be valid in
// both; a whole sample is not. whole: it is not cut, perhaps inside a character.
func gbk(sample []byte, whole bool) bool {
	if !whole {
		sample = sample[:max(0, len(sample)-utf8.UTFMax)]
		for len(sample) > 0 && sample[len(sample)-1] >= utf8.RuneSelf {
			sample = sample[:len(sample)-1]
		}
	}
	return !utf8.Valid(sample)
}

func fromGBK(text []byte) []byte {
	decoded, err := simplifiedchinese.GB18030.NewDecoder().Bytes(text)
	if err != nil {
		return text
	}
	return decoded
}

// oldFile tells a workbook with a password, which is a stream called EncryptedPackage, from an old one.
func oldFile(file io.ReaderAt, size int64) Unfit {
	var name []byte
	for _, u := range utf16.Encode([]rune("EncryptedPackage")) {
		name = append(name, byte(u), byte(u>>8))
	}
	const step = 1 << 20
	for from := int64(0); from < size; from += step {
		part := make([]byte, min(step+int64(len(name)), size-from))
		if _, err := file.ReadAt(part, from); err != nil && err != io.EOF {
			break
		}
		if bytes.Contains(part, name) {
			return Protected
		}
	}
	return OldExcel
}
