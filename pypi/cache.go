package pypi

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// CacheDir returns where answers are kept by default: in the user's cache
// folder (XDG_CACHE_HOME and its like), "" where there is no home.
func CacheDir(env Environment) string {
	base := env.Getenv("XDG_CACHE_HOME")
	switch {
	case filepath.IsAbs(base):
	case env.OS == "windows":
		base = env.Getenv("LocalAppData")
	case env.Home == "":
		return ""
	case env.OS == "darwin":
		base = filepath.Join(env.Home, "Library", "Caches")
	default:
		base = filepath.Join(env.Home, ".cache")
	}
	if base == "" {
		return ""
	}
	return filepath.Join(base, "reqhash")
}

// cache keeps what indexes said of releases, and never forgets it: an answer
// that differs from an earlier one is told apart by it. A nil cache keeps
// nothing.
type cache struct {
	journal *journal
	now     time.Time // of the run
	maxAge  time.Duration
	// refresh takes no answer from the cache, which only remembers then.
	refresh bool
}

// openCache opens the cache in a folder, which is made where it is not there.
func openCache(dir string, now time.Time, maxAge time.Duration, refresh bool) (*cache, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the cache's folder: %w", err)
	}
	info, err := os.Stat(dir)
	if err == nil {
		err = ownAlone(info)
	}
	if err != nil {
		return nil, fmt.Errorf("the cache %s is not used: %w", dir, err)
	}
	j, err := openJournal(filepath.Join(dir, "answers-2"))
	if err != nil {
		return nil, fmt.Errorf("the cache %s is not used: %w", dir, err)
	}
	j.tidy = tidy
	return &cache{journal: j, now: now, maxAge: maxAge, refresh: refresh}, nil
}

// openOwn opens a file of the cache, which must be nobody else's.
func openOwn(path string, flag int) (*os.File, error) {
	if info, err := os.Lstat(path); err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no regular file", path)
	}
	file, err := os.OpenFile(path, flag, 0)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is no regular file", path)
	}
	if err == nil {
		err = ownAlone(info)
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}

// place is what the records of one index and credential are about.
type cachePlace struct{ index, credential string }

// placeOf names an index as it is seen with the credentials. They are told
// apart by 16 bits of a hash, from which nobody gets them back.
func placeOf(base *url.URL, l login) cachePlace {
	p := cachePlace{index: base.String()}
	if l.known {
		sum := sha256.Sum256([]byte(p.index + "\x00" + l.user + "\x00" + l.password))
		p.credential = string(sum[:2])
	}
	return p
}

// releases returns what was kept of a project, oldest first. Records of others
// that have the same key by chance are told apart by nothing: a key has 128
// bits.
func (c *cache) releases(place cachePlace, project string) []record {
	if c == nil {
		return nil
	}
	return c.records(c.key(place, project))
}

func (c *cache) key(place cachePlace, project string) cacheKey {
	return c.journal.key(place.index, place.credential, project)
}

// records returns what was kept by a key, oldest first.
func (c *cache) records(key cacheKey) []record {
	bodies := c.journal.bodies(key)
	if len(bodies) == 0 {
		return nil
	}
	list := make([]record, len(bodies))
	n := 0
	for _, body := range bodies {
		if readRecord(&list[n], body) {
			n++
		} else {
			list[n] = record{}
		}
	}
	return list[:n]
}

func (c *cache) put(place cachePlace, project string, r *record, files []File) error {
	if c == nil {
		return nil
	}
	body := writeRecord(r, files)
	if body == nil {
		return nil
	}
	return c.journal.put(c.key(place, project), body)
}

// young tells whether a record of that time may be used without asking. One from
// the future has no age: some clock was wrong.
func (c *cache) young(at time.Time) bool {
	age := c.now.Sub(at)
	return !c.refresh && age >= -time.Minute && age <= c.maxAge
}

// close writes what is not yet written.
func (c *cache) close() error {
	if c == nil {
		return nil
	}
	if err := c.journal.flush(); err != nil {
		return fmt.Errorf("writing the cache: %w", err)
	}
	return nil
}

// withoutSecrets takes userinfo and query off a link. Where they are needed, the
// index is asked again for them.
func withoutSecrets(link []byte) []byte {
	if i := bytes.IndexAny(link, "?#"); i >= 0 {
		link = link[:i]
	}
	start := bytes.Index(link, []byte("//"))
	if start < 0 || start > 0 && link[start-1] != ':' {
		return link
	}
	start += len("//")
	end := len(link)
	if i := bytes.IndexAny(link[start:], `/\`); i >= 0 {
		end = start + i
	}
	at := bytes.LastIndexByte(link[start:end], '@')
	if at < 0 {
		return link
	}
	return append(slices.Clone(link[:start]), link[start+at+1:]...)
}

// past is a file as an index gave it at some earlier time.
type past struct {
	file File
	seen time.Time
}

// history returns every file that the records have, each content of a name
// once, with when it was last seen.
func history(records []*record) []past {
	var list []past
	for _, r := range records {
		for _, f := range r.all() {
			i := slices.IndexFunc(list, func(p past) bool { return p.file.Name == f.Name && !differ(p.file, f) })
			if i < 0 {
				list = append(list, past{f, r.at})
			} else if list[i].seen.Before(r.at) {
				list[i].seen = r.at
			}
		}
	}
	return list
}

// differ tells whether two files have a digest by one algorithm that differs.
func differ(a, b File) bool {
	for _, d := range a.Digests {
		if e, ok := b.Digest(d.Algorithm()); ok && e != d {
			return true
		}
	}
	return false
}

// compare holds files as an index gives them now against what it gave before.
func compare(now []File, before []past) (gone []File, changed []Change) {
	byName := map[string]File{}
	for _, f := range now {
		byName[f.Name] = f
	}
	for _, p := range before {
		f, there := byName[p.file.Name]
		switch {
		case !there:
			gone = append(gone, p.file)
		case differ(p.file, f):
			for _, d := range p.file.Digests {
				if e, ok := f.Digest(d.Algorithm()); ok && e != d {
					changed = append(changed, Change{File: f.Name, Index: f.Index, Old: d, New: e, Since: p.seen})
					break
				}
			}
		}
	}
	return gone, changed
}

// tidy tells which records of one key are of use: the newest of each version
// and API, and those with a file that no newer one has with the same digests.
func tidy(bodies [][]byte) []bool {
	useful := make([]bool, len(bodies))
	type content struct{ name, digests string }
	have := map[content]bool{}
	newest := map[string]bool{}
	for i := len(bodies) - 1; i >= 0; i-- {
		var r record
		if bodies[i] == nil || !readRecord(&r, bodies[i]) {
			continue
		}
		key := string(r.api) + r.version
		if !newest[key] {
			newest[key], useful[i] = true, true
		}
		for _, f := range r.all() {
			one := content{f.Name, string(packDigests(f.Digests))}
			if !have[one] {
				have[one], useful[i] = true, true
			}
		}
	}
	return useful
}
