package pypi

import "sync"

// knowledge is whether an index has one of the two APIs, learnt once a run:
// one caller tries; until that is judged, the others take the other way.
type knowledge struct {
	mu    sync.Mutex
	state state
}

type state uint8

const (
	unknown  state = iota
	trying         // one caller is asking
	doubtful       // it said 404, or failed: the Simple API will tell whether that means something
	working
	lacking
)

// try tells whether the caller may ask; it must report then.
func (k *knowledge) try() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.state == unknown {
		k.state = trying
		return true
	}
	return k.state == working
}

func (k *knowledge) works() { k.set(working) }
func (k *knowledge) lacks() { k.set(lacking) }

// failed reports an answer that is none, and tells that the caller must judge.
func (k *knowledge) failed() bool {
	k.set(doubtful)
	return true
}

// absent reports a 404. It tells whether the caller must judge: where the API
// has answered before, a 404 is about the release alone.
func (k *knowledge) absent() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.state == working {
		return false
	}
	k.state = doubtful
	return true
}

// judge tells, after a doubtful answer, whether the Simple API lists what was
// asked for: then the JSON API is not there, or of no use.
func (k *knowledge) judge(listed bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case k.state != doubtful:
	case listed:
		k.state = lacking
	default:
		k.state = unknown
	}
}

func (k *knowledge) set(s state) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.state = s
}

func (k *knowledge) working() bool { return k.is(working) }
func (k *knowledge) lacking() bool { return k.is(lacking) }

func (k *knowledge) is(s state) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.state == s
}
