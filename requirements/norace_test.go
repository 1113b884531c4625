//go:build !race

package requirements

const every = 1
