package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// with returns the minimal file with more lines at its end.
func with(more string) string { return minimal + more }

// swap returns the minimal file with one text replaced by another.
func swap(from, to string) string {
	if !strings.Contains(minimal, from) {
		panic("the minimal file does not hold " + from)
	}
	return strings.Replace(minimal, from, to, 1)
}

func TestProblems(t *testing.T) {
	f := func(name, text string, want ...string) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			t.Helper()
			snap, problems := build(t, text)
			got := lines(problems)
			if expect := strings.Join(want, "\n") + "\n"; got != expect {
				t.Errorf("got:\n%swant:\n%s", got, expect)
			}
			if Failed(problems) != (snap == nil) {
				t.Errorf("failed is %v, the snapshot %v", Failed(problems), snap)
			}
			noSecrets(t, got)
			var b bytes.Buffer
			if err := Print(&b, problems); err != nil {
				t.Fatal(err)
			}
			noSecrets(t, b.String())
		})
	}

	// The text itself.
	f("empty", "", "config.yaml:1:1: the file is empty; write at least a provider and a route")
	f("only comments", "# nothing\n", "config.yaml:1:1: the file is empty; write at least a provider and a route")
	f("list", "- a\n", "config.yaml:1:1: the file must be a mapping of fields, not a list")
	f("text", "hello", "config.yaml:1:1: the file must be a mapping of fields, not a single value")
	f("tab", "listen: x\nproviders:\n\t- a\n", "config.yaml:3:1: not valid YAML: found character tab that cannot start any token; indent with blanks")
	f("unclosed", "routes: [a, b\n", "config.yaml:1:9: not valid YAML: sequence end token ']' not found")
	f("latin1", "a: \xe4\n", "config.yaml:1:4: the file is not valid UTF-8 here")
	f("utf16", "\xff\xfea\x00", "config.yaml:1:1: the file is not valid UTF-8 here")
	f("nul", "a: b\n c\x00", "config.yaml:2:3: the control character U+0000 is not allowed")
	f("two documents", with("---\na: b\n"), "config.yaml:8:1: a second document starts here; a configuration is one document")
	f("tag", "listen: !!str x\n", "config.yaml:1:9: YAML tags are not used here; remove the tag")
	f("directive", "%YAML 1.2\n---\na: b\n", "config.yaml:1:1: YAML directives are not used here; remove the line")
	f("key twice", with("listen: 127.0.0.1:1\nlisten: 127.0.0.1:2\n"),
		`config.yaml:8:1: the key "listen" is given twice; it stands in line 7 already`)
	f("no anchor", with("listen: *nowhere\n"), "config.yaml:7:9: no anchor of this name stands above")

	// Fields.
	f("unknown field", with("lisen: x\n"), `config.yaml:7:1: lisen: unknown field "lisen"; did you mean "listen"?`)
	f("unknown field far off", with("admin: {zzzzzzzz: x}\n"), `config.yaml:7:9: admin.zzzzzzzz: unknown field "zzzzzzzz"; known are "listen"`)
	f("wrong shape", with("limits: []\n"), "config.yaml:7:9: limits: must be a mapping of fields, not a list")
	f("wrong shape of a list", with("keys: a\n"), "config.yaml:7:7: keys: must be a list, not a single value")
	f("wrong shape of a value", with("listen: {a: b}\n"), "config.yaml:7:9: listen: must be a single value, not a mapping")
	f("missing", "listen: 127.0.0.1:1\n",
		"config.yaml:1:1: providers: is missing", "config.yaml:1:1: routes: is missing")
	f("missing inside", swap("name: openai, ", ""),
		"config.yaml:2:5: providers[0].name: is missing",
		`config.yaml:6:20: routes[0].deployments[0].provider: unknown provider "openai"`)
	f("no deployments", "providers: [{name: a, kind: ollama}]\nroutes:\n- name: x\n  deployments: []\n",
		`config.yaml:1:20: warning: providers[0].name: no route uses the provider "a"`,
		"config.yaml:4:16: routes[0].deployments: must not be empty")
	f("duration without unit", with("timeouts: {header: 10}\n"),
		`config.yaml:7:20: timeouts.header: "10" has no unit; write a duration like 10s, 250ms or 5m`)
	f("bad duration", with("timeouts: {header: soon}\n"),
		`config.yaml:7:20: timeouts.header: "soon" is not a duration; write one like 10s, 250ms or 5m`)
	f("duration too long", with("timeouts:\n  body: 20h\n"), `config.yaml:8:9: timeouts.body: "20h" is too large; the most is 1h`)
	f("bad size", with("limits: {body_bytes: 16 MebiBytes}\n"),
		`config.yaml:7:22: limits.body_bytes: "16 MebiBytes" is not a size; write one like 16MiB, 512KiB or 4096`)
	f("size too small", with("limits: {body_bytes: 1}\n"), `config.yaml:7:22: limits.body_bytes: "1" is too small; the least is 1KiB`)
	f("number in quotes", with("limits: {in_flight: \"5\"}\n"), "config.yaml:7:21: limits.in_flight: must be a whole number, without quotes")
	f("no number", with("limits: {in_flight: 1.5}\n"), "config.yaml:7:21: limits.in_flight: must be a whole number")
	f("bad word", with("log: {level: inof}\n"), `config.yaml:7:14: log.level: "inof" is not allowed; did you mean "info"?`)
	f("bad flag", with("plugins: {mandatory: [{use: guardrail.pii, optional: maybe}]}\n"),
		"config.yaml:7:54: plugins.mandatory[0].optional: must be true or false, without quotes")
	f("bad network", with("egress: {allow: [10.0.0.0/8, 10.1.2.3/8, here]}\n"),
		`config.yaml:7:30: egress.allow[1]: "10.1.2.3/8" has bits behind its length; did you mean "10.0.0.0/8"?`,
		`config.yaml:7:42: egress.allow[2]: "here" is not a network; write one like 10.20.0.0/16 or fd00::/8`)
	f("name with a blank", swap("name: gpt", "name: g p"), `config.yaml:4:11: routes[0].name: "g p" holds a blank or a control character`)
	f("reference elsewhere", with("listen: \"${env:LISTEN}\"\n"), "config.yaml:7:9: listen: references stand only for keys; write the value itself")

	// Secrets.
	f("literal", swap("${env:PROVIDER_KEY}", providerKey),
		`config.yaml:2:39: providers[0].key: a secret must not stand in the file; put it into the environment or a file of its own and write "${env:NAME}" or "${file:/path}"`)
	f("literal as variable", swap("${env:PROVIDER_KEY}", "${env:"+providerKey+"}"),
		"config.yaml:2:39: providers[0].key: this is not the name of an environment variable; write ${env:NAME}")
	f("literal in a wrong field", swap("key:", "kee:"),
		`config.yaml:2:5: providers[0].key: is missing; write it by reference, like "${env:PROVIDER_KEY}", or auth: none`,
		`config.yaml:2:34: providers[0].kee: unknown field "kee"; did you mean "key"?`)
	f("not set", swap("PROVIDER_KEY", "NOWHERE"), `config.yaml:2:39: providers[0].key: the environment variable "NOWHERE" is not set`)
	f("empty secret", swap("PROVIDER_KEY", "EMPTY"), `config.yaml:2:39: providers[0].key: the environment variable "EMPTY" is empty`)
	f("two words", swap("PROVIDER_KEY", "TWO_WORDS"),
		`config.yaml:2:39: providers[0].key: the environment variable "TWO_WORDS" holds more than one word of printable ASCII (at byte 9); check for blanks, line ends and quotes`)
	f("no file", swap("env:PROVIDER_KEY", "file:/run/nothing"),
		`config.yaml:2:39: providers[0].key: the file "/run/nothing" cannot be read: it does not exist`)
	f("blank file", swap("env:PROVIDER_KEY", "file:/run/blank"), `config.yaml:2:39: providers[0].key: the file "/run/blank" is empty`)
	f("unknown reference", swap("env:PROVIDER_KEY", "vault:x"),
		"config.yaml:2:39: providers[0].key: this kind of reference is unknown; write ${env:NAME} or ${file:/path}")

	// Listeners.
	f("no keys", with("listen: :8080\n"),
		`config.yaml:7:9: listen: ":8080" can be reached from other machines, but there are no keys; add keys or listen on 127.0.0.1`)
	f("listen without port", with("listen: localhost\n"),
		`config.yaml:7:9: listen: "localhost" has no port; write host:port, like 127.0.0.1:8080 or :8080`)
	f("listen port", with("listen: 127.0.0.1:70000\n"),
		`config.yaml:7:9: listen: "127.0.0.1:70000" has no port from 0 to 65535; write host:port, like 127.0.0.1:8080 or :8080`)
	f("listen host", with("listen: example.com:80\n"),
		`config.yaml:7:9: listen: "example.com" is not an IP address of this machine, localhost or empty; write host:port, like 127.0.0.1:8080 or :8080`)
	f("overlap", with("listen: 127.0.0.1:9\nadmin: {listen: \"localhost:9\"}\n"),
		`config.yaml:8:17: admin.listen: "localhost:9" is taken by listen, "127.0.0.1:9"; choose another port`)
	f("open admin", with("admin: {listen: \":9\"}\n"),
		`config.yaml:7:17: admin.listen: ":9" can be reached from other machines, but the admin listener asks for no credential; listen on 127.0.0.1, or write off`)
	f("tls files", with("tls: {cert: no.pem, key: /run/key}\n"),
		`config.yaml:7:13: tls.cert: the file "/etc/no.pem" cannot be read: it does not exist`)
	f("tls content", with("tls: {cert: /run/key, key: /run/key}\n"),
		"config.yaml:7:6: tls: certificate and key do not work: failed to find any PEM data in certificate input")

	// Providers.
	f("unknown kind", swap("kind: openai", "kind: opnai"), `config.yaml:2:26: providers[0].kind: unknown kind "opnai"; did you mean "openai"?`)
	f("provider twice", with("")+"  - {name: gpt, deployments: [{provider: openai}]}\n",
		`config.yaml:7:12: routes[1].name: the name "gpt" is taken by another route; list all its deployments there`)
	f("no key", swap(`, key: "${env:PROVIDER_KEY}"`, ""),
		`config.yaml:2:5: providers[0].key: is missing; write it by reference, like "${env:PROVIDER_KEY}", or auth: none`)
	f("no url", swap("kind: openai", "kind: custom"), `config.yaml:2:5: providers[0].base_url: is missing; the kind "custom" has no usual one`)
	f("signer", swap("kind: openai", "kind: openai, auth: magic"), "config.yaml:2:40: providers[0].auth: no signer magic for [secret]")
	f("auth none", swap("kind: openai", "kind: openai, auth: none"), "config.yaml:2:40: providers[0].auth: is none, but a key is given; remove one of them")
	f("plain http", swap("kind: openai", "kind: openai, base_url: \"http://example.com\""),
		"config.yaml:2:44: warning: providers[0].base_url: the provider key would cross the network unencrypted; use https")
	f("authorities", swap("kind: openai", "kind: openai, ca_file: /run/ca.pem"),
		`config.yaml:2:43: providers[0].ca_file: the file "/run/ca.pem" holds no certificate in PEM form`)
	f("headers", swap("kind: openai", `kind: openai, headers: {X-A: b, x-a: c, Authorization: `+providerKey+`, "a b": c, D: "`+providerKey+`\n"}`),
		"config.yaml:2:57: providers[0].headers.x-a: is given twice in different spelling",
		"config.yaml:2:75: providers[0].headers.Authorization: the gateway writes this field itself; a credential belongs in key, the way to send it in auth",
		`config.yaml:2:104: providers[0].headers."a b": is not the name of a header field`,
		"config.yaml:2:110: providers[0].headers.D: the value holds a control character, or blanks at an end")
	for url, want := range map[string]string{
		"api.example.com/v1":                      "must start with https:// or http://",
		"ftp://example.com":                       "must start with https:// or http://",
		"https://":                                "has no host; write one like https://api.example.com/v1",
		"https://u:" + providerKey + "@x.com":     "must not hold a user or password; the credential belongs in key",
		"https://x.com/?key=" + providerKey:       "must not hold a query; the credential belongs in key",
		"https://x.com/#" + providerKey:           "must not hold a fragment",
		"https://x.com:0":                         "the port must be a number from 1 to 65535",
		"https://x.com:99999":                     "the port must be a number from 1 to 65535",
		"https://x.com/a/../b":                    "the path must not hold empty, . or .. segments",
		"https://x.com/a%2f..%2fb":                "the path must not hold empty, . or .. segments",
		"https://2130706433/":                     "the host is neither a name nor an IP address in its usual form",
		"https://0x7f.1/":                         "the host is neither a name nor an IP address in its usual form",
		"https://127.1/":                          "the host is neither a name nor an IP address in its usual form",
		"https://example.com./":                   "the host is neither a name nor an IP address in its usual form",
		"https://[fe80::1%25eth0]/":               "the host must not name a zone",
		"https://exa mple.com/" + providerKey:     "is not a URL; write one like https://api.example.com/v1",
		"https://b\u00fccher.example":             "is not a URL; write one like https://api.example.com/v1",
		"https://a..b/":                           "the host has an empty or too long part",
		"https://a$b/":                            "the host is not a name of letters, digits, hyphens and dots",
		"https://x.com/%zz" + providerKey:         "is not a URL; write one like https://api.example.com/v1",
		"https:example.com/" + providerKey + "/a": "has no host; write one like https://api.example.com/v1",
	} {
		f("url "+url, swap("kind: openai", `kind: openai, base_url: "`+url+`"`), "config.yaml:2:44: providers[0].base_url: "+want)
	}

	// Routes.
	f("unknown provider", swap("provider: openai", "provider: opnai"),
		`config.yaml:2:12: warning: providers[0].name: no route uses the provider "openai"`,
		`config.yaml:6:20: routes[0].deployments[0].provider: unknown provider "opnai"; did you mean "openai"?`)
	f("weights", swap("model: gpt-4o-mini", "weight: 0"),
		"config.yaml:6:7: routes[0].deployments: every weight is 0; give at least one deployment a weight above 0")
	f("deployment twice", with("      - {provider: openai, model: gpt-4o-mini}\n"),
		`config.yaml:7:9: routes[0].deployments[1]: is called "gpt/openai/gpt-4o-mini" like routes[0].deployments[0]; give one of them a name of its own with name`)
	f("pattern", swap("name: gpt", "name: gpt-*"),
		`config.yaml:4:11: routes[0].name: "gpt-*" holds a *; only the whole name * is a rule, and it matches what no other route matches`)
	f("fallbacks", with("    fallbacks: [gtp, gpt]\n"),
		`config.yaml:7:17: routes[0].fallbacks[0]: unknown route "gtp"; did you mean "gpt"?`,
		`config.yaml:7:22: routes[0].fallbacks[1]: leads in a circle: "gpt → gpt"`)
	f("fallback round a plugin", with(`    fallbacks: [b]
  - {name: b, deployments: [{provider: openai}], plugins: [guardrail.pii]}
`), `config.yaml:7:17: routes[0].fallbacks[0]: the route "b" has the plugin guardrail.pii, which a fallback from "gpt" would go round; list it there too`)
	f("circle", with(`    fallbacks: [b]
  - {name: b, deployments: [{provider: openai}], fallbacks: [c]}
  - {name: c, deployments: [{provider: openai}], fallbacks: [b]}
`), `config.yaml:9:62: routes[2].fallbacks[0]: leads in a circle: "b → c → b"`)

	// Plugins.
	f("unknown plugin", with("    plugins: [guardrail.pi, {use: guardrail.words, optional: true}]\n"),
		`config.yaml:7:15: warning: routes[0].plugins[0].use: the plugin "guardrail.pi" is not loaded; the route answers 503 until it is; did you mean "guardrail.pii"?`,
		`config.yaml:7:35: warning: routes[0].plugins[1].use: the plugin "guardrail.words" is not loaded; it is skipped until it is; known are "guardrail.pii", "guardrail.denylist"`)
	f("instance twice", with("    plugins: [guardrail.pii, guardrail.pii]\n"),
		`config.yaml:7:30: routes[0].plugins[1]: the instance "guardrail.pii" stands in this list already; give one of them a name of its own with as`)
	f("instance differs", with("    plugins: [{use: guardrail.pii, config: {a: 1}}]\nplugins: {mandatory: [guardrail.pii]}\n"),
		`config.yaml:7:15: routes[0].plugins[0]: the instance "guardrail.pii" stands elsewhere with other settings; give one of them a name of its own with as`)
	f("secret in settings", with("    plugins: [{use: guardrail.pii, config: {a: [\"${env:DEMO_KEY}\"]}}]\n"),
		"config.yaml:7:49: routes[0].plugins[0].config.a[0]: a reference stands only for what the plugin's manifest marks as a secret (writeOnly); write the value itself")

	// Keys.
	f("short key", with("keys: [{name: a, key: \"${env:SHORT}\", routes: [\"*\"]}]\n"),
		"config.yaml:7:23: keys[0].key: is too short; a key has at least 16 characters, e.g. from openssl rand -hex 24")
	f("key twice", with(`keys:
  - {name: a, key: "${env:DEMO_KEY}", routes: ["*"]}
  - {name: b, key: "${env:DEMO_KEY}", routes: [gtp]}
  - {name: a, key: "${env:PROVIDER_KEY}", routes: [gpt]}
`), "config.yaml:9:20: keys[1].key: is the same secret as that of keys[0]; each needs its own",
		`config.yaml:9:48: keys[1].routes[0]: unknown route "gtp"; did you mean "gpt"?`,
		`config.yaml:10:12: keys[2].name: the name "a" is taken by keys[0]`,
		"config.yaml:10:20: keys[2].key: is the same secret as that of providers[0]; each needs its own")
	f("key without routes", with("keys: [{name: a, key: \"${file:/run/key}\"}]\n"),
		`config.yaml:7:8: keys[0].routes: is missing; list the routes that the key may use, or ["*"] for all`)
}

