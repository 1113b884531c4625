package pypi

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// journal is the file of the cache: records that are only ever appended. Opening
// it reads the file once and hops from head to head; a record is looked at
// when it is asked for. testdata/layouts has the measurement that this layout
// comes from, beside a file for each release and beside bbolt: 5,000 releases
// are there in a few milliseconds.
//
// The file begins with a magic word, a salt, and how long it was when it was
// last tidied up. A record is: a magic word, the
// length of its body (4 bytes), a seal, the body, which begins with its key.
// The seal is a code of the body by a key, the salt: it tells a record that was
// cut off, or overwritten, from a whole one, and no index, which may choose what
// a body says, can make another record inside of it. Behind damage the next
// record is found by its magic word. So no write of another process, no kill and
// no full disk leaves anything but records that are missing.
type journal struct {
	path string
	data []byte // of the file, as it was when it was opened
	salt []byte
	mac  cipher.AEAD
	// places are of the records, in the order of the file. slots find the first
	// and the last of a key, at the key's head or behind it.
	places []spot
	slots  []slot

	mu      sync.Mutex
	fresh   bool // there is no file of ours: the next write makes one
	pending []byte
	tidy    func(bodies [][]byte) []bool
}

// spot is where a record begins, in bytes, and which of the places is the next of
// its key; 0 is none.
type spot struct{ at, next int32 }

// slot has places of one key, both counted from 1; 0 is free.
type slot struct{ first, last int32 }

// cacheKey is a code of what a record is about, by the salt.
type cacheKey [16]byte

const (
	journalMagic = "reqhash cache 2\n"
	saltSize     = 16
	headerSize   = len(journalMagic) + saltSize + 8
	recordMagic  = "\xf1rq\x0a"
	sealSize     = 16
	headSize     = len(recordMagic) + 4 + sealSize
	maxRecord    = 64 << 20  // 64 MiB
	maxJournal   = 512 << 20 // 512 MiB: a cache past that is begun anew
	flushAt      = 256 << 10 // 256 KiB pending
	untidy       = 1 << 20   // 1 MiB: tidied up is what is longer, and twice as long as the last time
)

// openJournal reads the file. Where there is none, or one that is not ours, it is
// as an empty one, and written anew.
func openJournal(path string) (*journal, error) {
	j := &journal{path: path}
	file, err := openOwn(path, os.O_RDONLY)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	if err == nil {
		defer file.Close()
		info, err := file.Stat()
		if err != nil {
			return nil, err
		}
		if size := info.Size(); size <= maxJournal {
			j.data = make([]byte, size)
			n, err := io.ReadFull(file, j.data)
			if err != nil && err != io.ErrUnexpectedEOF && err != io.EOF {
				return nil, err
			}
			j.data = j.data[:n]
		}
	}
	if len(j.data) < headerSize || string(j.data[:len(journalMagic)]) != journalMagic {
		j.fresh, j.data = true, nil
		j.salt = make([]byte, saltSize)
		if _, err := rand.Read(j.salt); err != nil {
			return nil, err
		}
		return j, j.setMAC()
	}
	j.salt = j.data[len(journalMagic):][:saltSize]
	if err := j.setMAC(); err != nil {
		return nil, err
	}
	j.scan()
	j.index()
	return j, nil
}

// setMAC prepares seals and keys: GMAC (NIST SP 800-38D), the authentication of
// AES-GCM, of which every processor in use does a kilobyte in less than a
// microsecond. Nobody but the user sees a seal, so one nonce for each purpose
// gives nothing away.
func (j *journal) setMAC() error {
	block, err := aes.NewCipher(j.salt)
	if err == nil {
		j.mac, err = cipher.NewGCM(block)
	}
	if err != nil {
		return fmt.Errorf("sealing the cache: %w", err)
	}
	return nil
}

var sealNonce, keyNonce = []byte("reqhash seal"), []byte("reqhash key ")

// scan notes where records begin.
func (j *journal) scan() {
	j.places = make([]spot, 0, len(j.data)/512)
	at := headerSize
	for at+headSize+len(cacheKey{}) <= len(j.data) {
		if string(j.data[at:at+len(recordMagic)]) != recordMagic {
			next := bytes.Index(j.data[at+1:], []byte(recordMagic))
			if next < 0 {
				return
			}
			at += next + 1
			continue
		}
		n := int(binary.LittleEndian.Uint32(j.data[at+len(recordMagic):]))
		end := at + headSize + n
		if n < len(cacheKey{}) || n > maxRecord || end > len(j.data) ||
			end+len(recordMagic) <= len(j.data) && string(j.data[end:end+len(recordMagic)]) != recordMagic {
			// Its length may be wrong, or what follows: look at it closely.
			if n > maxRecord || end > len(j.data) || !j.sealed(at, end) {
				at++
				continue
			}
		}
		j.places = append(j.places, spot{at: int32(at)})
		at = end
	}
}

