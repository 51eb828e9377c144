package config

import (
	"crypto/x509"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"net/textproto"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/sallyport-gateway/sallyport/core"
)

func (b *builder) providers() {
	b.providerByName = map[string]*core.Provider{}
	b.used = map[string]bool{}
	if len(b.cfg.Providers) == 0 {
		b.report("providers", "there must be at least one provider")
	}
	kinds := make([]string, len(b.known.Kinds))
	for i := range b.known.Kinds {
		kinds[i] = b.known.Kinds[i].Kind
	}
	for i := range b.cfg.Providers {
		p, at := &b.cfg.Providers[i], indexed("providers", i)
		if _, twice := b.providerByName[p.Name]; twice && p.Name != "" {
			b.report(join(at, "name"), "the name %s is taken by another provider", quote(p.Name))
			continue
		}
		// It is entered before it is checked, so that its deployments are not
		// called unknown because of another mistake.
		out := &core.Provider{Name: p.Name, Kind: p.Kind, Timeouts: core.Timeouts(p.Timeouts)}
		b.providerByName[p.Name] = out
		k := slices.Index(kinds, p.Kind)
		if k < 0 {
			b.report(join(at, "kind"), "unknown kind %s%s", quote(p.Kind), didYouMean(p.Kind, kinds))
			continue
		}
		b.provider(out, p, &b.known.Kinds[k], at)
		b.snap.Providers = append(b.snap.Providers, out)
	}
}

func (b *builder) provider(out *core.Provider, p *Provider, kind *core.Descriptor, at string) {
	out.Serves, out.Quirks = kind.Serves, kind.Quirks
	out.Forward, out.Defaults = kind.Forward, kind.Defaults
	if q := p.Quirks.NoStreamUsage; q != nil {
		out.Quirks.NoStreamUsage = *q
	}
	if q := p.Quirks.NoStreamEnd; q != nil {
		out.Quirks.NoStreamEnd = *q
	}
	b.headers(out, p, join(at, "headers"))
	b.authorities(p, join(at, "ca_file"))
	b.settings(out, p, kind, at)
	raw := p.BaseURL
	if raw == "" {
		raw = kind.BaseURL
		for _, s := range out.Settings {
			raw = strings.ReplaceAll(raw, "{"+s.Key+"}", s.Value)
		}
	}
	if raw == "" {
		b.report(join(at, "base_url"), "is missing; the kind %s has no usual one", quote(kind.Kind))
		return
	}
	base, err := parseBaseURL(raw)
	if err != nil {
		b.report(join(at, "base_url"), "%s", err)
		return
	}
	out.Scheme, out.Host, out.HostHeader, out.BasePath = base.scheme, base.host, base.hostHeader, base.path
	up := b.snap.Upstreams[p.Name]
	up.MaxConnections, up.MaxPending = p.MaxConnections, p.MaxPending
	up.Allow = append(slices.Clone(b.cfg.Egress.Allow), base.allow(kind.Local)...)
	b.snap.Upstreams[p.Name] = up
	b.signer(out, p, kind, at)
	if out.Signer != nil && base.scheme == "http" && !base.private() {
		b.warn(join(at, "base_url"), "the provider key would cross the network unencrypted; use https")
	}
}

// settings takes what the operator said of the provider, and the kind's defaults
// for what he did not.
func (b *builder) settings(out *core.Provider, p *Provider, kind *core.Descriptor, at string) {
	at = join(at, "settings")
	names := make([]string, len(kind.Settings))
	for i, s := range kind.Settings {
		names[i] = s.Name
		value, given := p.Settings[s.Name]
		if !given {
			value = s.Default
		}
		switch {
		case given && !isSetting(value):
			b.report(join(at, s.Name), "must be 1 to 256 printable characters without blanks")
		case value != "":
			out.Settings = append(out.Settings, core.Tag{Key: s.Name, Value: value})
		case s.Required:
			b.report(join(at, s.Name), "is missing: %s", s.About)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(p.Settings)) {
		if !slices.Contains(names, name) {
			b.report(join(at, name), "the kind %s has no such setting%s", quote(kind.Kind), didYouMean(name, names))
		}
	}
}

// isSetting tells whether s can stand in a URL and in a header field.
func isSetting(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] >= 0x7f {
			return false
		}
	}
	return s != "" && len(s) <= 256
}