func noSecrets(t *testing.T, output string) {
	t.Helper()
	if strings.Contains(output, "canary") {
		t.Errorf("a secret stands in: %s", output)
	}
}

func TestSecretsAreNeverShown(t *testing.T) {
	text := with("keys:\n  - {name: a, key: \"${env:DEMO_KEY}\", routes: [\"*\"]}\n  - {name: b, key: \"${file:secret.key}\", routes: [gpt]}\n")
	cfg, problems := Parse("/etc/config.yaml", []byte(text), env())
	if len(problems) != 0 {
		t.Fatal(lines(problems))
	}
	snap, problems := Build(cfg, known(), sign)
	if snap == nil {
		t.Fatal(lines(problems))
	}
	if got := cfg.Keys[1].Key.Reveal(); got != virtualKey+"-relative" {
		t.Fatalf("the secret file was read as %q", got)
	}
	hidden := struct{ inner Secret }{cfg.Keys[0].Key}
	for _, v := range []any{cfg, *cfg, cfg.Keys, cfg.Keys[0].Key, &cfg.Keys[0].Key, hidden, &hidden, snap, *snap} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			out := fmt.Sprintf(verb, v)
			noSecrets(t, out)
			if strings.Contains(out, fmt.Sprintf("%x", virtualKey)) {
				t.Errorf("%s shows the bytes of a secret in %T", verb, v)
			}
		}
		if out, err := json.Marshal(v); err == nil {
			noSecrets(t, string(out))
		}
	}
	if out, err := json.Marshal(cfg.Keys[0]); err != nil || !strings.Contains(string(out), `"[secret]"`) {
		t.Errorf("JSON is %s, %v", out, err)
	}
	if out := fmt.Sprint(cfg.Keys[0].Key); out != "[secret]" {
		t.Errorf("a secret prints %q", out)
	}
}

