package main

import (
	"bytes"
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

// awsSecret is AWS's own example of a secret key.
const awsSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"

// roles returns the providers that speak a dialect of their own. tokens gives access
// tokens of Google Cloud.
func roles(tokens *tokenServer) []*providerRole {
	key := func(*stage) map[string]string { return map[string]string{"provider-key": "pk-0123456789abcdef"} }
	const useKey = `, key: "${file:provider-key}"`
	return []*providerRole{
		{
			kind: "bedrock", config: `, settings: {region: eu-north-1}` + useKey, framing: "eventstream",
			files:  func(*stage) map[string]string { return map[string]string{"provider-key": "AKIDEXAMPLE:" + awsSecret} },
			signed: func(r *http.Request, body []byte) error { return checkSigV4(r, body, awsSecret, "eu-north-1/bedrock") },
			whole:  "/model/served:1/converse", stream: "/model/served:1/converse-stream",
		},
		{
			kind: "bedrock-anthropic", like: "anthropic", config: `, settings: {region: eu-north-1}` + useKey, framing: "chunks",
			files: func(*stage) map[string]string { return map[string]string{"provider-key": "AKIDEXAMPLE:" + awsSecret} },
			signed: func(r *http.Request, body []byte) error {
				if !bytes.Contains(body, []byte(`"anthropic_version":"bedrock-2023-05-31"`)) || bytes.Contains(body, []byte(`"model":`)) || bytes.Contains(body, []byte(`"stream":`)) {
					return fmt.Errorf("the document is not as InvokeModel takes it: %s", body)
				}
				return checkSigV4(r, body, awsSecret, "eu-north-1/bedrock")
			},
			whole: "/model/served:1/invoke", stream: "/model/served:1/invoke-with-response-stream",
		},
		{
			kind: "cohere", config: useKey, files: key, framing: "sse", signed: hasField("Authorization", "Bearer pk-0123456789abcdef"),
			whole: "/v2/chat", stream: "/v2/chat",
		},
		{
			kind: "mistral", config: useKey, files: key, framing: "sse", signed: hasField("Authorization", "Bearer pk-0123456789abcdef"),
			whole: "/chat/completions", stream: "/chat/completions", overloads: true,
		},
		{
			kind: "ollama-native", files: func(*stage) map[string]string { return nil }, framing: "ndjson", signed: hasField("Authorization", ""),
			whole: "/api/chat", stream: "/api/chat",
		},
		{
			kind: "gemini", config: useKey, files: key, framing: "sse", signed: hasField("X-Goog-Api-Key", "pk-0123456789abcdef"),
			whole: "/models/served:1:generateContent", stream: "/models/served:1:streamGenerateContent",
		},
		{
			kind: "gemini", config: useKey + `, auth: "query:key"`, files: key, framing: "sse",
			signed: func(r *http.Request, _ []byte) error {
				if got := r.URL.Query().Get("key"); got != "pk-0123456789abcdef" || r.Header.Get("X-Goog-Api-Key") != "" {
					return fmt.Errorf("the query has the key %q", got)
				}
				return nil
			},
			whole: "/models/served:1:generateContent", stream: "/models/served:1:streamGenerateContent",
		},
		{
			kind: "vertex", like: "gemini", config: `, settings: {region: europe-north1, project: p1}` + useKey, framing: "sse",
			files:  func(*stage) map[string]string { return map[string]string{"provider-key": tokens.keyFile} },
			signed: hasField("Authorization", "Bearer token-of-p1"),
			whole:  "/projects/p1/locations/europe-north1/publishers/google/models/served:1:generateContent",
			stream: "/projects/p1/locations/europe-north1/publishers/google/models/served:1:streamGenerateContent",
		},
		{
			kind: "vertex-anthropic", like: "anthropic", config: `, settings: {region: europe-north1, project: p1}` + useKey, framing: "sse",
			files: func(*stage) map[string]string { return map[string]string{"provider-key": tokens.keyFile} },
			signed: func(r *http.Request, body []byte) error {
				if !bytes.Contains(body, []byte(`"anthropic_version":"vertex-2023-10-16"`)) || bytes.Contains(body, []byte(`"model":`)) {
					return fmt.Errorf("the document does not have the version in place of the model: %s", body)
				}
				return hasField("Authorization", "Bearer token-of-p1")(r, body)
			},
			whole: "/served:1:rawPredict", stream: "/served:1:streamRawPredict", overloads: true,
		},
		{
			kind: "anthropic", config: useKey, files: key, framing: "sse", signed: hasField("X-Api-Key", "pk-0123456789abcdef"),
			whole: "/v1/messages", stream: "/v1/messages", overloads: true,
		},
	}
}

// hasField wants a header field with that value, and no credential beside it: the
// client's own stays in the gateway.
func hasField(name, value string) func(*http.Request, []byte) error {
	return func(r *http.Request, _ []byte) error {
		for _, n := range []string{"Authorization", "X-Api-Key", "X-Goog-Api-Key", "Cookie"} {
			want := ""
			if n == name {
				want = value
			}
			if got := r.Header.Get(n); got != want {
				return fmt.Errorf("the field %s is %q, want %q", n, got, want)
			}
		}
		return nil
	}
}

// checkSigV4 computes the signature anew from what arrived
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
func checkSigV4(r *http.Request, body []byte, secret, scope string) error {
	auth, ok := strings.CutPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")
	given, rest, ok1 := strings.Cut(auth, ", SignedHeaders=")
	names, signature, ok2 := strings.Cut(rest, ", Signature=")
	at := r.Header.Get("X-Amz-Date")
	if !ok || !ok1 || !ok2 || len(at) != len("20060102T150405Z") {
		return errors.New("the form of Authorization or X-Amz-Date is another")
	}
	if want := at[:8] + "/" + scope + "/aws4_request"; given != want {
		return fmt.Errorf("the scope is %s, want %s", given, want)
	}
	if list := strings.Split(names, ";"); !slices.IsSorted(list) || !slices.Contains(list, "host") || !slices.Contains(list, "x-amz-date") {
		return fmt.Errorf("the signature covers %s", names)
	}
	var fields strings.Builder
	for name := range strings.SplitSeq(names, ";") {
		value := r.Header.Get(name)
		switch name {
		case "host":
			value = r.Host
		case "content-length":
			value = fmt.Sprint(r.ContentLength)
		}
		fmt.Fprintf(&fields, "%s:%s\n", name, strings.TrimSpace(value))
	}
	hash := func(b []byte) string { h := sha256.Sum256(b); return hex.EncodeToString(h[:]) }
	mac := func(key []byte, s string) []byte {
		h := hmac.New(sha256.New, key)
		h.Write([]byte(s))
		return h.Sum(nil)
	}
	sum := r.Header.Get("X-Amz-Content-Sha256")
	if sum == "" {
		sum = hash(body)
	}
	// Every service but S3 escapes the path as it travels once more.
	path := strings.ReplaceAll(strings.ReplaceAll(r.URL.EscapedPath(), "%", "%25"), ":", "%3A")
	request := strings.Join([]string{r.Method, path, r.URL.RawQuery, fields.String(), names, sum}, "\n")
	text := "AWS4-HMAC-SHA256\n" + at + "\n" + given + "\n" + hash([]byte(request))
	k := []byte("AWS4" + secret)
	for step := range strings.SplitSeq(given, "/") {
		k = mac(k, step)
	}
	if want := hex.EncodeToString(mac(k, text)); signature != want {
		return fmt.Errorf("the signature is %s, want %s, of\n%s", signature, want, request)
	}
	return nil
}

// tokenServer gives an access token for assertions that its account signed
// (RFC 7523).
type tokenServer struct {
	*httptest.Server
	keyFile string
}

func newTokenServer(t testing.TB) *tokenServer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	s := &tokenServer{Server: httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, signature, _ := cutLast(r.FormValue("assertion"), ".")
		sig, _ := base64.RawURLEncoding.DecodeString(signature)
		sum := sha256.Sum256([]byte(text))
		if err := rsa.VerifyPKCS1v15(&key.PublicKey, crypto.SHA256, sum[:], sig); err != nil {
			t.Errorf("the assertion for a token: %v", err)
			http.Error(w, "bad signature", http.StatusUnauthorized)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprint(w, `{"access_token":"token-of-p1","token_type":"Bearer","expires_in":3600}`)
	}))}
	file, err := json.Marshal(map[string]string{
		"type": "service_account", "client_email": "gateway@p1.example", "private_key_id": "kid", "token_uri": s.URL,
		"private_key": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})),
	})
	if err != nil {
		t.Fatal(err)
	}
	s.keyFile = string(file)
	return s
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}
