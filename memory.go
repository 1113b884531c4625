package main

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync/atomic"
)

// A run ends soon, and most hold little. So no garbage is collected before there
// is much of it, which most runs never come to, and then four times as late as
// any program does: that takes a fifth off a check of a thousand services. One
// that holds much, since what it reads stands in no other file, collects as any
// program does.
const (
	firstCollection = 48 << 20 // bytes in use
	lateCollection  = 400      // percent of what is held
	manyHeld        = 64 << 20
	lookAfter       = 8 << 20 // bytes read between two looks at what is held
)

// collectLate is for the beginning of a process.
func collectLate() {
	limit := debug.SetMemoryLimit(-1) // GOMEMLIMIT
	debug.SetMemoryLimit(min(limit, firstCollection))
	debug.SetGCPercent(-1)
	runtime.AddCleanup(new([64]byte), func(limit int64) { // by the first collection
		debug.SetGCPercent(lateCollection)
		debug.SetMemoryLimit(limit)
	}, limit)
}

// thrift watches what a run holds while it reads. Any number of goroutines may
// tell it.
type thrift struct{ read atomic.Int64 }

// add takes in that some bytes were read.
func (t *thrift) add(n int) {
	if before := t.read.Add(int64(n)) - int64(n); before/lookAfter == (before+int64(n))/lookAfter {
		return
	}
	held := []metrics.Sample{{Name: "/gc/heap/live:bytes"}} // after the last collection
	if metrics.Read(held); held[0].Value.Kind() == metrics.KindUint64 && held[0].Value.Uint64() > manyHeld {
		debug.SetGCPercent(100)
	}
}