func (b *builder) signer(out *core.Provider, p *Provider, kind *core.Descriptor, at string) {
	auth := p.Auth
	if auth == "" {
		auth = kind.Auth
		if (auth == "" || auth == "none") && !p.Key.IsZero() {
			auth = "bearer" // a local runtime that was started with a key
		}
	}
	none := auth == "" || auth == "none"
	switch {
	case none && p.Key.IsZero(), kind.Local && p.Key.IsZero() && p.Auth == "":
		return
	case none:
		b.report(join(at, "auth"), "is none, but a key is given; remove one of them")
		return
	case p.Key.IsZero():
		name := kind.KeyEnv
		if name == "" {
			name = "NAME"
		}
		b.report(join(at, "key"), `is missing; write it by reference, like "${env:%s}", or auth: none`, name)
		return
	case b.sign == nil:
		b.report(join(at, "auth"), "no signer is built in for %s", quote(auth))
		return
	}
	signer, err := b.sign(auth, p.Key, out)
	if err != nil {
		// The signer must not show the key; this makes sure of it.
		b.report(join(at, "auth"), "%s", strings.ReplaceAll(err.Error(), p.Key.Reveal(), hidden))
		return
	}
	out.Signer = signer
}

func (b *builder) authorities(p *Provider, path string) {
	if p.CAFile == "" || b.bad[path] {
		return
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(b.content[inFolder(b.folder, p.CAFile)]) {
		b.report(path, "the file %s holds no certificate in PEM form", quote(p.CAFile))
		return
	}
	b.snap.Upstreams[p.Name] = Upstream{RootCAs: pool}
}

// headerOurs are fields that the gateway itself or a signer writes, in
// canonical form.
var headerOurs = [...]string{
	"Accept-Encoding", "Authorization", "Connection", "Content-Encoding", "Content-Length", "Content-Type", "Cookie",
	"Expect", "Host", "Keep-Alive", "Proxy-Authorization", "Proxy-Connection", "Te", "Trailer",
	"Transfer-Encoding", "Upgrade", "X-Api-Key", "Api-Key", "X-Goog-Api-Key",
}

func (b *builder) headers(out *core.Provider, p *Provider, path string) {
	for _, name := range slices.Sorted(maps.Keys(p.Headers)) {
		at, value := join(path, name), p.Headers[name]
		canonical := textproto.CanonicalMIMEHeaderKey(name)
		switch {
		case !isToken(name):
			b.report(at, "is not the name of a header field")
		case slices.Contains(headerOurs[:], canonical):
			b.report(at, "the gateway writes this field itself; a credential belongs in key, the way to send it in auth")
		case !isFieldValue(value):
			b.report(at, "the value holds a control character, or blanks at an end")
		case slices.ContainsFunc(out.Header, func(h core.Header) bool { return h.Name == canonical }):
			b.report(at, "is given twice in different spelling")
		default:
			out.Header = append(out.Header, core.Header{Name: canonical, Value: value})
		}
	}
	slices.SortFunc(out.Header, func(x, y core.Header) int { return strings.Compare(x.Name, y.Name) })
}

// isToken tells whether s is a token of RFC 9110 §5.6.2.
func isToken(s string) bool {
	for i := range len(s) {
		c := s[i]
		alnum := '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'
		if !alnum && !strings.ContainsRune("!#$%&'*+-.^_`|~", rune(c)) {
			return false
		}
	}
	return s != ""
}

// isFieldValue tells whether s can stand in a header field, RFC 9110 §5.5.
func isFieldValue(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] == 0x7f {
			return false
		}
	}
	return strings.TrimSpace(s) == s && len(s) <= 4096
}

// baseURL is a parsed root of an API.
type baseURL struct {
	scheme, host, hostHeader, path string
	ip                             netip.Addr // invalid when the host is a name
	localhost                      bool
}

