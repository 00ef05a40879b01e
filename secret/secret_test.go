package secret_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"sallyport/secret"
)

const value = "q7Zr2mXw9LkT4vBn"

func TestSecretIsNeverPrinted(t *testing.T) {
	s := secret.New(value)
	hidden := struct{ s secret.Secret }{s}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "secret", s, "hidden", hidden, "pointer", &s)
	asJSON, err := json.Marshal(map[string]any{"s": s, "p": &s, "m": map[string]secret.Secret{"k": s}})
	if err != nil {
		t.Fatal(err)
	}
	printed := []string{log.String(), string(asJSON), s.String(), fmt.Sprint(errors.New("e"), s)}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T", "%10s", "%p"} {
		printed = append(printed, fmt.Sprintf(verb, s), fmt.Sprintf(verb, &s), fmt.Sprintf(verb, hidden),
			fmt.Sprintf(verb, &hidden), fmt.Sprintf(verb, []secret.Secret{s}))
	}
	asHex := fmt.Sprintf("%x", value)
	for _, p := range printed {
		if strings.Contains(p, value) || strings.Contains(strings.ToLower(p), asHex) {
			t.Errorf("secret printed: %s", p)
		}
	}
}

func TestValidateRefusesWhatIsNoSecret(t *testing.T) {
	for _, tt := range []struct{ value, reason string }{
		{"", "missing"},
		{"   \t  ", "blank"},
		{"                    ", "blank"},
		{" " + value, "white space"},
		{value + "\n", "white space"},
		{value[:8] + "\x00" + value[8:], "control"},
		{value[:15], "15 bytes long"},
		{"changeme", "8 bytes long"},
		{"changeme-changeme-1", "placeholder"},
		{"CHANGE_ME_IN_PRODUCTION", "placeholder"},
		{"your-secret-here-please", "placeholder"},
		{"<your proxy secret>", "placeholder"},
		{"${RAPIDAPI_PROXY_SECRET}", "placeholder"},
		{"{{ proxy_secret_value }}", "placeholder"},
		{"xxxxxxxxxxxxxxxxxxxx", "placeholder"},
		{"abcabcabcabcabcabcabc", "placeholder"},
		{"0123456789abcdef", "placeholder"},
		{"1234567890123456", "placeholder"},
		{"----------------+-----", "placeholder"},
	} {
		err := secret.New(tt.value).Validate()
		if err == nil || !strings.Contains(err.Error(), tt.reason) {
			t.Errorf("Validate(%q) = %v, want reason %q", tt.value, err, tt.reason)
		}
		if err != nil && len(tt.value) > 8 && strings.Contains(err.Error(), tt.value) {
			t.Errorf("error repeats the value: %v", err)
		}
		if _, ok := secret.New(tt.value).Digest(); ok {
			t.Errorf("Digest(%q) is usable", tt.value)
		}
	}
	if _, ok := (secret.Secret{}).Digest(); ok {
		t.Error("the zero value has a digest")
	}
}

func TestValidateTakesRealSecrets(t *testing.T) {
	for _, v := range []string{value, "3f1c9a70-2f44-11ee-be56-0242ac120002", "correct horse battery staple"} {
		if err := secret.New(v).Validate(); err != nil {
			t.Errorf("Validate(%q) = %v", v, err)
		}
	}
}

func TestDigestComparesWholeValues(t *testing.T) {
	d, ok := secret.New(value).Digest()
	if !ok || !d.Equal(secret.DigestOf(value)) {
		t.Fatal("a secret does not equal itself")
	}
	for _, other := range []string{"", value[:15], value + "x", strings.ToLower(value)} {
		if d.Equal(secret.DigestOf(other)) {
			t.Errorf("%q equals the secret", other)
		}
	}
}