// index makes the slots. A salted key is as good as a random number.
func (j *journal) index() {
	size := 16
	for size < 2*len(j.places) {
		size *= 2
	}
	j.slots = make([]slot, size)
	for i := range j.places {
		s := j.slot(j.keyAt(i))
		if s.first == 0 {
			s.first = int32(i + 1)
		} else {
			j.places[s.last-1].next = int32(i)
		}
		s.last = int32(i + 1)
	}
}

// slot is that of a key, or the free one where it would be.
func (j *journal) slot(key []byte) *slot {
	at := binary.LittleEndian.Uint64(key)
	for ; ; at++ {
		s := &j.slots[at&uint64(len(j.slots)-1)]
		if s.first == 0 || bytes.Equal(j.keyAt(int(s.first-1)), key) {
			return s
		}
	}
}

// keyAt is the key of a record, by its place.
func (j *journal) keyAt(i int) []byte {
	return j.data[int(j.places[i].at)+headSize:][:len(cacheKey{})]
}

// bodyAt returns a record behind its key, by its place; nil where it is damaged.
func (j *journal) bodyAt(i int) []byte {
	at := int(j.places[i].at)
	end := at + headSize + int(binary.LittleEndian.Uint32(j.data[at+len(recordMagic):]))
	if !j.sealed(at, end) {
		return nil
	}
	return j.data[at+headSize+len(cacheKey{}) : end : end]
}

func (j *journal) sealed(at, end int) bool {
	if end < at+headSize || end > len(j.data) {
		return false
	}
	_, err := j.mac.Open(nil, sealNonce, j.data[at+headSize-sealSize:at+headSize], j.data[at+headSize:end])
	return err == nil
}

// key makes a key of what a record is about. Parts that end elsewhere make
// another one.
func (j *journal) key(parts ...string) cacheKey {
	about := make([]byte, 0, 256)
	for _, part := range parts {
		about = append(binary.LittleEndian.AppendUint64(about, uint64(len(part))), part...)
	}
	sealed := j.mac.Seal(about, keyNonce, nil, about)
	return cacheKey(sealed[len(about):])
}

// bodies returns the records of a key behind the key, in the order written.
func (j *journal) bodies(key cacheKey) [][]byte {
	if len(j.places) == 0 {
		return nil
	}
	return j.bodiesOf(j.slot(key[:]))
}

func (j *journal) bodiesOf(s *slot) [][]byte {
	var bodies [][]byte
	for i := int(s.first) - 1; i >= 0; {
		if body := j.bodyAt(i); body != nil {
			bodies = append(bodies, body)
		}
		if i = int(j.places[i].next); i == 0 {
			break
		}
	}
	return bodies
}

// all returns the records of every key behind the key, in the order written.
func (j *journal) all() [][]byte {
	var bodies [][]byte
	for i := range j.places {
		if body := j.bodyAt(i); body != nil {
			bodies = append(bodies, body)
		}
	}
	return bodies
}

// put appends a record. It is written when some have come together, or by flush.
func (j *journal) put(key cacheKey, body []byte) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.pending = j.appendRecord(j.pending, key, body)
	if len(j.pending) < flushAt {
		return nil
	}
	return j.write()
}

func (j *journal) appendRecord(to []byte, key cacheKey, body []byte) []byte {
	to = append(to, recordMagic...)
	to = binary.LittleEndian.AppendUint32(to, uint32(len(key)+len(body)))
	at := len(to)
	to = append(to, make([]byte, sealSize)...)
	to = append(to, key[:]...)
	to = append(to, body...)
	j.mac.Seal(to[at:at], sealNonce, nil, to[at+sealSize:])
	return to
}

// flush writes what is pending, and the whole file anew where much of it is of
// no use any more.
func (j *journal) flush() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.tidy != nil && len(j.data) >= headerSize {
		tidied := binary.LittleEndian.Uint64(j.data[headerSize-8:])
		if size := uint64(len(j.data)); size > untidy && size/2 > tidied {
			if err := j.rewrite(j.useful()); err != nil {
				return err
			}
		}
	}
	return j.write()
}

