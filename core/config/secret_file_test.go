package config

import "testing"

// TestKeyFile: the key file of a service account is a secret, as it is handed out;
// what only looks like one is a mistake.
func TestKeyFile(t *testing.T) {
	const account = "{\n  \"type\": \"service_account\",\n  \"private_key\": \"-----BEGIN PRIVATE KEY-----\\nAAAA\\n\"\n}"
	resolve := func(text string) (Secret, error) {
		return reference{scheme: "file", name: "account.json"}.resolve(nil, func(string) ([]byte, error) { return []byte(text), nil })
	}
	if s, err := resolve(account + "\n"); err != nil || s.Reveal() != account {
		t.Errorf("%v, %v", s, err)
	}
	for _, text := range []string{account + "x", account[:len(account)-1], "[1, 2]", "{a b}", " " + account} {
		if s, err := resolve(text); err == nil {
			t.Errorf("%q is a secret: %v", text, s)
		}
	}
}
