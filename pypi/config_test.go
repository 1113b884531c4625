package pypi

import (
	"io/fs"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"
)

// setting is an environment of maps.
func setting(vars, files map[string]string) Environment {
	return Environment{
		Getenv: func(name string) string { return vars[name] },
		ReadFile: func(path string) ([]byte, error) {
			if text, ok := files[path]; ok {
				return []byte(text), nil
			}
			return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
		},
		Exists: func(path string) bool {
			for file := range files {
				if file == path || strings.HasPrefix(file, path+"/") {
					return true
				}
			}
			return false
		},
		OS: "linux", Home: "/home/me", Dir: "/work",
	}
}

const userConf, systemConf, siteConf = "/home/me/.config/pip/pip.conf", "/etc/pip.conf", "/venv/pip.conf"

// The precedence of pip (configuration.py): section beats file, and the
// environment beats both.
func TestReadConfig(t *testing.T) {
	for _, test := range []struct {
		name        string
		vars, files map[string]string
		want        func(*Config)
	}{
		{"nothing", nil, nil, func(c *Config) {}},
		{"environment", map[string]string{"PIP_INDEX_URL": "https://a.example.org", "PIP_EXTRA_INDEX_URL": "https://b.example.org\n https://c.example.org"}, nil,
			func(c *Config) {
				c.IndexURL, c.ExtraIndexURLs = "https://a.example.org", []string{"https://b.example.org", "https://c.example.org"}
			}},
		{"PIP_PYPI_URL", map[string]string{"PIP_PYPI_URL": "https://a.example.org"}, nil, func(c *Config) { c.IndexURL = "https://a.example.org" }},
		{"an empty variable is none", map[string]string{"PIP_INDEX_URL": ""}, map[string]string{userConf: "[global]\nindex-url = u"}, func(c *Config) { c.IndexURL = "u" }},
		{"the environment hides a list", map[string]string{"PIP_EXTRA_INDEX_URL": "a"}, map[string]string{userConf: "[global]\nextra-index-url = b\n c"},
			func(c *Config) { c.ExtraIndexURLs = []string{"a"} }},
		{"user beats system", nil, map[string]string{systemConf: "[global]\nindex-url = s", userConf: "[global]\nindex-url = u"}, func(c *Config) { c.IndexURL = "u" }},
		{"site beats user", map[string]string{"VIRTUAL_ENV": "/venv"}, map[string]string{siteConf: "[global]\nindex-url = v", userConf: "[global]\nindex-url = u"},
			func(c *Config) { c.IndexURL = "v" }},
		{"section beats file", nil, map[string]string{systemConf: "[install]\nindex-url = s", userConf: "[global]\nindex-url = u"}, func(c *Config) { c.IndexURL = "s" }},
		{"the new user file beats the old one", nil, map[string]string{"/home/me/.pip/pip.conf": "[global]\nindex-url = old", userConf: "[global]\nindex-url = new"},
			func(c *Config) { c.IndexURL = "new" }},
		{"PIP_CONFIG_FILE instead of the user's", map[string]string{"PIP_CONFIG_FILE": "/my.conf"},
			map[string]string{"/my.conf": "[global]\nextra-index-url = m", userConf: "[global]\nindex-url = u", systemConf: "[global]\nproxy = p"},
			func(c *Config) { c.ExtraIndexURLs, c.Proxy = []string{"m"}, "p" }},
		{"PIP_CONFIG_FILE that is not there", map[string]string{"PIP_CONFIG_FILE": "/my.conf"}, map[string]string{userConf: "[global]\nindex-url = u"},
			func(c *Config) { c.IndexURL = "u" }},
		{"PIP_CONFIG_FILE=/dev/null", map[string]string{"PIP_CONFIG_FILE": "/dev/null"}, map[string]string{systemConf: "[global]\nindex-url = s"}, func(c *Config) {}},
		{"an empty value hides lower files", nil, map[string]string{systemConf: "[global]\nindex-url = s", userConf: "[global]\nindex-url ="}, func(c *Config) {}},
		{"an inline comment is part of the value", nil, map[string]string{userConf: "[global]\nindex-url = u # x"}, func(c *Config) { c.IndexURL = "u # x" }},
		{"quotes and % stay", nil, map[string]string{userConf: "[global]\nindex-url = \"https://a%20b:%(x)s@h\""}, func(c *Config) { c.IndexURL = `"https://a%20b:%(x)s@h"` }},
		{"underscores, dashes, colon, upper case", nil, map[string]string{userConf: "[global]\n--INDEX_URL: u"}, func(c *Config) { c.IndexURL = "u" }},
		{"a list over lines, with a comment", nil, map[string]string{userConf: "; mine\n[global]\nfind-links =\n    /a\n    # not /b\n    /c\nno-index = yes\n"},
			func(c *Config) { c.FindLinks, c.NoIndex = []string{"/a", "/c"}, true }},
		{"CRLF", nil, map[string]string{userConf: "[global]\r\nindex-url = u\r\ntimeout = 7\r\n"}, func(c *Config) { c.IndexURL, c.Timeout = "u", 7*time.Second }},
		{"other commands", nil, map[string]string{userConf: "[download]\nindex-url = d\n[freeze]\nindex-url = f"}, func(c *Config) {}},
		{"certificates", map[string]string{"REQUESTS_CA_BUNDLE": "/r.pem", "CURL_CA_BUNDLE": "/c.pem"}, nil, func(c *Config) { c.Cert = "/r.pem" }},
		{"PIP_CERT first, with ~", map[string]string{"REQUESTS_CA_BUNDLE": "/r.pem", "PIP_CERT": "~/p.pem", "PIP_CLIENT_CERT": "~/k.pem"}, nil,
			func(c *Config) { c.Cert, c.ClientCert = "/home/me/p.pem", "/home/me/k.pem" }},
		{"hashes", map[string]string{"PIP_REQUIRE_HASHES": "On", "PIP_NO_REQUIRE_HASHES": "f"}, nil, func(c *Config) { c.RequireHashes = true }},
		{"find-links of the home", map[string]string{"PIP_FIND_LINKS": "~/wheels ~/none"}, map[string]string{"/home/me/wheels/x.whl": ""},
			func(c *Config) { c.FindLinks = []string{"/home/me/wheels", "~/none"} }},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := ReadConfig(setting(test.vars, test.files))
			if err != nil {
				t.Fatal(err)
			}
			want := Config{IndexURL: PyPI}
			test.want(&want)
			got.env, got.Files = Environment{}, nil
			for _, list := range []*[]string{&got.ExtraIndexURLs, &got.FindLinks, &got.TrustedHosts} {
				if len(*list) == 0 {
					*list = nil
				}
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("got %+v\nwant %+v", got, want)
			}
		})
	}
}

