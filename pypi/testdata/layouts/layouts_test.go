// Package layouts measures a database as the layout of the cache, beside
// BenchmarkLayout of package pypi: what it takes from nothing to the records
// of 5,000 releases, and how it stands a file that was cut off. It is a module
// of its own, so that the tool does not depend on the database.
//
//	cd pypi/testdata/layouts && go test -bench .
//	cd pypi && go test -run '^$' -bench Layout
package layouts

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"testing"
	"time"

	"go.etcd.io/bbolt"
)

const releases = 5000

var bucket = []byte("releases")

func fill(t testing.TB, path string) {
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.Update(func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucket(bucket)
		for i := 0; i < releases && err == nil; i++ {
			err = b.Put(key(i), bytes.Repeat([]byte{byte(i)}, 1700))
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

func key(i int) []byte {
	sum := sha256.Sum256(fmt.Appendf(nil, "project%d", i))
	return sum[:16]
}

func BenchmarkBolt(b *testing.B) {
	path := filepath.Join(b.TempDir(), "db")
	fill(b, path)
	var first time.Duration
	for b.Loop() {
		began := time.Now()
		db, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true, Timeout: time.Second})
		if err != nil {
			b.Fatal(err)
		}
		if err := db.View(func(tx *bbolt.Tx) error {
			t := tx.Bucket(bucket)
			for i := range releases {
				if len(bytes.Clone(t.Get(key(i)))) != 1700 {
					return fmt.Errorf("record %d is missing", i)
				}
				if i == 0 {
					first += time.Since(began)
				}
			}
			return nil
		}); err != nil {
			b.Fatal(err)
		}
		if err := db.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(first.Nanoseconds())/float64(b.N), "ns-to-first/op")
}

// TestBoltCutOff shows what a truncated file does to a process that reads it:
// not an error, but a fault of the memory it is mapped to.
func TestBoltCutOff(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db")
	fill(t, path)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, info.Size()/4); err != nil {
		t.Fatal(err)
	}
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			t.Logf("reading a file that was cut off ends in: %v", r)
		}
	}()
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true, Timeout: time.Second})
	if err != nil {
		t.Logf("opening says: %v", err)
		return
	}
	defer db.Close()
	missing := 0
	if err := db.View(func(tx *bbolt.Tx) error {
		for i := range releases {
			if v := tx.Bucket(bucket).Get(key(i)); len(v) != 1700 || v[0] != byte(i) {
				missing++
			}
		}
		return nil
	}); err != nil {
		t.Logf("reading says: %v", err)
	}
	t.Logf("%d of %d records are missing or wrong, and nothing says so", missing, releases)
}
