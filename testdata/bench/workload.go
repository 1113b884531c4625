package main

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/reqhash/reqhash/packaging"
)

// seed makes every workload the same each time.
const seed = 20260708

// workload is a tree of services, each with one requirements file.
type workload struct {
	dir    string
	pins   int
	hashes int
	bytes  int64
}

func (w workload) String() string {
	return fmt.Sprintf("%d pins, %d hashes, %.1f MB", w.pins, w.hashes, float64(w.bytes)/1e6)
}

// services writes n services of size pins each, no project twice in one of
// them. Lists of hashes are left out with bare.
func (m *material) services(dir string, n, size int, bare bool, pins []pin) (workload, error) {
	w := workload{dir: dir}
	random := rand.New(rand.NewPCG(seed, uint64(n)<<32|uint64(size)))
	for i := range n {
		var text strings.Builder
		text.WriteString("# Made for measuring, of real pins.\n")
		taken := map[string]bool{}
		for _, k := range random.Perm(len(pins)) {
			p := pins[k]
			if taken[p.name] {
				continue
			}
			taken[p.name] = true
			fmt.Fprintf(&text, "%s==%s", p.name, p.version)
			w.pins++
			if !bare {
				for _, h := range p.hashes {
					text.WriteString(" \\\n    --hash=" + h)
				}
				w.hashes += len(p.hashes)
			}
			text.WriteByte('\n')
			if len(taken) == size {
				break
			}
		}
		path := filepath.Join(dir, "services", fmt.Sprintf("s%05d", i), "requirements.txt")
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			return w, err
		}
		if err := os.WriteFile(path, []byte(text.String()), 0o666); err != nil {
			return w, err
		}
		w.bytes += int64(text.Len())
	}
	return w, nil
}

// oneFile writes one file of at least size bytes, pins repeated.
func (m *material) oneFile(dir string, size int) (workload, error) {
	w := workload{dir: dir}
	var text strings.Builder
	for i := 0; text.Len() < size; i++ {
		p := m.pins[i%len(m.pins)]
		fmt.Fprintf(&text, "%s==%s", p.name, p.version)
		for _, h := range p.hashes {
			text.WriteString(" \\\n    --hash=" + h)
		}
		text.WriteByte('\n')
		w.pins++
		w.hashes += len(p.hashes)
	}
	w.bytes = int64(text.Len())
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return w, err
	}
	return w, os.WriteFile(filepath.Join(dir, "requirements.txt"), []byte(text.String()), 0o666)
}

// once are the pins without the hashes that stand in their list already.
func (m *material) once() []pin {
	list := slices.Clone(m.pins)
	for i := range list {
		var hashes []string
		for _, h := range list[i].hashes {
			if !slices.Contains(hashes, h) {
				hashes = append(hashes, h)
			}
		}
		list[i].hashes = hashes
	}
	return list
}

// resolvable are the pins, one a project, that a resolver for CPython 3.11 takes:
// some wheel for every platform, and a Requires-Python that admits it.
func (m *material) resolvable() []pin {
	python, _ := packaging.ParseVersion("3.11.9")
	var list []pin
	taken := map[string]bool{}
	for _, p := range m.pins {
		if taken[p.name] {
			continue
		}
		want, err := packaging.ParseVersion(p.version)
		if err != nil || want.Prerelease() {
			continue
		}
		for _, f := range m.pages[p.name].Files {
			name, err := packaging.ParseFilename(p.name, f.Filename)
			if err != nil || name.Version.Compare(want) != 0 || !strings.Contains(f.Filename, "py3-none-any.whl") || f.Yanked != false {
				continue
			}
			if f.RequiresPython != nil {
				if s, err := packaging.ParseSpecifiers(*f.RequiresPython); err != nil || !s.Contains(python) {
					continue
				}
			}
			taken[p.name] = true
			list = append(list, p)
			break
		}
	}
	return list
}

// inflate gives each page releases that nobody pins, so that it is as large as
// the pages of an index are: most small, one in a hundred of some thousands of
// files. It also promises metadata files.
func (m *material) inflate() {
	for name, page := range m.pages {
		h := fnv.New32a()
		h.Write([]byte(name))
		want := 60
		switch n := h.Sum32() % 1000; {
		case n < 10:
			want = 4000
		case n < 100:
			want = 700
		case n < 500:
			want = 200
		}
		old := slices.Clone(page.Files)
		for i := range old {
			page.Files[i].CoreMetadata = true
		}
		for n := 0; len(page.Files) < want && len(old) > 0; n++ {
			version := fmt.Sprintf("0.0.%d.dev0", n)
			page.Versions = append(page.Versions, version)
			for i, f := range old[:min(len(old), 12)] {
				tail := ".tar.gz"
				if parts := strings.SplitN(f.Filename, "-", 3); len(parts) == 3 && strings.HasSuffix(f.Filename, ".whl") {
					tail = "-" + parts[2]
				} else if i > 0 {
					continue
				}
				f.Filename = strings.ReplaceAll(name, "-", "_") + "-" + version + tail
				f.URL = "../../files/" + f.Filename
				f.Hashes = map[string]string{"sha256": digitsOf(f.Filename)}
				f.CoreMetadata = map[string]string{"sha256": digitsOf("metadata of " + f.Filename)}
				f.Uploaded = time.Unix(1_400_000_000+int64(n)*86_400, 0).UTC().Format("2006-01-02T15:04:05.000000Z")
				page.Files = append(page.Files, f)
			}
		}
	}
}
