package pypi

import (
	"net/url"
	"strings"
	"sync"
)

// Credentials returns user and password for a host (without port) where a URL
// of it has none, as Netrc does. It may be called by many at once.
type Credentials func(host string) (user, password string, ok bool)

// keyring holds the credentials that the asked indexes' addresses carry.
type keyring struct {
	more Credentials

	mu   sync.RWMutex
	keys []key
}

// key opens what lies on one host, by one scheme; path is the index's.
type key struct {
	origin, path   string
	user, password string
}

// origin is scheme, host and port, with the scheme's own port made explicit.
func origin(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return u.Scheme + "://" + strings.ToLower(u.Hostname()) + ":" + port
}

// add remembers the credentials of an index's address.
func (k *keyring) add(u *url.URL) {
	if u.User == nil {
		return
	}
	password, _ := u.User.Password()
	one := key{origin(u), u.Path, u.User.Username(), password}
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, have := range k.keys {
		if have == one {
			return
		}
	}
	k.keys = append(k.keys, one)
}

// find returns the credentials for a URL: those of the index of the same
// origin that has the longest path in common with it, as pip's
// network/auth.py has it, else what netrc has for the host.
func (k *keyring) find(u *url.URL) (user, password string, ok bool) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	best, at := -1, origin(u)
	for _, key := range k.keys {
		if key.origin != at {
			continue
		}
		if n := common(key.path, u.Path); n > best {
			best, user, password, ok = n, key.user, key.password, true
		}
	}
	if ok && (user == "" || password != "") {
		return user, password, ok
	}
	if k.more != nil {
		if u, p, found := k.more(strings.ToLower(u.Hostname())); found && (!ok || u == user) {
			return u, p, true
		}
	}
	return user, password, ok
}

// common counts the whole path segments that two paths begin with.
func common(a, b string) int {
	as, bs := strings.Split(strings.Trim(a, "/"), "/"), strings.Split(strings.Trim(b, "/"), "/")
	n := 0
	for n < len(as) && n < len(bs) && as[n] == bs[n] {
		n++
	}
	return n
}
