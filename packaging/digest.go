package packaging

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
)

// Algorithm is a hash function by which files are told apart. The zero Algorithm is none.
type Algorithm uint8

// The algorithms that an index or a link may name; a requirements file may use SHA256, SHA384 and SHA512.
const (
	MD5 Algorithm = iota + 1
	SHA1
	SHA224
	SHA256
	SHA384
	SHA512
	BLAKE2b // with 256 bits, as PyPI has it
)

// algorithms has what each Algorithm is called in hashes and links, and how long its digests are.
var algorithms = [...]struct {
	name string
	size int // bytes
}{
	MD5: {"md5", 16}, SHA1: {"sha1", 20}, SHA224: {"sha224", 28}, SHA256: {"sha256", 32}, SHA384: {"sha384", 48}, SHA512: {"sha512", 64},
	BLAKE2b: {"blake2b_256", 32},
}

// ParseAlgorithm returns the algorithm that is called s, in lower case as pip demands it: "sha256". BLAKE2b is "blake2b_256", PyPI's name for it.
func ParseAlgorithm(s string) (Algorithm, bool) {
	for a := MD5; a <= BLAKE2b; a++ {
		if algorithms[a].name == s {
			return a, true
		}
	}
	return 0, false
}

// String returns the name by which ParseAlgorithm finds a, "" for none.
func (a Algorithm) String() string {
	if int(a) < len(algorithms) {
		return algorithms[a].name
	}
	return ""
}

// Size returns the length of a digest in bytes, 0 for none.
func (a Algorithm) Size() int {
	if int(a) < len(algorithms) {
		return algorithms[a].size
	}
	return 0
}

// Digest is an algorithm and what it made of a file. Digests are equal, and the same map key, exactly when both are the same; the
// zero Digest is none. It has no pointer, so the collector passes over a million of them; SHA-512 gives it its size, 65 bytes.
type Digest struct {
	algorithm Algorithm
	sum       [64]byte // the first Size bytes; the others are 0
}

// ParseDigest reads "sha256:" and hexadecimal digits in either case, exactly as many as the algorithm has.
func ParseDigest(s string) (Digest, error) {
	name, digits, ok := strings.Cut(s, ":")
	if !ok {
		return Digest{}, fmt.Errorf("%q has no algorithm in front of it, such as \"sha256:\"", s)
	}
	a, ok := ParseAlgorithm(name)
	if !ok {
		return Digest{}, fmt.Errorf("%q is no known algorithm", name)
	}
	return NewDigest(a, digits)
}

// NewDigest reads hexadecimal digits in either case, exactly as many as the algorithm has.
func NewDigest(a Algorithm, hex string) (Digest, error) {
	if a.Size() == 0 {
		return Digest{}, fmt.Errorf("no algorithm for the digest %q", hex)
	}
	if len(hex) != 2*a.Size() {
		return Digest{}, fmt.Errorf("%q has %d characters, and a %s digest has %d hexadecimal digits", hex, len(hex), a, 2*a.Size())
	}
	var room [128]byte
	if d, ok := DigestFromHex(a, append(room[:0], hex...)); ok {
		return d, nil
	}
	i := 0
	for hexValue(hex[i]) >= 0 {
		i++
	}
	return Digest{}, fmt.Errorf("%q is no %s digest: byte %d is no hexadecimal digit", hex, a, i)
}

// DigestFromHex is NewDigest without a reason when it refuses, and without an allocation.
func DigestFromHex(a Algorithm, hex []byte) (d Digest, ok bool) {
	if a.Size() == 0 || len(hex) != 2*a.Size() || decode(d.sum[:a.Size()], hex)&isHex == 0 {
		return Digest{}, false
	}
	d.algorithm = a
	return d, true
}