// Where pip does not start, there is an error that says where.
func TestReadConfigErrors(t *testing.T) {
	for _, test := range []struct {
		vars, files map[string]string
		want        string
	}{
		{nil, map[string]string{userConf: "index-url = u"}, "line 1: a line before the first section"},
		{nil, map[string]string{userConf: "[global]\nindex-url"}, "line 2: neither a section nor key = value"},
		{nil, map[string]string{userConf: "[global]\na=1\nA = 2"}, `line 3: "a" comes twice`},
		{nil, map[string]string{userConf: "[global]\na=1\n[global]\n"}, `line 3: the section "global" comes twice`},
		{map[string]string{"PIP_NO_INDEX": "maybe"}, nil, `PIP_NO_INDEX: "maybe" is neither yes nor no`},
		{map[string]string{"PIP_TIMEOUT": "soon"}, nil, `PIP_TIMEOUT: "soon" is no number of seconds`},
		{nil, map[string]string{userConf: "[global]\nrequire-hashes = 2"}, `global.require-hashes of pip's configuration: "2" is neither yes nor no`},
	} {
		_, err := ReadConfig(setting(test.vars, test.files))
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("got %v, want %s", err, test.want)
		}
	}
}

// Lines of requirements files change what is asked as pip's
// handle_option_line has it.
func TestSources(t *testing.T) {
	option := func(pairs ...string) Line {
		line := Line{Dir: "/work/reqs"}
		for i := 0; i < len(pairs); i += 2 {
			line.Options = append(line.Options, Option{pairs[i], pairs[i+1]})
		}
		return line
	}
	vars := map[string]string{"PIP_EXTRA_INDEX_URL": "https://e.example.org", "PIP_FIND_LINKS": "wheels"}
	there := map[string]string{"/work/reqs/near/x.whl": "", "/work/wheels/x.whl": ""}
	for _, test := range []struct {
		name         string
		lines        []Line
		indexes      string
		links, trust string
	}{
		{"none", nil, PyPI + " https://e.example.org", "/work/wheels", ""},
		{"extra", []Line{option("extra-index-url", "https://x.example.org")}, PyPI + " https://e.example.org https://x.example.org", "/work/wheels", ""},
		{"index discards all before it", []Line{option("extra-index-url", "https://x.example.org"), option("index-url", "https://i.example.org")},
			"https://i.example.org", "/work/wheels", ""},
		{"index before extra on one line", []Line{option("extra-index-url", "https://x.example.org", "index-url", "https://i.example.org")},
			"https://i.example.org https://x.example.org", "/work/wheels", ""},
		{"the last index of a line", []Line{option("index-url", "https://1.example.org", "index-url", "https://2.example.org")}, "https://2.example.org", "/work/wheels", ""},
		{"an empty index is none", []Line{option("index-url", "")}, PyPI + " https://e.example.org", "/work/wheels", ""},
		{"no-index is final", []Line{option("no-index", ""), option("index-url", "https://i.example.org"), option("extra-index-url", "https://x.example.org")},
			"", "/work/wheels", ""},
		{"find-links near the file, and not", []Line{option("find-links", "near"), option("find-links", "far"), option("find-links", "https://f.example.org/x", "find-links", "second")},
			PyPI + " https://e.example.org", "/work/wheels /work/reqs/near /work/far https://f.example.org/x", ""},
		{"trusted", []Line{option("trusted-host", "t.example.org:8080", "pre", "")}, PyPI + " https://e.example.org", "/work/wheels", "t.example.org:8080"},
		{"a folder", []Line{option("index-url", "simple")}, "/work/simple", "/work/wheels", ""},
	} {
		c, err := ReadConfig(setting(vars, there))
		if err != nil {
			t.Fatal(err)
		}
		s := c.Sources(test.lines)
		if got := strings.Join(s.Indexes, " "); got != test.indexes {
			t.Errorf("%s: indexes %q, want %q", test.name, got, test.indexes)
		}
		if got := strings.Join(s.FindLinks, " "); got != test.links {
			t.Errorf("%s: find-links %q, want %q", test.name, got, test.links)
		}
		if got := strings.Join(s.Trusted, " "); got != test.trust {
			t.Errorf("%s: trusted %q, want %q", test.name, got, test.trust)
		}
	}
	c, err := ReadConfig(setting(map[string]string{"PIP_NO_INDEX": "1"}, nil))
	if err != nil {
		t.Fatal(err)
	}
	if s := c.Sources([]Line{option("index-url", "https://i.example.org")}); len(s.Indexes) != 0 {
		t.Errorf("PIP_NO_INDEX: got %q", s.Indexes)
	}
	only := c.Only("https://i.example.org", "here")
	if s := c.With(only, "there"); strings.Join(s.Indexes, " ") != "https://i.example.org /work/here /work/there" || len(only.Indexes) != 2 || len(s.FindLinks) != 0 {
		t.Errorf("got %+v", s)
	}
}

