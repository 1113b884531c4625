package main

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// point is one measurement of a curve.
type point struct {
	megabytes float64
	took      time.Duration // of all cores: that of the wall is the machine's
	peak      int64
}

// curve is how one command grows with its input.
type curve struct {
	name, color string
	points      []point
}

// drawCurves measures how a warm check grows with the number of services, and
// with the size of one file, beside the floor, and draws that.
func (b *bench) drawCurves(path string) error {
	many, one := curve{"warm check, services of 200 pins", "#1f6feb", nil}, curve{"warm check, one file", "#8250df", nil}
	floor := curve{"lines counted, the same services", "#6e7781", nil}
	for _, n := range []int{10, 100, 1000, 10_000} {
		dir := b.path(fmt.Sprintf("curve-%d", n))
		w, err := b.material.services(dir, n, 200, false, b.material.pins)
		if err != nil {
			return err
		}
		if err := b.curvePoint(&many, &floor, dir, w); err != nil {
			return err
		}
	}
	for _, size := range []int{1_000_000, 10_000_000, 100_000_000} {
		dir := b.path(fmt.Sprintf("curve-file-%d", size))
		w, err := b.material.oneFile(dir, size)
		if err != nil {
			return err
		}
		if err := b.curvePoint(&one, nil, dir, w); err != nil {
			return err
		}
	}
	return os.WriteFile(path, []byte(picture(many, one, floor)), 0o666)
}

func (b *bench) curvePoint(ours, floor *curve, dir string, w workload) error {
	defer os.RemoveAll(dir)
	check := b.check("check", dir, "curve-cache", 0, "-q")
	check.status = []int{0, 1} // pins that are repeated in one file may contradict each other
	if _, err := check.run(); err != nil {
		return err
	}
	costs, err := inTurn(b.runs, check, command{argv: []string{b.floors["lines"], "."}, dir: dir})
	if err != nil {
		return err
	}
	at := func(list []cost) point {
		return point{float64(w.bytes) / 1e6, median(len(list), func(i int) time.Duration { return list[i].CPU }), median(len(list), func(i int) int64 { return list[i].Peak })}
	}
	ours.points = append(ours.points, at(costs[0]))
	if floor != nil {
		floor.points = append(floor.points, at(costs[1]))
	}
	fmt.Fprintf(b.out, "%-16s %v: cpu %s, peak %.0f MiB; lines counted: cpu %s\n", filepath.Base(dir), w, show(at(costs[0]).took), float64(at(costs[0]).peak)/(1<<20), show(at(costs[1]).took))
	return nil
}

// picture draws curves on two logarithmic scales: megabytes and milliseconds.
func picture(curves ...curve) string {
	const (
		width, height                    = 640, 400
		left, right, top, bottom         = 60, 20, 20, 50
		fromX, toX, fromY, toY           = -1.0, 4.0, 0.0, 5.0 // powers of ten
		plotWidth, plotHeight    float64 = width - left - right, height - top - bottom
	)
	x := func(v float64) float64 { return left + (math.Log10(v)-fromX)/(toX-fromX)*plotWidth }
	y := func(v float64) float64 { return top + plotHeight - (math.Log10(v)-fromY)/(toY-fromY)*plotHeight }
	var s strings.Builder
	fmt.Fprintf(&s, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12">`+"\n", width, height)
	s.WriteString(`<title>CPU time of a warm check against the bytes of its files</title>` + "\n")
	fmt.Fprintf(&s, `<rect width="%d" height="%d" fill="#ffffff"/>`+"\n", width, height)
	for p := fromX; p <= toX; p++ {
		at := x(math.Pow(10, p))
		fmt.Fprintf(&s, `<path d="M%.1f %d V%.1f" stroke="#d0d7de"/><text x="%.1f" y="%d" text-anchor="middle">%g MB</text>`+"\n", at, top, top+plotHeight, at, height-28, math.Pow(10, p))
	}
	for p := fromY; p <= toY; p++ {
		at := y(math.Pow(10, p))
		fmt.Fprintf(&s, `<path d="M%d %.1f H%.1f" stroke="#d0d7de"/><text x="%d" y="%.1f" text-anchor="end">%s</text>`+"\n", left, at, left+plotWidth, left-6, at+4, time.Duration(math.Pow(10, p))*time.Millisecond)
	}
	for i, c := range curves {
		var line []string
		for _, p := range c.points {
			ms := float64(p.took.Microseconds()) / 1000
			line = append(line, fmt.Sprintf("%.1f,%.1f", x(p.megabytes), y(ms)))
			fmt.Fprintf(&s, `<circle cx="%.1f" cy="%.1f" r="3" fill="%s"/>`+"\n", x(p.megabytes), y(ms), c.color)
		}
		fmt.Fprintf(&s, `<polyline points="%s" fill="none" stroke="%s" stroke-width="2"/>`+"\n", strings.Join(line, " "), c.color)
		fmt.Fprintf(&s, `<rect x="%d" y="%d" width="12" height="3" fill="%s"/><text x="%d" y="%d">%s</text>`+"\n", left+12, top+12+18*i, c.color, left+30, top+18+18*i, c.name)
	}
	s.WriteString("</svg>\n")
	return s.String()
}
