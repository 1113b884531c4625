package pypi

import "encoding/binary"

// reader reads what packer wrote, and more carefully what a file of the cache
// says; bad is set where it ends early.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) bytes(n int) []byte {
	if n < 0 || n > len(r.b) {
		r.bad, r.b = true, nil
		return nil
	}
	b := r.b[:n:n]
	r.b = r.b[n:]
	return b
}

func (r *reader) byte() byte {
	if b := r.bytes(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *reader) uvarint() uint64 {
	if len(r.b) > 0 && r.b[0] < 0x80 { // nearly always
		v := uint64(r.b[0])
		r.b = r.b[1:]
		return v
	}
	return r.longUvarint()
}

func (r *reader) longUvarint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) varint() int64 {
	v, n := binary.Varint(r.b)
	if n <= 0 {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) text() []byte {
	n := r.uvarint()
	if n > uint64(len(r.b)) {
		r.bad, r.b = true, nil
		return nil
	}
	return r.bytes(int(n))
}

// texts reads as many texts as there is room for, as appendTexts wrote them. They
// share one piece of memory.
func (r *reader) texts(to []string) {
	lengths := *r
	total := uint64(0)
	for range to {
		n := r.uvarint()
		if n > uint64(len(r.b)) {
			r.bad, r.b = true, nil
			return
		}
		total += n
	}
	text := string(r.bytes(int(min(total, uint64(len(r.b))+1))))
	for i := range to {
		if r.bad {
			return
		}
		n := lengths.uvarint()
		to[i], text = text[:n], text[n:]
	}
}

// skipTexts reads the number of texts and what appendTexts wrote, and returns the
// number.
func (r *reader) skipTexts() int {
	count := r.uvarint()
	if count > uint64(len(r.b)) {
		r.bad, r.b = true, nil
		return 0
	}
	total := uint64(0)
	for range count {
		n := r.uvarint()
		if n > uint64(len(r.b)) {
			r.bad, r.b = true, nil
			return 0
		}
		total += n
	}
	r.bytes(int(min(total, uint64(len(r.b))+1)))
	return int(count)
}

// appendTexts appends the lengths of texts, and then all of them.
func appendTexts(b []byte, texts []string) []byte {
	for _, text := range texts {
		b = binary.AppendUvarint(b, uint64(len(text)))
	}
	for _, text := range texts {
		b = append(b, text...)
	}
	return b
}
