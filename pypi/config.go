package pypi

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/http/httpproxy"
)

// Environment is where pip's configuration is read from.
type Environment struct {
	// Getenv returns a variable, "" when it is unset.
	Getenv func(name string) string
	// Environ are all variables, as os.Environ has them: pip reads PIP_*
	// whatever the case of what follows. Optional.
	Environ []string
	// ReadFile reads a file of the user's, not of the checked repository.
	ReadFile func(path string) ([]byte, error)
	// ReadDir lists a folder of certificates, where Cert is one; with nil
	// only files are read.
	ReadDir func(path string) ([]fs.DirEntry, error)
	// Exists tells whether there is a file or folder.
	Exists func(path string) bool
	// OS is as runtime.GOOS; Home is the home directory, "" for none; Dir is
	// the working directory, which relative paths start from.
	OS, Home, Dir string
}

// Config is how pip is configured: by PIP_* and the pip.conf files of all
// levels (system, user, site), for pip install.
type Config struct {
	// IndexURL is PyPI where nothing else is configured.
	IndexURL       string
	ExtraIndexURLs []string
	NoIndex        bool
	FindLinks      []string
	// TrustedHosts are those that the user's own configuration trusts: see
	// Options.Trusted.
	TrustedHosts []string
	// Cert is the path of the certificates to trust, "" for the system's;
	// ClientCert that of key and certificate, "" for none.
	Cert, ClientCert string
	// Proxy is for both schemes, "" for those of HTTP_PROXY and the like.
	Proxy string
	// Timeout is pip's, for one wait; 0 where none is configured.
	Timeout time.Duration
	// RequireHashes is as pip's --require-hashes, NoRequireHashes as its
	// opposite (pip 26.2).
	RequireHashes, NoRequireHashes bool
	// Files are the configuration files read, in order.
	Files []string

	env Environment
}

// ReadConfig reads pip's configuration. An error names the file or variable:
// pip would not start then either.
func ReadConfig(env Environment) (Config, error) {
	c := Config{IndexURL: PyPI, env: env}
	values, err := c.readFiles()
	if err != nil {
		return Config{}, err
	}
	// Section beats file, and the environment beats both. An empty value is
	// as if it were not there, but hides those of lower files.
	get := func(name string) (value, from string) {
		variables := []string{name}
		switch name {
		case "index-url":
			variables = []string{"index-url", "pypi-url"}
		case "timeout":
			variables = []string{"timeout", "default-timeout"}
		}
		for _, v := range variables {
			v = "PIP_" + strings.ToUpper(strings.ReplaceAll(v, "-", "_"))
			if value := env.pip(v); value != "" {
				return value, v
			}
		}
		for _, section := range []string{"install", "global"} {
			for _, v := range variables {
				if value := values[section+"."+v]; value != "" {
					return value, section + "." + v + " of pip's configuration"
				}
			}
		}
		return "", ""
	}
	if v, _ := get("index-url"); v != "" {
		c.IndexURL = v
	}
	list := func(name string) []string {
		v, _ := get(name)
		return strings.Fields(v)
	}
	c.ExtraIndexURLs, c.FindLinks, c.TrustedHosts = list("extra-index-url"), list("find-links"), list("trusted-host")
	for i, link := range c.FindLinks {
		if path := c.home(link); path != link && env.Exists(path) {
			c.FindLinks[i] = path
		}
	}
	c.Proxy, _ = get("proxy")
	v, _ := get("cert")
	c.Cert = c.home(v)
	v, _ = get("client-cert")
	c.ClientCert = c.home(v)
	for _, name := range []string{"REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"} {
		if c.Cert == "" {
			c.Cert = env.Getenv(name)
		}
	}
	for name, to := range map[string]*bool{
		"no-index": &c.NoIndex, "require-hashes": &c.RequireHashes, "no-require-hashes": &c.NoRequireHashes,
	} {
		v, from := get(name)
		if *to, err = boolean(v); err != nil {
			return Config{}, fmt.Errorf("%s: %w", from, err)
		}
	}
	if v, from := get("timeout"); v != "" {
		seconds, err := strconv.ParseFloat(v, 64)
		if err != nil || !(seconds > 0 && seconds < 1e6) {
			return Config{}, fmt.Errorf("%s: %q is no number of seconds", from, v)
		}
		c.Timeout = time.Duration(seconds * float64(time.Second))
	}
	return c, nil
}

// pip returns a variable of which the case behind PIP_ does not count.
func (env Environment) pip(name string) string {
	if value := env.Getenv(name); value != "" {
		return value
	}
	found := ""
	for _, one := range env.Environ {
		key, value, _ := strings.Cut(one, "=")
		if strings.HasPrefix(key, "PIP_") && key != name && strings.EqualFold(key, name) && value != "" {
			found = value
		}
	}
	return found
}

// boolean reads a flag as pip does (cli/parser.py, strtobool).
func boolean(v string) (bool, error) {
	switch strings.ToLower(v) {
	case "", "n", "no", "f", "false", "off", "0":
		return false, nil
	case "y", "yes", "t", "true", "on", "1":
		return true, nil
	}
	return false, fmt.Errorf("%q is neither yes nor no", v)
}

// home expands a leading ~.
func (c Config) home(path string) string {
	if path == "~" || strings.HasPrefix(path, "~/") {
		return c.env.Home + path[1:]
	}
	return path
}