func TestNetrc(t *testing.T) {
	credentials, err := Netrc([]byte("# mine\nmachine one.example.org login me password hunter2\n" +
		"machine two.example.org # a comment\n\tlogin \"me too\"\n\tpassword \"a\\\"b#c\"\naccount x\n" +
		"macdef init\nmachine three.example.org login m password p\n\nmachine four.example.org login default password machine\n" +
		"default login anybody password secret\n"))
	if err != nil {
		t.Fatal(err)
	}
	for host, want := range map[string][2]string{
		"one.example.org": {"me", "hunter2"}, "two.example.org": {"me too", `a"b#c`}, "four.example.org": {"default", "machine"},
	} {
		if user, password, ok := credentials(host); !ok || user != want[0] || password != want[1] {
			t.Errorf("%s: got %q %q %v", host, user, password, ok)
		}
	}
	for _, host := range []string{"three.example.org", "five.example.org", ""} {
		if user, password, ok := credentials(host); ok || user != "" || password != "" {
			t.Errorf("%q: got %q %q, want none", host, user, password)
		}
	}
	for src, want := range map[string]string{
		"machine":                     "line 1: a machine without a name",
		"machine a login":             "line 1: a login without a value",
		"machine a\nhunter2 password": "line 2: a word that is neither login, password nor account",
		"hunter2":                     "line 1: a word that is neither machine, default nor macdef",
	} {
		if _, err := Netrc([]byte(src)); err == nil || err.Error() != want {
			t.Errorf("%q: got %v, want %s", src, err, want)
		}
	}
}

