package packaging

import "testing"

func BenchmarkNormalizeName(b *testing.B) {
	for _, name := range []string{"scikit-learn", "Zope.Interface"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				NormalizeName(name)
			}
		})
	}
}

func BenchmarkParseVersion(b *testing.B) {
	for _, version := range []string{"1.26.4", "2024.8.30", "1.0.0rc1", "1.0.0-rc.1", "v1!2.0.post1+cu118"} {
		b.Run(version, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := ParseVersion(version); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkCompare(b *testing.B) {
	v, w := mustVersion(b, "1.26.4"), mustVersion(b, "1.26.4.post1")
	for b.Loop() {
		v.Compare(w)
	}
}

func BenchmarkKey(b *testing.B) {
	for _, version := range []string{"1.26.4", "2.0.0"} {
		v := mustVersion(b, version)
		b.Run(version, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				v.Key()
			}
		})
	}
}

func BenchmarkParseRequirement(b *testing.B) {
	for name, text := range map[string]string{
		"pin":    "numpy==1.26.4",
		"marker": "numpy==1.26.4 ; python_version >= '3.9' and sys_platform == 'linux'",
		"range":  "requests[security] >=2.8.1, ==2.8.*",
		"wrong":  "numpy=1.26.4",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _ = ParseRequirement(text)
			}
		})
	}
}

func BenchmarkSpecifierMatches(b *testing.B) {
	v := mustVersion(b, "1.26.4")
	for _, s := range []Specifier{{"==", "1.26.4"}, {">=", "1.20"}, {"~=", "1.26.0"}, {"==", "1.*"}} {
		b.Run(s.String(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s.Matches(v)
			}
		})
	}
}

func BenchmarkMarkerEvaluate(b *testing.B) {
	m, err := ParseMarker("python_version >= '3.9' and sys_platform == 'linux'")
	if err != nil {
		b.Fatal(err)
	}
	env := map[string]string{"python_version": "3.11", "sys_platform": "linux"}
	b.ReportAllocs()
	for b.Loop() {
		m.Evaluate(env, nil)
	}
}

func BenchmarkDigestFromHex(b *testing.B) {
	for _, a := range []Algorithm{SHA256, SHA512} {
		b.Run(a.String(), func(b *testing.B) {
			text := []byte(all[a.String()])
			b.ReportAllocs()
			for b.Loop() {
				if _, ok := DigestFromHex(a, text); !ok {
					b.Fatal(string(text))
				}
			}
		})
	}
}

func BenchmarkParseDigest(b *testing.B) {
	text := "sha256:" + all["sha256"]
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseDigest(text); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDigestString(b *testing.B) {
	d, _ := ParseDigest("sha256:" + all["sha256"])
	b.ReportAllocs()
	for b.Loop() {
		_ = d.String()
	}
}

func BenchmarkParseFilename(b *testing.B) {
	for _, name := range []string{"numpy-1.26.4-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", "numpy-1.26.4.tar.gz"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := ParseFilename("numpy", name); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