// parseBaseURL reads the root of an API. Its errors do not repeat the URL,
// since people put credentials into URLs.
func parseBaseURL(raw string) (baseURL, error) {
	u, err := url.Parse(raw)
	switch {
	case err != nil || strings.ContainsFunc(raw, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == '\\' }):
		return baseURL{}, errors.New("is not a URL; write one like https://api.example.com/v1")
	case u.Scheme != "http" && u.Scheme != "https":
		return baseURL{}, errors.New("must start with https:// or http://")
	case u.User != nil:
		return baseURL{}, errors.New("must not hold a user or password; the credential belongs in key")
	case u.RawQuery != "" || u.ForceQuery:
		return baseURL{}, errors.New("must not hold a query; the credential belongs in key")
	case u.Fragment != "" || strings.Contains(raw, "#"):
		return baseURL{}, errors.New("must not hold a fragment")
	case u.Opaque != "" || u.Hostname() == "":
		return baseURL{}, errors.New("has no host; write one like https://api.example.com/v1")
	}
	base := baseURL{scheme: u.Scheme, path: strings.TrimRight(u.EscapedPath(), "/")}
	if err := checkPath(base.path); err != nil {
		return baseURL{}, err
	}
	return base, base.setHost(u)
}

func checkPath(path string) error {
	decoded, err := url.PathUnescape(path)
	if err != nil {
		return errors.New("the path is not well escaped")
	}
	for i, segment := range strings.Split(decoded, "/") {
		if segment == "." || segment == ".." || segment == "" && i > 0 {
			return errors.New("the path must not hold empty, . or .. segments")
		}
	}
	return nil
}

func (base *baseURL) setHost(u *url.URL) error {
	host, port := strings.ToLower(u.Hostname()), u.Port()
	if ip, err := netip.ParseAddr(host); err == nil {
		if ip.Zone() != "" {
			return errors.New("the host must not name a zone")
		}
		base.ip = ip.Unmap()
	} else if err := checkHost(host); err != nil {
		return err
	}
	base.localhost = host == "localhost"
	usual := "443"
	if base.scheme == "http" {
		usual = "80"
	}
	if strings.HasSuffix(u.Host, ":") || port == "" {
		port = usual
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return errors.New("the port must be a number from 1 to 65535")
	}
	base.host = net.JoinHostPort(host, port)
	base.hostHeader = base.host
	if port == usual {
		base.hostHeader = strings.TrimSuffix(base.host, ":"+port)
	}
	return nil
}

// checkHost refuses names that some resolvers read as addresses, such as
// 0x7f.1 or 2130706433, and what is no name at all.
func checkHost(host string) error {
	labels := strings.Split(host, ".")
	last := labels[len(labels)-1]
	if strings.Trim(last, "0123456789") == "" || strings.HasPrefix(last, "0x") {
		return errors.New("the host is neither a name nor an IP address in its usual form")
	}
	for _, label := range labels {
		for _, c := range label {
			if c != '-' && c != '_' && (c < '0' || c > '9') && (c < 'a' || c > 'z') {
				return errors.New("the host is not a name of letters, digits, hyphens and dots")
			}
		}
		if label == "" || len(label) > 63 || len(host) > 253 {
			return errors.New("the host has an empty or too long part")
		}
	}
	return nil
}

// private tells whether what is sent there stays on this machine or network.
func (base *baseURL) private() bool {
	return base.localhost || base.ip.IsLoopback() || base.ip.IsPrivate()
}

// allow returns the networks beyond the public ones that the operator allowed
// by writing this URL, and for local runtimes those where runtimes live.
// Link-local addresses, where clouds serve credentials, are never among them
// unless written literally.
func (base *baseURL) allow(local bool) []netip.Prefix {
	var out []netip.Prefix
	if base.ip.IsValid() {
		out = append(out, netip.PrefixFrom(base.ip, base.ip.BitLen()))
	}
	if base.localhost || local {
		out = append(out, mustPrefixes("127.0.0.0/8", "::1/128")...)
	}
	if local {
		out = append(out, mustPrefixes("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")...)
	}
	return out
}

func mustPrefixes(texts ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		out[i] = netip.MustParsePrefix(text)
	}
	return out
}

// deploymentName is what a deployment without a name of its own is called.
func deploymentName(route string, d *Deployment) string {
	if d.Name != "" {
		return d.Name
	}
	if d.Model == "" {
		return fmt.Sprintf("%s/%s", route, d.Provider)
	}
	return fmt.Sprintf("%s/%s/%s", route, d.Provider, d.Model)
}
