package pypi

import (
	"fmt"
	"net/http"
	"strings"
)

// goodScenarios are what honest servers do.
func goodScenarios() []scenario {
	release := func(w http.ResponseWriter, r *http.Request, _ int) {
		if r.URL.Path != "/pypi/a/1.0/json" {
			http.NotFound(w, r)
			return
		}
		fmt.Fprint(w, releaseJSON("a", "1.0", releaseFile("a-1.0.tar.gz", right)))
	}
	other := func(w http.ResponseWriter, r *http.Request, _ int) {
		fmt.Fprint(w, releaseJSON("a", "1.0", releaseFile("a-1.0.tar.gz", wrong)))
	}
	project := func(w http.ResponseWriter, r *http.Request, n int) {
		switch r.URL.Path {
		case "/pypi/a/json":
			fmt.Fprint(w, `{"info": {"name": "a", "version": "2.0"}, "urls": [], "releases": {"1.0": [`+releaseFile("a-1.0.tar.gz", right)+`]}}`)
		case "/pypi/a/1.0/json":
			other(w, r, n)
		default:
			http.NotFound(w, r)
		}
	}
	html := func(links string) func(http.ResponseWriter, *http.Request, int) {
		return raw(typeHTML, "<!DOCTYPE html><html><head></head><body><h1>Links for a</h1>"+links+"</body></html>")
	}
	return []scenario{
		{name: "Simple JSON", handler: files(fine), want: "verified", requests: 1},
		{name: "Simple JSON, another hash", handler: files(simpleFile("a-1.0.tar.gz", wrong)), want: "mismatched", requests: 1},
		{name: "Simple JSON, another release", handler: files(simpleFile("a-1.0.1.tar.gz", right)), want: "no release", requests: 1},
		{name: "Simple JSON, nothing", handler: files(), want: "no release", requests: 1},
		{name: "equal spelling", handler: files(simpleFile("a-1.tar.gz", right)), want: "verified", requests: 1},
		{name: "local version", handler: files(simpleFile("a-1.0+cpu-py3-none-any.whl", right)), want: "verified", requests: 1},
		{name: "local version asked for", handler: files(fine), version: "1.0+cpu", want: "no release", requests: 1},
		{name: "a name to be normalized", handler: files(fine), project: "A", want: "verified", requests: 1},
		{name: "no version", handler: files(fine), version: "1.0-custom", want: "no release", requests: 1},
		{name: "no name", handler: files(fine), project: "../a", want: "no project", requests: 0},

		{name: "HTML", handler: html(`<a href="../../files/a-1.0.tar.gz#sha256=` + right + `">a-1.0.tar.gz</a>`), want: "verified", requests: 1},
		{name: "HTML with base", handler: html(`<base href="https://files.example.org/x/"><a href="a-1.0.tar.gz#sha256=` + right + `">a</a>`), want: "verified", requests: 1},
		{name: "HTML, percent-encoded", handler: html(`<a href="/f/a-1.0%2Bcpu-py3-none-any.whl#sha256=` + strings.ToUpper(right) + `">a</a>`), want: "verified", requests: 1},
		{name: "HTML without hash", handler: html(`<a href="a-1.0.tar.gz">a</a>`), want: "unverified: no digest", requests: 1},
		{name: "HTML, md5 only", handler: html(`<a href="a-1.0.tar.gz#md5=` + right[:32] + `">a</a>`), want: "unverified: no digest", requests: 1},
		{name: "HTML, hash in a comment", handler: html(`<!-- <a href="a-1.0.tar.gz#sha256=` + right + `"> --><a href="a-1.0.tar.gz#sha256=` + wrong + `">a</a>`), want: "mismatched", requests: 1},
		{name: "HTML that ends within a tag", handler: raw(typeHTML, `<h1>Links for a</h1><a href="a-1.0.tar.gz#sha256=`+right+`">a</a><a href="a-1.0-py3`), want: "unverified: malformed", requests: 1},
		{name: "HTML of a portal", handler: raw(typeHTML, `<h1>Welcome</h1><a href="setup.exe">the client</a>`), want: "unverified: malformed", requests: 1},
		{name: "HTML, no file at all", handler: html(""), want: "no release", requests: 1},

		{name: "JSON API", path: "/simple", handler: both(release, notFound), want: "verified", requests: 1},
		{name: "JSON API lacking", path: "/simple", handler: both(notFound, files(fine)), want: "verified", requests: 2},
		{name: "JSON API knows another hash, Simple has the last word", path: "/simple", handler: both(other, files(fine)), want: "verified", requests: 2},
		{name: "both know another hash", path: "/simple", handler: both(other, files(simpleFile("a-1.0.tar.gz", wrong))), want: "mismatched", requests: 2},
		{name: "absent by all APIs", path: "/simple", handler: notFound, want: "no project", requests: 3},
		{name: "Simple API lacking", path: "/simple", handler: both(project, notFound), want: "verified", requests: 3},
		{name: "a project that is gone", handler: status(410), want: "no project", requests: 1},
		{name: "not found", handler: notFound, want: "no project", requests: 1},
	}
}

