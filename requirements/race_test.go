//go:build race

package requirements

// every is how many files of the corpus a test that runs in one goroutine
// passes over for one it takes: the race detector makes it slow and finds
// nothing in it.
const every = 16
