package requirements

import (
	"encoding/binary"
	"math/rand/v2"
	"unicode/utf16"
)

// The pieces of random files: each group is a place where readers go wrong.
var (
	randomNames = []string{"a", "b-c", "A.b_c", "requests", "é", "_a", "a-", "pkg", "plain", "1a", "requirements.txt"}
	randomSpecs = []string{"==1", "==1.0.0", "===1.0", "===1.0,>=1", " >= 1, <2", "==1.*", "~=1.0", " (==1)", "[x]", "[X,y]", "[ x , y ] == 1", "[]", "[x", "==", "=1", "=>1", "==1,", "==1+cpu.2", "==v1", "==1!2", "==1.0-1", "==foo", " == 1 ", "\t==\t1", "(>1,<2)", "<1;", "!=1.*", ">1.*", "==1 2", "~=1", "===a b", "===a;", "==1[x]"}
	randomMarks = []string{"; python_version<'3'", ";os_name == \"x y\"", " ; python_version >= '3' and (extra == 'x' or os_name!='nt')", ";", "; ", "; bogus == '1'", ";'a' in 'b'", "; python_version", "; python_version not in '2 3'", "; sys.platform == 'x'", "; python_version == \"3", ";extra=='a_B'", "; implementation_version~='3'", ";'x'==python_implementation"}
	randomURLs  = []string{" @ https://e.x/a-1.tar.gz", "@https://e.x/a", "a @ https://e.x/a;b", "https://e.x/a-1-py3-none-any.whl", "https://e.x/a-1%2Bcpu-py3-none-any.whl#sha256=abc", "https://e.x/a_b-1.0-1-cp311-cp311-linux_x86_64.whl", "https://e.x/a.whl", "git+https://e.x/a.git#egg=a", "git+ssh://git@e.x/a.git@v1", "file:///x/a.zip", "file:a.zip", "file:../x/a-1-py3-none-any.whl", "file://h/a.zip", "FILE:///x/a.zip", "file://localhost/x", "./pkg", "./nope", "./plain", "pkg/", ".", "..", "./pkg[x]", "pkg/[X]", "foo-1.0-py3-none-any.whl", "foo-1.0-py3-none-any.whl[x]", "./bar-1-py3-none-any.whl", "a-1.zip", "a@b.zip", "./a@b.zip", "bar.zip", "dir.zip", "./dir.zip", ".zip", "x.TAR.GZ", "x.tar.bz2 [y]", "//h/x", "http://[::1]/a.zip", "http://[x/a.zip", "http://[1.2.3.4]/a", "http://e.x/a#egg=b&subdirectory=c", "https://e.x/a#egg=a[x]", "https://e.x/a?x=1&egg=b", "C:\\x\\a.whl", "git@github.com:o/a.git", "hg+http://e.x/a", "ftp://e.x/a.zip", "svn+svn://e.x/a", "bzr+lp:a", "https://e.x/a.zip[x]", "https:a.zip", "~/a.zip", "a[x]/../b", "https://e.x/\u2100.zip", "https://e\u2100x/a.zip"}
	randomHash  = []string{"--hash=sha256:" + digestA, " --hash=sha256:" + digestB, "--hash sha256:" + digestA, "--h=sha256:" + digestA, "--has sha512:x", "--hash=sha384:y", "--hash=md5:z", "--hash=SHA256:" + digestA, "--hash=sha256:ABCDEF" + digestA[6:], "--hash=sha256:", "--hash=sha256", "--hash =sha256:a", "--hash= sha256:a", "--hash", "'--hash=sha256:" + digestA + "'", "--hash=\"sha256:" + digestA + "\"", "--hash='sha256:" + digestA + "'", "--hash=sha256:" + digestA + "#", "--hash=sha256:" + digestA + ",sha256:" + digestB, "--hash=sha256:" + digestA + "--hash=sha256:" + digestB, "--hash=sha256:" + digestA[:63], "\\--hash=sha256:" + digestA, "\"--hash\"=sha256:a", "—hash=sha256:a"}
	randomOpts  = []string{"-e", "-e .", "-e ./pkg[x,y]", "-e ./nope", "-e git+https://e.x/a#egg=a", "-e 'a @ git+https://e.x/a ; python_version<\"3\"'", "-e a @ b", "-e file:///x", "-e GIT+https://e.x/a#egg=a", "-e git:a", "-e svn:x#egg=b", "-e ''", "-e https://e.x/a", "-e a", "-e 'pkg [x]'", "-r b.txt", "-rb.txt", "-r=b.txt", "-r 'b c.txt'", "-r ''", "-c c.txt", "--requirement b", "--requirement=b", "--req b", "--requirem b", "--con c", "-i https://e.x", "-ihttps://e.x", "--index-url=https://e.x/s", "--index-url=", "--index https://e.x", "--i=x", "--pypi-url x", "--py=x", "--extra-index-url https://x.y", "--ex=z", "-f wheels", "-fwheels", "-f a -f b", "--find-links=", "--no-index", "--no-index=1", "--no-i", "--no", "--no-binary :all:", "--no-binary=-x", "--no-b a,b", "--only-binary=a", "--only-f=:all:", "--all-releases -x", "--all=a", "--pre", "--pr", "--prefer-binary", "--prefer", "--require-hashes", "--require-h", "--no-require-hashes", "--no-r", "--trusted-host h", "--trusted-host=h:80", "--trusted-host=h:x", "--trusted-host=", "--trusted-host=[::1]:1", "--trusted-host=a:b:c", "--use-feature=fast-deps", "--use-feature x", "-C a=b", "-Ca=b", "-C a", "--config-settings a=b", "--global-option=x", "--no-deps", "-U", "-x", "--", "-", "---", "--=", "--hash=sha256:a --", "-ei", "-Cr", "--editable=.", "-e.", "-é"}
	randomEnds  = []string{"\n", "\n", "\n", "\n", "\n", "\n", "\r\n", "\r\n", "\r", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\u0085", "\u2028", "\u2029", "\n\n", "\r\r\n", ""}
	randomJoins = []string{" \\\n", " \\\n    ", "\\\n", "\\\n\t", " \\\r\n    ", "\\\\\n", " \\ \n", " \\\t\n", "\\\n\\", "\\\n\n", "\\\n# c\n", "\\\n  # c \\\n", " # c \\\n", "\\\x0c", "\\\u2028 ", " \\"}
	randomGaps  = []string{" ", " ", " ", "  ", "\t", " \t", "\u00a0", "\u3000", "\u200b", "\ufeff", "\x1f", "\x00", "\u2003", ""}
	randomNoise = []string{"#", " #", " # c", "# c", "\t# c", "\u00a0# c", "'", "\"", "\\", "\\ ", "\\\\", "\\'", "\\\"", "${V}", "${NOPE}", "${OPTS}", "${A1}${B1}", "${NL}", "${Q}", "${HASH}", "${URL}", "${E}", "${BS}", "${DASH}", "$V", "${v}", "${V", "${}", "junk", "\"a b\"", "\x7f", "\u0130", "%20", ","}
	randomTops  = []string{"# -*- coding: utf-8 -*-\n", "# coding=latin-1\n", "# coding: cp1252\n", "#coding:ascii\n", "a\n# coding: iso-8859-15\n", "# encoding: utf8\n", " # coding: latin-1\n", "# coding: nope\n", "# coding: UTF_8\n", "# vim: set fileencoding=koi8_r :\n", "# coding: utf-16\n", "# coding: hex\n", "# coding: mac-roman\n", "# coding: windows-1251\n", "# coding:  cp437\n", "# codingcoding:latin1\n", "# coding: latin-1-unix\n", "# coding: u8\n", "#\r# coding: latin-1\n"}
)

func pick(r *rand.Rand, from []string) string { return from[r.IntN(len(from))] }

// randomFile puts a small file together: mostly lines with a shape, sometimes
// pieces in any order, sometimes in another encoding or with wrong bytes.
func randomFile(r *rand.Rand) []byte {
	var s string
	if r.IntN(12) == 0 {
		s += pick(r, randomTops)
	}
	for range 1 + r.IntN(4) {
		s += randomLine(r)
	}
	src := []byte(s)
	switch r.IntN(40) {
	case 0: // a wrong byte
		src[r.IntN(len(src))] = byte(r.UintN(256))
	case 1:
		src = append([]byte("\xef\xbb\xbf"), src...)
	case 2:
		src = wide(s, binary.LittleEndian, "\xff\xfe", 2)
	case 3:
		src = wide(s, binary.BigEndian, "\xfe\xff", 2)
	case 4:
		src = wide(s, binary.LittleEndian, "\xff\xfe\x00\x00", 4)
	case 5:
		src = wide(s, binary.BigEndian, "\x00\x00\xfe\xff", 4)
	}
	if r.IntN(100) == 0 && len(src) > 0 {
		src = src[:r.IntN(len(src))]
	}
	return src
}

func wide(s string, order binary.AppendByteOrder, mark string, width int) []byte {
	out := []byte(mark)
	if width == 2 {
		for _, u := range utf16.Encode([]rune(s)) {
			out = order.AppendUint16(out, u)
		}
		return out
	}
	for _, c := range s {
		out = order.AppendUint32(out, uint32(c))
	}
	return out
}

func randomLine(r *rand.Rand) string {
	s := ""
	if r.IntN(8) == 0 {
		s += pick(r, randomGaps)
	}
	switch r.IntN(10) {
	case 0, 1, 2, 3: // a requirement with hashes
		s += pick(r, randomNames) + pick(r, randomSpecs)
		if r.IntN(4) == 0 {
			s += pick(r, randomMarks)
		}
		for range r.IntN(4) {
			if r.IntN(3) == 0 {
				s += pick(r, randomGaps)
			} else {
				s += pick(r, randomJoins)
			}
			s += pick(r, randomHash)
		}
	case 4, 5:
		if r.IntN(2) == 0 {
			s += pick(r, randomNames)
		}
		s += pick(r, randomURLs)
		if r.IntN(3) == 0 {
			s += pick(r, randomMarks)
		}
		if r.IntN(3) == 0 {
			s += " " + pick(r, randomHash)
		}
	case 6, 7:
		s += pick(r, randomOpts)
		for range r.IntN(3) {
			s += pick(r, randomGaps) + pick(r, randomOpts)
		}
	default:
		all := [][]string{randomNames, randomSpecs, randomMarks, randomURLs, randomHash, randomOpts, randomJoins, randomGaps, randomNoise, randomNoise, randomGaps}
		for range 1 + r.IntN(7) {
			s += pick(r, all[r.IntN(len(all))])
		}
	}
	if r.IntN(6) == 0 {
		s += pick(r, randomNoise)
	}
	return s + pick(r, randomEnds)
}