// pageScenarios are pages that are not what they should be.
func pageScenarios() []scenario {
	page := func(text string) func(http.ResponseWriter, *http.Request, int) { return raw(typeJSON, text) }
	meta := `"meta": {"api-version": "1.0"}`
	with := func(file string) func(http.ResponseWriter, *http.Request, int) { return files(file) }
	file := func(members string) func(http.ResponseWriter, *http.Request, int) {
		return files(`{"filename": "a-1.0.tar.gz", "url": "a-1.0.tar.gz", ` + members + `}`)
	}
	hashes := `"hashes": {"sha256": "` + right + `"}`
	releaseOf := func(name, version string) func(http.ResponseWriter, *http.Request, int) {
		return both(func(w http.ResponseWriter, r *http.Request, n int) {
			fmt.Fprint(w, releaseJSON(name, version, releaseFile("a-1.0.tar.gz", right)))
		}, files(simpleFile("a-1.0.tar.gz", wrong)))
	}
	return []scenario{
		{name: "empty body", handler: page(""), want: "unverified: malformed", requests: 1},
		{name: "truncated JSON", handler: page(`{` + meta + `, "files": [` + fine), want: "unverified: malformed", requests: 1},
		{name: "truncated in a string", handler: page(`{` + meta + `, "files": [{"filename": "a-1.`), want: "unverified: malformed", requests: 1},
		{name: "two pages", handler: page(`{` + meta + `, "files": [` + fine + `]} {}`), want: "unverified: malformed", requests: 1},
		{name: "null", handler: page("null"), want: "unverified: malformed", requests: 1},
		{name: "an array", handler: page("[]"), want: "unverified: malformed", requests: 1},
		{name: "JSON of something else", handler: page(`{"message": "hello"}`), want: "unverified: malformed", requests: 1},
		{name: "no files key", handler: page(`{` + meta + `, "name": "a"}`), want: "unverified: malformed", requests: 1},
		{name: "another project's page", handler: page(`{` + meta + `, "name": "b", "files": [` + fine + `]}`), want: "unverified: malformed", requests: 1},
		{name: "API version 2.0", handler: page(`{"meta": {"api-version": "2.0"}, "files": [` + fine + `]}`), want: "unverified: malformed", requests: 1},
		{name: "API version 1.99", handler: page(`{"meta": {"api-version": "1.99"}, "files": [` + fine + `]}`), want: "verified", requests: 1},
		{name: "API version nonsense", handler: page(`{"meta": {"api-version": "one"}, "files": [` + fine + `]}`), want: "unverified: malformed", requests: 1},
		{name: "no API version", handler: page(`{"meta": {}, "files": [` + fine + `]}`), want: "unverified: malformed", requests: 1},
		{name: "API version empty", handler: page(`{"meta": {"api-version": ""}, "files": [` + fine + `]}`), want: "unverified: malformed", requests: 1},
		{name: "API version as a number", handler: page(`{"meta": {"api-version": 1.0}, "files": [` + fine + `]}`), want: "unverified: malformed", requests: 1},
		{name: "duplicate files key", handler: page(`{` + meta + `, "files": [], "files": [` + fine + `]}`), want: "unverified: malformed", requests: 1},
		{name: "duplicate meta key", handler: page(`{` + meta + `, ` + meta + `, "files": [` + fine + `]}`), want: "unverified: malformed", requests: 1},
		{name: "duplicate filename", handler: file(hashes + `, "filename": "a-2.0.tar.gz"`), want: "unverified: malformed", requests: 1},
		{name: "duplicate hashes", handler: file(`"hashes": {"sha256": "` + wrong + `"}, ` + hashes), want: "unverified: malformed", requests: 1},
		{name: "duplicate sha256", handler: file(`"hashes": {"sha256": "` + wrong + `", "sha256": "` + right + `"}`), want: "unverified: malformed", requests: 1},
		{name: "an escaped duplicate", handler: file(`"hashes": {"sha256": "` + wrong + `", "sha\u003256": "` + right + `"}`), want: "unverified: malformed", requests: 1},
		{name: "files is an object", handler: page(`{` + meta + `, "files": {}}`), want: "unverified: malformed", requests: 1},
		{name: "filename is a number", handler: with(`{"filename": 1, "url": "u", ` + hashes + `}`), want: "unverified: malformed", requests: 1},
		{name: "hashes is an array", handler: file(`"hashes": []`), want: "unverified: malformed", requests: 1},
		{name: "a hash is a number", handler: file(`"hashes": {"sha256": 1}`), want: "unverified: malformed", requests: 1},
		{name: "yanked is a number", handler: file(hashes + `, "yanked": 3`), want: "unverified: malformed", requests: 1},
		{name: "size is negative", handler: file(hashes + `, "size": -1`), want: "unverified: malformed", requests: 1},
		{name: "size is text", handler: file(hashes + `, "size": "big"`), want: "unverified: malformed", requests: 1},
		{name: "size is 1e400", handler: file(hashes + `, "size": 1e400`), want: "unverified: malformed", requests: 1},
		{name: "a number that is none", handler: file(hashes + `, "x": 01`), want: "unverified: malformed", requests: 1},
		{name: "upload-time is nonsense", handler: file(hashes + `, "upload-time": "yesterday"`), want: "verified", requests: 1},
		{name: "hashes missing", handler: file(`"size": 1`), want: "unverified: malformed", requests: 1},
		{name: "no hashes", handler: file(`"hashes": {}`), want: "unverified: no digest", requests: 1},
		{name: "not hexadecimal", handler: file(`"hashes": {"sha256": "` + right[:63] + `g"}`), want: "unverified: no digest", requests: 1},
		{name: "a digit short", handler: file(`"hashes": {"sha256": "` + right[:63] + `"}`), want: "unverified: no digest", requests: 1},
		{name: "upper case", handler: file(`"hashes": {"sha256": "` + strings.ToUpper(right) + `"}`), want: "verified", requests: 1},
		{name: "another algorithm only", handler: file(`"hashes": {"sha512": "` + right + right + `"}`), want: "unverified: no digest", requests: 1},
		{name: "an unknown algorithm", handler: file(`"hashes": {"sha3_256": "` + right + `"}`), want: "unverified: no digest", requests: 1},
		{name: "the algorithm in upper case", handler: file(`"hashes": {"SHA256": "` + right + `"}`), want: "unverified: no digest", requests: 1},
		{name: "hashes and link differ", handler: with(`{"filename": "a-1.0.tar.gz", "url": "a-1.0.tar.gz#sha256=` + wrong + `", ` + hashes + `}`), want: "unverified: malformed", requests: 1},
		{name: "hashes and link agree", handler: with(`{"filename": "a-1.0.tar.gz", "url": "a-1.0.tar.gz#sha256=` + right + `", ` + hashes + `}`), want: "verified", requests: 1},
		{name: "another project's file", handler: with(simpleFile("b-1.0.tar.gz", right)), want: "no release", requests: 1},
		{name: "traversal in a name", handler: with(simpleFile("../../a-1.0.tar.gz", right)), want: "unverified: malformed", requests: 1},
		{name: "control characters in a name", handler: with(`{"filename": "a-1.0\u001b[2J.tar.gz", "url": "a-1.0%1b[2J.tar.gz", ` + hashes + `}`), want: "no release", requests: 1},
		{name: "a name that is not the one in its address", handler: with(`{"filename": "a-1.0.tar.gz", "url": "../a-2.0.tar.gz", ` + hashes + `}`), want: "unverified: malformed", requests: 1},
		{name: "a name that is not the one in its address, by the JSON API", path: "/simple", handler: both(raw("application/json", strings.Replace(releaseJSON("a", "1.0", releaseFile("a-1.0.tar.gz", right)), "org/a-1.0", "org/a-2.0", 1)), files(simpleFile("a-1.0.tar.gz", wrong))), want: "mismatched", requests: 2},
		{name: "a name that is percent-encoded in its address", handler: with(`{"filename": "a-1.0+x-py3-none-any.whl", "url": "../a-1.0%2Bx-py3-none-any.whl?x=/y#z", ` + hashes + `}`), want: "verified", requests: 1},
		{name: "a line break in a string", handler: file("\"x\": \"a\nb\", " + hashes), want: "unverified: malformed", requests: 1},
		{name: "control characters in the project", handler: page(`{` + meta + `, "name": "b\u001b[2J\u000a", "files": []}`), want: "unverified: malformed", requests: 1},
		{name: "not UTF-8", handler: file(hashes + ", \"requires-python\": \"\xff\""), want: "unverified: malformed", requests: 1},
		{name: "half a character", handler: file(hashes + `, "requires-python": "\ud800"`), want: "unverified: malformed", requests: 1},
		{name: "a byte order mark", handler: page("\ufeff{" + meta + `, "files": [` + fine + `]}`), want: "unverified: malformed", requests: 1},
		{name: "twice, two contents", handler: files(fine, simpleFile("a-1.0.tar.gz", wrong)), want: "unverified: malformed", requests: 1},
		{name: "twice, one content", handler: files(fine, fine), want: "verified", requests: 1},
		{name: "nested without end", handler: file(hashes + `, "x": ` + strings.Repeat("[", 100_000)), want: "unverified: too-large", requests: 1},
		{name: "a string of a megabyte", handler: file(hashes + `, "requires-python": "` + strings.Repeat("x", 1<<20) + `"`), want: "unverified: too-large", requests: 1},
		{name: "a megabyte that nobody reads", handler: file(hashes + `, "x": "` + strings.Repeat("x", 1<<20) + `"`), want: "verified", requests: 1},
		{name: "too many files", handler: tooManyFiles, want: "unverified: too-large", requests: 1},
		{name: "30 MB", handler: thirtyMegabytes, want: "verified", requests: 1},

		{name: "a type with parameters nobody can read", handler: raw("Text/HTML; charset", `<a href="a-1.0.tar.gz#sha256=`+right+`">`), want: "verified", requests: 1},
		{name: "HTML said to be JSON", handler: page("<html><h1>Links for a</h1></html>"), want: "unverified: malformed", requests: 1},
		{name: "JSON said to be HTML", handler: raw(typeHTML, `{`+meta+`, "files": [`+fine+`]}`), want: "unverified: malformed", requests: 1},
		{name: "plain JSON type", handler: raw("application/json", `{`+meta+`, "files": [`+fine+`]}`), want: "unverified: malformed", requests: 1},
		{name: "no type", handler: func(w http.ResponseWriter, r *http.Request, n int) {
			w.Header()["Content-Type"] = nil
			fmt.Fprint(w, fine)
		}, want: "unverified: malformed", requests: 1},
		{name: "an error page with status 200", handler: raw(typeHTML, "<html><body><h1>Service unavailable</h1><a href='/'>home</a></body></html>"), want: "unverified: malformed", requests: 1},
		{name: "a login page with status 200", handler: raw(typeHTML, "<html><body><form action=login><input name=password></form></body></html>"), want: "unverified: malformed", requests: 1},
		{name: "HTML of API version 2.0", handler: raw(typeHTML, `<meta name="pypi:repository-version" content="2.0"><a href="a-1.0.tar.gz#sha256=`+right+`">`), want: "unverified: malformed", requests: 1},
		{name: "HTML, a megabyte of attribute", handler: raw(typeHTML, `<a href="a-1.0.tar.gz#sha256=`+right+`" x="`+strings.Repeat("x", 1<<20)+`">`), want: "unverified: too-large", requests: 1},

		{name: "JSON API tells of another project", path: "/simple", handler: releaseOf("b", "1.0"), want: "mismatched", requests: 2},
		{name: "JSON API tells of another release", path: "/simple", handler: releaseOf("a", "2.0"), want: "mismatched", requests: 2},
		{name: "JSON API answers with HTML", path: "/simple", handler: both(raw("text/html", "<html>"), files(fine)), want: "verified", requests: 2},
		{name: "JSON API broken, Simple fine", path: "/simple", handler: both(raw("application/json", `{"info"`), files(fine)), want: "verified", requests: 2},
		{name: "JSON API unauthorized, Simple fine", path: "/simple", handler: both(status(403), files(fine)), want: "verified", requests: 2},
		{name: "JSON API down, Simple fine", path: "/simple", handler: both(status(500), files(fine)), want: "verified", requests: 5},
		{name: "Simple down, JSON API lacking", path: "/simple", handler: both(notFound, status(500)), want: "unverified: status", requests: 5},
		{name: "the page changes between the requests", path: "/simple", want: "verified", requests: 2,
			handler: both(func(w http.ResponseWriter, r *http.Request, n int) {
				fmt.Fprint(w, releaseJSON("a", "1.0", releaseFile("a-1.0.tar.gz", wrong)))
			}, files(fine))},
	}
}

func tooManyFiles(w http.ResponseWriter, r *http.Request, _ int) {
	w.Header().Set("Content-Type", typeJSON)
	fmt.Fprint(w, `{"meta": {"api-version": "1.0"}, "files": [`)
	for range maxFiles/1000 + 1 {
		fmt.Fprint(w, strings.Repeat(`{"filename":"","url":"","hashes":{}},`, 1000))
	}
	fmt.Fprint(w, fine, `]}`)
}

func thirtyMegabytes(w http.ResponseWriter, r *http.Request, _ int) {
	w.Header().Set("Content-Type", typeJSON)
	fmt.Fprint(w, `{"meta": {"api-version": "1.0"}, "files": [`)
	for range 100 {
		fmt.Fprint(w, strings.Repeat(simpleFile("a-2.0-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", wrong)+", ", 1100))
	}
	fmt.Fprint(w, fine, `]}`)
}
