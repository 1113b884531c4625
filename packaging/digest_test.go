package packaging

import (
	"encoding/hex"
	"strings"
	"testing"
	"unsafe"
)

// all has each algorithm with the digest of no bytes.
var all = map[string]string{
	"md5":         "d41d8cd98f00b204e9800998ecf8427e",
	"sha1":        "da39a3ee5e6b4b0d3255bfef95601890afd80709",
	"sha224":      "d14a028c2a3a2bc9476102bb288234c415a2b01f828ea62ac5b3e42f",
	"sha256":      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
	"sha384":      "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b",
	"sha512":      "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e",
	"blake2b_256": "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8",
}

func TestDigests(t *testing.T) {
	seen := map[Digest]bool{{}: true}
	for name, digits := range all {
		for _, text := range []string{name + ":" + digits, name + ":" + strings.ToUpper(digits)} {
			d, err := ParseDigest(text)
			if err != nil {
				t.Errorf("ParseDigest(%q): %v", text, err)
				continue
			}
			if d.String() != name+":"+digits || d.Hex() != digits || d.Algorithm().String() != name || d.IsZero() {
				t.Errorf("ParseDigest(%q) = %q", text, d)
			}
			sum, _ := hex.DecodeString(digits)
			if same, err := DigestOf(d.Algorithm(), sum); err != nil || same != d {
				t.Errorf("DigestOf(%v, %x) = %q, %v, want %q", d.Algorithm(), sum, same, err, d)
			}
			if len(sum) != d.Algorithm().Size() {
				t.Errorf("%v.Size() = %d, want %d", d.Algorithm(), d.Algorithm().Size(), len(sum))
			}
			seen[d] = true
		}
	}
	if len(seen) != len(all)+1 {
		t.Errorf("%d digests are %d map keys", len(all), len(seen)-1)
	}
}

func TestDigestsRefused(t *testing.T) {
	h := all["sha256"]
	for _, text := range []string{"", "sha256", "sha256:", h, "SHA256:" + h, "sha256:" + h[1:], "sha256:" + h + "0", "sha256:" + h[1:] + "g", "sha256:g" + h[1:],
		"sha256: " + h[1:], " sha256:" + h, "sha256:" + h + "\n", "sha512:" + h, "sha3_256:" + h, "sha256:0x" + h[2:], "sha256:" + h[:62] + "é", ":" + h, "blake2b:" + h} {
		if d, err := ParseDigest(text); err == nil || !d.IsZero() {
			t.Errorf("ParseDigest(%q) = %q, %v, want an error and none", text, d, err)
		}
	}
	if d, ok := DigestFromHex(0, nil); ok || !d.IsZero() {
		t.Errorf("DigestFromHex(0, nil) = %q, %t", d, ok)
	}
	if d, err := DigestOf(SHA256, make([]byte, 31)); err == nil || !d.IsZero() {
		t.Errorf("DigestOf(SHA256, 31 bytes) = %q, %v", d, err)
	}
	for _, a := range []Algorithm{0, BLAKE2b + 1, 255} {
		if _, err := NewDigest(a, ""); err == nil || a.Size() != 0 || a.String() != "" {
			t.Errorf("Algorithm(%d) is called %q", a, a)
		}
	}
}

// TestDecodeEveryByte holds the eight-digit decoder against the table of digits, for each byte in each place.
func TestDecodeEveryByte(t *testing.T) {
	digits := []byte(strings.Repeat("0123456789abcdefABCDEF0f9a", 3)[:64])
	for place := range digits {
		for c := range 256 {
			text := append([]byte(nil), digits...)
			text[place] = byte(c)
			d, ok := DigestFromHex(SHA256, text)
			if want, err := hex.DecodeString(string(text)); ok != (err == nil) || ok && string(want) != string(d.sum[:32]) {
				t.Errorf("DigestFromHex(%q) = %q, %t", text, d, ok)
			}
		}
	}
}

// TestSizes holds how much memory the values take of which there are millions.
func TestSizes(t *testing.T) {
	for _, test := range []struct {
		name      string
		got, want uintptr
	}{
		{"Digest", unsafe.Sizeof(Digest{}), 65},
		{"Version", unsafe.Sizeof(Version{}), 40},
		{"Specifier", unsafe.Sizeof(Specifier{}), 32},
	} {
		if test.got > test.want {
			t.Errorf("a %s has %d bytes, want at most %d", test.name, test.got, test.want)
		}
	}
}