// readFiles reads the configuration files in pip's order, later ones winning.
func (c *Config) readFiles() (map[string]string, error) {
	values := map[string]string{}
	own := c.env.Getenv("PIP_CONFIG_FILE")
	if own == "/dev/null" || c.env.OS == "windows" && strings.EqualFold(own, "nul") {
		return values, nil
	}
	system, user, site := c.files()
	files := system
	if own == "" || !c.env.Exists(own) {
		files = append(files, user...)
	}
	files = append(files, site...)
	if own != "" {
		files = append(files, own)
	}
	for _, file := range files {
		src, err := c.env.ReadFile(file)
		if errors.Is(err, fs.ErrNotExist) || err != nil && file != own && errors.Is(err, fs.ErrPermission) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("reading pip's configuration: %w", err)
		}
		one, err := readINI(string(src))
		if err != nil {
			return nil, fmt.Errorf("reading pip's configuration %s: %w", file, err)
		}
		for key, value := range one {
			values[key] = value
		}
		c.Files = append(c.Files, file)
	}
	return values, nil
}

// files returns where pip looks (utils/appdirs.py, configuration.py).
func (c *Config) files() (system, user, site []string) {
	env, home := c.env.Getenv, c.env.Home
	var name = "pip.conf"
	if prefix := env("VIRTUAL_ENV"); prefix != "" {
		site = []string{prefix}
	} else if prefix := env("CONDA_PREFIX"); prefix != "" {
		site = []string{prefix}
	}
	under := func(dir string, elem ...string) string {
		if dir == "" {
			return ""
		}
		return filepath.Join(append([]string{dir}, elem...)...)
	}
	switch c.env.OS {
	case "windows":
		name = "pip.ini"
		data := env("ProgramData")
		if data == "" {
			data = `C:\ProgramData`
		}
		system = []string{filepath.Join(data, "pip")}
		user = []string{under(home, "pip"), under(env("APPDATA"), "pip")}
	case "darwin":
		system = []string{"/Library/Application Support/pip"}
		own := under(home, "Library", "Application Support", "pip")
		if own == "" || !c.env.Exists(own) {
			own = under(home, ".config", "pip")
		}
		user = []string{under(home, ".pip"), own}
	default:
		dirs := env("XDG_CONFIG_DIRS")
		if dirs == "" {
			dirs = "/etc/xdg"
		}
		for _, dir := range strings.Split(dirs, ":") {
			system = append(system, under(dir, "pip"))
		}
		system = append(system, "/etc")
		config := env("XDG_CONFIG_HOME")
		if config == "" {
			config = under(home, ".config")
		}
		user = []string{under(home, ".pip"), under(config, "pip")}
	}
	add := func(dirs []string) (files []string) {
		for _, dir := range dirs {
			if dir != "" {
				files = append(files, filepath.Join(dir, name))
			}
		}
		return files
	}
	return add(system), add(user), add(site)
}

// Credentials returns those of the netrc file, none where there is no file. An
// error is no reason to stop: pip goes on without the file then.
func (c Config) Credentials() (Credentials, error) {
	paths := []string{c.home(c.env.Getenv("NETRC"))}
	if paths[0] == "" {
		paths = nil
		if c.env.Home != "" {
			paths = []string{filepath.Join(c.env.Home, ".netrc"), filepath.Join(c.env.Home, "_netrc")}
		}
	}
	for _, path := range paths {
		src, err := c.env.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("reading the netrc file: %w", err)
		}
		credentials, err := Netrc(src)
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", path, err)
		}
		return credentials, nil
	}
	return nil, nil
}

// Transport returns how hosts are reached: with the configured certificates
// and proxy. insecure is for Options.Insecure. It is made ready when it is first
// used: a hundred certificates take longer to parse than many a run that asks
// nobody.
func (c Config) Transport(insecure bool) (http.RoundTripper, error) {
	o := TransportOptions{Insecure: insecure, Timeout: c.Timeout}
	for _, one := range []struct {
		what, path string
		to         *[]byte
	}{{"the certificates to trust", c.Cert, &o.Roots}, {"the client certificate", c.ClientCert, &o.ClientCert}} {
		if one.path == "" {
			continue
		}
		pem, err := c.readPEM(one.path)
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", one.what, err)
		}
		*one.to = pem
	}
	proxy, err := c.proxy()
	if err != nil {
		return nil, err
	}
	o.Proxy = proxy
	if o.ClientCert == nil && (o.Roots == nil || hasCertificate(o.Roots)) {
		return &lateTransport{options: o}, nil
	}
	return NewTransport(o)
}

// readPEM reads a file, or all files of a folder of certificates, which
// requests takes as well (there, each is linked to by its hash).
func (c Config) readPEM(path string) ([]byte, error) {
	if c.env.ReadDir == nil {
		return c.env.ReadFile(path)
	}
	list, err := c.env.ReadDir(path)
	if err != nil {
		return c.env.ReadFile(path)
	}
	var all []byte
	for _, file := range list {
		if !file.IsDir() {
			if pem, err := c.env.ReadFile(filepath.Join(path, file.Name())); err == nil {
				all = append(append(all, pem...), '\n')
			}
		}
	}
	return all, nil
}

func (c Config) proxy() (func(*url.URL) (*url.URL, error), error) {
	if c.Proxy != "" {
		address := c.Proxy
		if !strings.Contains(address, "://") {
			address = "http://" + address
		}
		u, err := url.Parse(address)
		if err != nil || u.Host == "" {
			return nil, fmt.Errorf("the configured proxy %q is no URL", Shown(address))
		}
		return func(*url.URL) (*url.URL, error) { return u, nil }, nil
	}
	first := func(names ...string) string {
		for _, name := range names {
			if v := c.env.Getenv(name); v != "" {
				return v
			}
		}
		return ""
	}
	from := httpproxy.Config{
		HTTPProxy:  first("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"),
		HTTPSProxy: first("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"),
		NoProxy:    first("no_proxy", "NO_PROXY"),
		CGI:        c.env.Getenv("REQUEST_METHOD") != "",
	}
	return from.ProxyFunc(), nil
}