func TestExcerpt(t *testing.T) {
	_, problems := build(t, swap("provider: openai", "provider: opnai"))
	var b bytes.Buffer
	if err := Print(&b, problems[1:]); err != nil {
		t.Fatal(err)
	}
	want := `/etc/config.yaml:6:20: routes[0].deployments[0].provider: unknown provider "opnai"; did you mean "openai"?
     6 | provider: opnai
       | ^^^^^^^^^^^^^^^
`
	if b.String() != want {
		t.Errorf("got:\n%swant:\n%s", b.String(), want)
	}
}

func TestManyProblemsAreBounded(t *testing.T) {
	text := minimal + strings.Repeat("    x: y\n", 1)
	for i := range 1000 {
		text += fmt.Sprintf("wrong%d: 1\n", i)
	}
	_, problems := build(t, text)
	if n := len(problems); n != maxProblems+1 {
		t.Errorf("%d problems", n)
	}
	if last := problems[len(problems)-1].Reason; last != "only the first 200 problems are shown" {
		t.Error(last)
	}
}

// TestManyWarnings: they are bounded, keep no error out, and make no file bad.
func TestManyWarnings(t *testing.T) {
	unused := "providers:\n"
	for i := range 2 * maxProblems {
		unused += fmt.Sprintf("  - {name: p%d, kind: openai, key: \"${env:PROVIDER_KEY}\"}\n", i)
	}
	text := swap("providers:\n", unused)
	snap, problems := build(t, text)
	if n := len(problems); n != maxProblems+1 {
		t.Errorf("%d problems", n)
	}
	if last := problems[len(problems)-1]; snap == nil || Failed(problems) || last.Reason != "only the first 200 warnings are shown" {
		t.Errorf("with warnings alone: %v", last)
	}
	_, problems = build(t, text+"wrong: 1\n")
	if !slices.ContainsFunc(problems, func(p Problem) bool { return p.Path == "wrong" && !p.Warning }) {
		t.Error("the error behind the warnings is not told")
	}
}

func TestEditDistance(t *testing.T) {
	f := func(a, b string, want int) {
		t.Helper()
		if got := editDistance(a, b, 10); got != want {
			t.Errorf("editDistance(%q, %q) = %d, want %d", a, b, got, want)
		}
		if got := editDistance(b, a, 10); got != want {
			t.Errorf("editDistance(%q, %q) = %d, want %d", b, a, got, want)
		}
	}
	f("", "", 0)
	f("", "abc", 3)
	f("listen", "lisen", 1)
	f("listen", "lsiten", 1)
	f("listen", "LISTEN", 0)
	f("kitten", "sitting", 3)
	f("bücher", "bucher", 1)
	f("abcdefghijklmnop", "", 10)
}