// DecodeSHA256 writes the 32 bytes of a SHA-256 digest that 64 hexadecimal digits in either case stand for, and tells whether they
// do and whether no digit is in upper case; if they do not, sum holds anything. A thousand files hold a million digests: they are
// written once, where they stay.
func DecodeSHA256(sum *[32]byte, hex []byte) (ok, lower bool) {
	if len(hex) != 2*len(sum) {
		return false, false
	}
	what, digits := uint16(isHex|isLower), (*[64]byte)(hex)
	for i := 0; i < len(sum); i += 4 { // decode, but without a check of bounds
		what &= four((*[4]byte)(sum[i:i+4]), (*[8]byte)(digits[2*i:2*i+8]))
	}
	return what&isHex != 0, what&isLower != 0
}

// SHA256Digest returns the digest with those bytes.
func SHA256Digest(sum *[32]byte) Digest {
	d := Digest{algorithm: SHA256}
	copy(d.sum[:], sum[:])
	return d
}

// Two digits are looked up at once, which is twice as fast as arithmetic on eight. Of the table's 128 KiB only the 2 KiB of those
// pairs that are digits are ever near the processor.
const (
	isHex   = 0x100 // both are digits
	isLower = 0x200 // neither is in upper case
)

// pairs has the byte that two digits write, and which of the above they are; the first digit is the lower byte of the index.
var pairs = func() *[1 << 16]uint16 {
	const digits = "0123456789abcdefABCDEF"
	t := new([1 << 16]uint16)
	for _, a := range []byte(digits) {
		for _, b := range []byte(digits) {
			v := isHex | uint16(hexValue(a)<<4|hexValue(b))
			if !isUpper(a) && !isUpper(b) {
				v |= isLower
			}
			t[uint16(a)|uint16(b)<<8] = v
		}
	}
	return t
}()

func isUpper(c byte) bool { return 'A' <= c && c <= 'Z' }

// decode writes the bytes that twice as many hexadecimal digits stand for, a multiple of 4 of them, and tells what all digits are.
func decode(to, hex []byte) (what uint16) {
	what = isHex | isLower
	for ; len(to) >= 4 && len(hex) >= 8; to, hex = to[4:], hex[8:] {
		what &= four((*[4]byte)(to), (*[8]byte)(hex))
	}
	return what
}

// four is decode for 4 bytes.
func four(to *[4]byte, hex *[8]byte) (what uint16) {
	a, b := pairs[binary.LittleEndian.Uint16(hex[0:])], pairs[binary.LittleEndian.Uint16(hex[2:])]
	c, d := pairs[binary.LittleEndian.Uint16(hex[4:])], pairs[binary.LittleEndian.Uint16(hex[6:])]
	to[0], to[1], to[2], to[3] = byte(a), byte(b), byte(c), byte(d)
	return a & b & c & d
}

// DigestOf returns the digest whose bytes are sum, exactly as many as the algorithm has.
func DigestOf(a Algorithm, sum []byte) (Digest, error) {
	if a.Size() == 0 || len(sum) != a.Size() {
		return Digest{}, fmt.Errorf("%d bytes are no %s digest, which has %d", len(sum), a, a.Size())
	}
	d := Digest{algorithm: a}
	copy(d.sum[:], sum)
	return d, nil
}

// Algorithm returns the algorithm, 0 for the zero Digest.
func (d Digest) Algorithm() Algorithm { return d.algorithm }

// IsZero tells whether d is the zero Digest.
func (d Digest) IsZero() bool { return d.algorithm == 0 }

// Head returns the first eight bytes of the digest as a number, for tables: a good hash of it already. It is 0 for the zero Digest.
func (d *Digest) Head() uint64 { return binary.LittleEndian.Uint64(d.sum[:8]) }

// Hex returns the digest in lower-case hexadecimal digits, "" for the zero Digest.
func (d Digest) Hex() string {
	var room [128]byte
	return string(d.appendHex(room[:0]))
}

// String returns the digest as a requirements file has it, "sha256:" and lower-case hexadecimal digits; "" for the zero Digest.
func (d Digest) String() string {
	if d.algorithm == 0 {
		return ""
	}
	var room [160]byte
	return string(d.appendHex(append(append(room[:0], d.algorithm.String()...), ':')))
}

func (d Digest) appendHex(out []byte) []byte {
	return hex.AppendEncode(out, d.sum[:d.algorithm.Size()])
}