func (j *journal) write() error {
	if len(j.pending) == 0 {
		return nil
	}
	if j.fresh {
		header := append([]byte(journalMagic), j.salt...)
		if err := j.rewrite(append(header, make([]byte, 8)...)); err != nil {
			return err
		}
		j.fresh = false
	}
	file, unlock, err := openLocked(j.path)
	if err != nil {
		return err
	}
	defer file.Close()
	defer unlock()
	// The file may have been written anew, by another process with another
	// salt, since it was opened here: then what is pending means nothing in it.
	header, err := readHeader(j.path)
	if err != nil {
		return err
	}
	if !bytes.Equal(header[len(journalMagic):][:saltSize], j.salt) {
		j.pending = nil
		return nil
	}
	_, err = file.Write(j.pending)
	j.pending = nil
	if err != nil {
		return err
	}
	return file.Close()
}

// openLocked opens the file to append to it, and waits while another process
// puts a new one in its place.
func openLocked(path string) (file *os.File, unlock func(), err error) {
	for range 10 {
		file, err := openOwn(path, os.O_WRONLY|os.O_APPEND)
		if err != nil {
			return nil, nil, err
		}
		unlock, err := lockFile(file, false)
		if err != nil {
			file.Close()
			return nil, nil, err
		}
		have, err := file.Stat()
		if err == nil {
			var there os.FileInfo
			if there, err = os.Stat(path); err == nil && os.SameFile(have, there) {
				return file, unlock, nil
			}
		}
		unlock()
		file.Close()
		if err != nil {
			return nil, nil, err
		}
	}
	return nil, nil, errors.New("the cache's file is replaced all the time")
}

func readHeader(path string) ([]byte, error) {
	file, err := openOwn(path, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	header := make([]byte, headerSize)
	if _, err := io.ReadFull(file, header); err != nil {
		return nil, fmt.Errorf("reading the cache's header: %w", err)
	}
	return header, nil
}

// rewrite puts a new file in the place of the old one, whole or not at all.
// Where another process is at it, it is left to that.
func (j *journal) rewrite(content []byte) error {
	old, err := openOwn(j.path, os.O_WRONLY)
	if err == nil {
		defer old.Close()
		unlock, err := lockFile(old, true)
		if err != nil {
			return err
		}
		defer unlock()
		info, err := old.Stat()
		if err != nil {
			return err
		}
		if !j.fresh && info.Size() != int64(len(j.data)) {
			return nil // somebody appended: the next run may tidy up
		}
	}
	// What a process that was killed here has left.
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(j.path), ".new-*")); err == nil {
		for _, path := range left {
			if info, err := os.Lstat(path); err == nil && time.Since(info.ModTime()) > time.Hour {
				_ = os.Remove(path) // it is in nobody's way
			}
		}
	}
	file, err := os.CreateTemp(filepath.Dir(j.path), ".new-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err == nil {
		if j.fresh && old == nil {
			// Of two processes that begin a cache, the first wins.
			err = os.Link(file.Name(), j.path)
			if errors.Is(err, os.ErrExist) {
				err = nil
			} else if err != nil {
				err = os.Rename(file.Name(), j.path)
			}
		} else {
			err = os.Rename(file.Name(), j.path)
		}
	}
	if removed := os.Remove(file.Name()); err == nil && removed != nil && !errors.Is(removed, os.ErrNotExist) {
		err = removed
	}
	return err
}

// useful returns the file without the records that tidy has no use for.
func (j *journal) useful() []byte {
	drop := make([]bool, len(j.places))
	for _, s := range j.slots {
		var list []int // places of one key
		var bodies [][]byte
		for i := int(s.first) - 1; i >= 0; {
			list, bodies = append(list, i), append(bodies, j.bodyAt(i))
			if i = int(j.places[i].next); i == 0 {
				break
			}
		}
		if len(list) == 0 {
			continue
		}
		for k, useful := range j.tidy(bodies) {
			drop[list[k]] = !useful || bodies[k] == nil
		}
	}
	keep := append([]byte(nil), j.data[:headerSize]...)
	for i, p := range j.places {
		if !drop[i] {
			end := int(p.at) + headSize + int(binary.LittleEndian.Uint32(j.data[int(p.at)+len(recordMagic):]))
			keep = append(keep, j.data[p.at:end]...)
		}
	}
	binary.LittleEndian.PutUint64(keep[headerSize-8:], uint64(len(keep)))
	return keep
}