// Credentials are found as pip finds them, and only for the host, scheme and
// port that they are for.
func TestKeyring(t *testing.T) {
	netrc, err := Netrc([]byte("machine h.example.org login net password rc\nmachine n.example.org login net password rc\n"))
	if err != nil {
		t.Fatal(err)
	}
	k := newKeyring([]string{"https://a:1@h.example.org/one/simple", "https://b:2@h.example.org/two/simple", "https://c@n.example.org/", "https://net@h.example.org:444/x"}, netrc)
	for address, want := range map[string]string{
		"https://h.example.org/one/simple/x/":    "a:1",
		"https://h.example.org/two/files/x.whl":  "b:2",
		"https://h.example.org:443/one/":         "a:1",
		"https://H.example.org/one/":             "a:1",
		"http://h.example.org/one/":              "net:rc", // by netrc, and not sent: see guard
		"https://h.example.org:444/x":            "net:rc",
		"https://h.example.org:445/x":            "net:rc",
		"https://n.example.org/":                 "c:",
		"https://own:0@h.example.org/one/":       "own:0",
		"https://own:@h.example.org/one/":        "own:",
		"https://own@h.example.org/one/":         "own:",
		"https://net@h.example.org/one/":         "net:rc",
		"https://sub.h.example.org/one/simple/x": "",
		"https://h.example.org.evil/one/simple/": "",
	} {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if l := k.find(u); l.known {
			got = l.user + ":" + l.password
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", address, got, want)
		}
	}
}

func TestShown(t *testing.T) {
	for address, want := range map[string]string{
		"https://index.example.org/simple":             "https://index.example.org/simple",
		"https://me:hunter2@index.example.org/simple":  "https://***@index.example.org/simple",
		"https://me:p@ss@index.example.org/simple":     "https://***@index.example.org/simple",
		"https://me:pa/ss@index.example.org/simple":    "https://***@index.example.org/simple",
		"https://me:pa%zz@index.example.org/simple":    "https://***@index.example.org/simple",
		"https://token@index.example.org":              "https://***@index.example.org",
		"https://index.example.org/@scope/simple":      "https://index.example.org/@scope/simple",
		"https://index.example.org/simple?key=hunter2": "https://index.example.org/simple?***",
		"https://index.example.org/simple#hunter2":     "https://index.example.org/simple",
		"/srv/simple":                   "/srv/simple",
		"/srv/a@b":                      "/srv/a@b",
		"C:/a@b":                        "C:/a@b",
		"https:/me:hunter2@h/simple":    "https:***@h/simple",
		"/w/https:/me:hunter2@h/simple": "/w/https:***@h/simple",
		"me:hunter2@h/simple":           "me:***@h/simple",
		"http://me:hunter2@[bad/simple": "http://***@[bad/simple",
	} {
		if got := Shown(address); got != want {
			t.Errorf("%s: got %s, want %s", address, got, want)
		}
	}
}

func TestProxy(t *testing.T) {
	index, err := url.Parse("https://index.example.org/simple")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		vars map[string]string
		want string
	}{
		{nil, ""},
		{map[string]string{"HTTPS_PROXY": "http://p.example.org:3128"}, "http://p.example.org:3128"},
		{map[string]string{"ALL_PROXY": "http://all.example.org"}, "http://all.example.org"},
		{map[string]string{"https_proxy": "low.example.org:1", "HTTPS_PROXY": "up.example.org:1"}, "http://low.example.org:1"},
		{map[string]string{"HTTPS_PROXY": "http://p.example.org", "NO_PROXY": ".example.org"}, ""},
		{map[string]string{"HTTPS_PROXY": "http://p.example.org", "NO_PROXY": "*", "PIP_PROXY": "me:x@q.example.org:1"}, "http://me:x@q.example.org:1"},
	} {
		c, err := ReadConfig(setting(test.vars, nil))
		if err != nil {
			t.Fatal(err)
		}
		proxy, err := c.proxy()
		if err != nil {
			t.Fatal(err)
		}
		u, err := proxy(index)
		got := ""
		if u != nil {
			got = u.String()
		}
		if err != nil || got != test.want {
			t.Errorf("%v: got %q %v, want %q", test.vars, got, err, test.want)
		}
	}
}

// The case behind PIP_ does not count, and a netrc file may lie in the home.
func TestOddEnvironment(t *testing.T) {
	env := setting(map[string]string{"NETRC": "~/rc"}, map[string]string{"/home/me/rc": "machine h login me password hunter2"})
	env.Home, env.Environ = "/home/me", []string{"pip_index_url=https://no", "PIP_Index_Url=https://yes/simple"}
	c, err := ReadConfig(env)
	if err != nil || c.IndexURL != "https://yes/simple" {
		t.Errorf("got %s, %v", c.IndexURL, err)
	}
	credentials, err := c.Credentials()
	if err != nil {
		t.Fatal(err)
	}
	if user, _, ok := credentials("h"); !ok || user != "me" {
		t.Errorf("got %q, %v", user, ok)
	}
}
