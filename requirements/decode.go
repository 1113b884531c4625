package requirements

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/transform"
)

// offsets maps a byte of the decoded text to the byte of the source that it
// comes from. Without a table the text is the source from shift on.
type offsets struct {
	shift int
	table []int32 // by text offset, one entry more than the text has bytes
}

func (o offsets) source(text int) int {
	if o.table != nil {
		return int(o.table[text])
	}
	return text + o.shift
}

// text returns the first text offset that is not before the source offset.
func (o offsets) text(source int) int {
	if o.table == nil {
		return max(source-o.shift, 0)
	}
	lo, hi := 0, len(o.table)-1
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if int(o.table[mid]) < source {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// codec writes ASCII as the file's own encoding does; nil where that is not
// known byte for byte, and the file is then not edited.
type codec func(ascii string) []byte

func plainCodec(s string) []byte { return []byte(s) }

func wideCodec(order binary.AppendByteOrder, width int) codec {
	return func(s string) []byte {
		out := make([]byte, 0, width*len(s))
		for i := 0; i < len(s); i++ {
			if width == 2 {
				out = order.AppendUint16(out, uint16(s[i]))
			} else {
				out = order.AppendUint32(out, uint32(s[i]))
			}
		}
		return out
	}
}

// boms are the byte order marks in the order pip tries them (req_file.py,
// BOMS). Python's "utf-32" and "utf-16" are the machine's own order, and look
// for a second mark; the machine is little-endian here.
var boms = []struct{ mark, encoding string }{
	{"\xef\xbb\xbf", "utf-8"},
	{"\xff\xfe\x00\x00", "utf-32"},
	{"\x00\x00\xfe\xff", "utf-32-be"},
	{"\xff\xfe", "utf-16"},
	{"\xfe\xff", "utf-16-be"},
}

// decode fills Encoding, text, off and codec as pip's _decode_req_file
// (req_file.py) decodes bytes, or fails as it does.
func (f *File) decode() error {
	f.high, f.cr, f.control = true, true, true
	src := f.src
	if f.opts.URL {
		f.Encoding = "utf-8"
		return f.decodeReplacing()
	}
	for _, b := range boms {
		if strings.HasPrefix(string(src[:min(4, len(src))]), b.mark) {
			f.Encoding = b.encoding
			return f.decodeAs(b.encoding, len(b.mark))
		}
	}
	if name := cookie(src); name != "" {
		f.Encoding = name
		return f.decodeAs(name, 0)
	}
	f.Encoding = "utf-8"
	return f.decodeAs("utf-8", 0)
}

// cookie finds the codec that a PEP 263 comment names in the first two pieces
// between line feeds: "coding[:=]\s*([-\w.]+)" in a piece that starts with #
// (req_file.py, PEP263_ENCODING_RE, on bytes: ASCII blanks and word
// characters).
func cookie(src []byte) string {
	for n := 0; n < 2; n++ {
		line, rest, more := bytes.Cut(src, []byte{'\n'})
		if len(line) > 0 && line[0] == '#' {
			if name := cookieIn(line); name != "" {
				return name
			}
		}
		if !more {
			break
		}
		src = rest
	}
	return ""
}

func cookieIn(line []byte) string {
	for {
		i := bytes.Index(line, []byte("coding"))
		if i < 0 {
			return ""
		}
		line = line[i+len("coding"):]
		if len(line) == 0 || line[0] != ':' && line[0] != '=' {
			continue
		}
		j := 1
		for j < len(line) && (line[j] == ' ' || line[j] >= '\t' && line[j] <= '\r') {
			j++
		}
		start := j
		for j < len(line) && (line[j] == '-' || line[j] == '.' || isWord(line[j])) {
			j++
		}
		if j > start {
			return string(line[start:j])
		}
	}
}

func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// module normalizes a codec's name as Python's encodings.search_function does
// and returns the name of the module that holds it.
func module(name string) string {
	var b strings.Builder
	punct := false
	for i := 0; i < len(name); i++ {
		c := name[i]
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != '.' && (c == '_' || !isWord(c)) {
			punct = true
			continue
		}
		if punct && b.Len() > 0 {
			b.WriteByte('_')
		}
		punct = false
		b.WriteByte(c)
	}
	norm := b.String()
	if m, ok := aliases[norm]; ok {
		return m
	}
	if m, ok := aliases[strings.ReplaceAll(norm, ".", "_")]; ok {
		return m
	}
	return norm
}

// multibyte are the codecs left to golang.org/x/text. They are those of the
// web, which accept a little more than Python's.
var multibyte = map[string]encoding.Encoding{
	"gb18030": simplifiedchinese.GB18030, "gbk": simplifiedchinese.GBK, "gb2312": simplifiedchinese.GBK,
	"hz": simplifiedchinese.HZGB2312, "euc_jp": japanese.EUCJP, "iso2022_jp": japanese.ISO2022JP,
	"shift_jis": japanese.ShiftJIS, "cp932": japanese.ShiftJIS, "euc_kr": korean.EUCKR, "cp949": korean.EUCKR,
	"big5": traditionalchinese.Big5,
}

// decodeAs decodes Src from byte from on with the named codec, strictly.
func (f *File) decodeAs(name string, from int) error {
	data := f.src[from:]
	m := module(name)
	if chars, ok := charmaps[m]; ok {
		f.codec = plainCodec
		return f.decodeCharmap(data, from, chars)
	}
	if enc, ok := multibyte[m]; ok {
		return f.decodeMultibyte(data, enc)
	}
	switch m {
	case "utf_8", "utf_8_sig":
		if m == "utf_8_sig" && bytes.HasPrefix(data, []byte("\xef\xbb\xbf")) {
			data, from = data[3:], from+3
		}
		f.text, f.off, f.codec = data, offsets{shift: from}, plainCodec
		f.unseen = true // settle looks at the bytes
		return nil
	case "utf_16", "utf_32":
		return f.decodeWide(data, from, m)
	case "utf_16_le", "utf_16_be", "utf_32_le", "utf_32_be":
		return f.decodeWide(data, from, m)
	}
	return fmt.Errorf("unknown encoding %q in the comment at the top", name)
}

// settle looks at the bytes of a UTF-8 text from an offset on, up to which they
// are ASCII without carriage returns and other control characters.
func (f *File) settle(from int) error {
	if !f.unseen {
		return nil
	}
	f.unseen = false
	f.high, f.cr, f.control = exotic(f.text[from:])
	if !f.high {
		return nil
	}
	if at := invalidUTF8(f.text[from:]); at >= 0 {
		return fmt.Errorf("%w: byte 0x%02x at offset %d is not UTF-8; name its encoding in a comment on the first line, such as # -*- coding: latin-1 -*-", errUndecodable, f.text[from+at], f.off.source(from+at))
	}
	return nil
}

var errUndecodable = errors.New("cannot be decoded")

// invalidUTF8 returns the offset of the first byte that is not UTF-8, or -1.
// Go and Python agree on what is: no surrogates, no overlong forms.
func invalidUTF8(b []byte) int {
	if utf8.Valid(b) {
		return -1
	}
	i := 0
	for i < len(b) {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n <= 1 {
			return i
		}
		i += n
	}
	return -1
}

// mapped builds a text together with its offsets.
type mapped struct {
	text  []byte
	table []int32
}

func (m *mapped) add(r rune, source int) {
	before := len(m.text)
	m.text = utf8.AppendRune(m.text, r)
	for range len(m.text) - before {
		m.table = append(m.table, int32(source))
	}
}

func (m *mapped) into(f *File, end int) {
	m.table = append(m.table, int32(end))
	f.text, f.off = m.text, offsets{table: m.table}
}

func (f *File) decodeCharmap(data []byte, from int, chars string) error {
	high := []rune(chars)
	if !slicesHasHigh(data) {
		f.text, f.off = data, offsets{shift: from}
		return nil
	}
	var m mapped
	for i, c := range data {
		r := rune(c)
		if c >= 0x80 {
			r = high[c-0x80]
		}
		if r == utf8.RuneError {
			return fmt.Errorf("%w: byte 0x%02x at offset %d is not in %s", errUndecodable, c, from+i, f.Encoding)
		}
		m.add(r, from+i)
	}
	m.into(f, len(f.src))
	return nil
}

func slicesHasHigh(b []byte) bool {
	for _, c := range b {
		if c >= 0x80 {
			return true
		}
	}
	return false
}

// decodeWide decodes UTF-16 and UTF-32. Without a fixed order a mark at the
// start decides, else the machine's order, little-endian, holds.
func (f *File) decodeWide(data []byte, from int, m string) error {
	width := 2
	if strings.HasPrefix(m, "utf_32") {
		width = 4
	}
	var order interface {
		binary.ByteOrder
		binary.AppendByteOrder
	} = binary.LittleEndian
	if strings.HasSuffix(m, "_be") {
		order = binary.BigEndian
	}
	unit := func(i int) uint32 {
		if width == 2 {
			return uint32(order.Uint16(data[i:]))
		}
		return order.Uint32(data[i:])
	}
	i := 0
	if (m == "utf_16" || m == "utf_32") && len(data) >= width {
		swapped := uint32(0xfffe)
		if width == 4 {
			swapped = 0xfffe0000
		}
		switch unit(0) {
		case 0xfeff:
			i = width
		case swapped:
			order, i = binary.BigEndian, width
		}
	}
	var out mapped
	for i < len(data) {
		if len(data)-i < width {
			return fmt.Errorf("%w: %s is cut off at offset %d", errUndecodable, f.Encoding, from+i)
		}
		at, u := i, unit(i)
		i += width
		r := rune(u)
		switch {
		case width == 2 && u >= 0xd800 && u < 0xdc00 && len(data)-i >= 2:
			r = utf16.DecodeRune(rune(u), rune(unit(i)))
			i += 2
			if r == utf8.RuneError {
				return fmt.Errorf("%w: half a surrogate pair at offset %d", errUndecodable, from+at)
			}
		case u >= 0xd800 && u < 0xe000 || u > utf8.MaxRune:
			return fmt.Errorf("%w: no character at offset %d", errUndecodable, from+at)
		}
		out.add(r, from+at)
	}
	out.into(f, len(f.src))
	f.codec = wideCodec(order, width)
	return nil
}

// decodeMultibyte decodes a character at a time, so that each has its offset.
func (f *File) decodeMultibyte(data []byte, enc encoding.Encoding) error {
	if !slicesHasHigh(data) && enc != japanese.ISO2022JP && enc != simplifiedchinese.HZGB2312 {
		f.text, f.codec = data, plainCodec
		return nil
	}
	dec := enc.NewDecoder().Transformer
	var out mapped
	var dst [utf8.UTFMax]byte
	for i := 0; i < len(data); {
		size := utf8.UTFMax
		if data[i] < 0x80 {
			size = 1
		}
		nDst, nSrc, err := dec.Transform(dst[:size], data[i:], true)
		if nDst == 0 && nSrc == 0 && size == 1 {
			nDst, nSrc, err = dec.Transform(dst[:], data[i:], true)
		}
		if err != nil && !errors.Is(err, transform.ErrShortDst) || nDst == 0 && nSrc == 0 {
			return fmt.Errorf("%w: wrong %s at offset %d", errUndecodable, f.Encoding, i)
		}
		for j := 0; j < nDst; {
			r, n := utf8.DecodeRune(dst[j:nDst])
			if r == utf8.RuneError {
				return fmt.Errorf("%w: wrong %s at offset %d", errUndecodable, f.Encoding, i)
			}
			out.add(r, i)
			j += n
		}
		i += nSrc
	}
	out.into(f, len(f.src))
	return nil
}

// decodeReplacing decodes UTF-8 and puts U+FFFD for what is none, as
// requests.Response.text does for the bytes of a file: URL.
func (f *File) decodeReplacing() error {
	if utf8.Valid(f.src) {
		f.text, f.codec = f.src, plainCodec
		return nil
	}
	var out mapped
	for i := 0; i < len(f.src); {
		r, n := utf8.DecodeRune(f.src[i:])
		out.add(r, i)
		i += n
	}
	out.into(f, len(f.src))
	f.codec = plainCodec
	return nil
}
