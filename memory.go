package main

import (
	"runtime/debug"
	"runtime/metrics"
	"sync/atomic"
)

// A run ends soon, and most hold little: collecting garbage four times as late
// takes a fifth off a check of a thousand services. One that holds much, since
// what it reads stands in no other file, collects as any program does.
const (
	lateCollection = 400 // percent of what is held
	manyHeld       = 64 << 20
	lookAfter      = 8 << 20 // bytes read between two looks at what is held
)

// collectLate is for the beginning of a run.
func collectLate() { debug.SetGCPercent(lateCollection) }

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
