package config

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// MinSecretBytes is how many bytes a secret has at least.
const MinSecretBytes = 32

// Secret is a text that prints as [redacted] everywhere: fmt with any verb, logs, JSON. Reveal returns the text.
type Secret string

const hidden = "[redacted]"

// Reveal returns the secret itself.
func (s Secret) Reveal() string { return string(s) }

// String hides the secret.
func (s Secret) String() string { return hidden }

// Format hides the secret from every verb of fmt; without it %d would print it.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(hidden)) }

// MarshalText hides the secret from encoding/json, slog and every other encoder.
func (s Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// Secret is the value to use for the variable name, which holds value.
//
// In production it must be set, have MinSecretBytes and not be a sample: a text of common words and of ownWords (Sampler). In
// development it must have as many bytes, and a missing one is generated into DataDir, for every process the same.
func (c Common) Secret(name string, value Secret, ownWords []string) (Secret, error) {
	switch {
	case c.Production():
		if reason := weakness(value, ownWords); reason != "" {
			return "", Wrong(name, reason)
		}
		return value, nil
	case value == "":
		return c.generated(name)
	}
	return value, CheckSecret(name, value)
}

// CheckSecret says what is wrong with a secret that is set. Unlike Secret, it generates none.
func CheckSecret(name string, value Secret) error {
	if value != "" && len(value) < MinSecretBytes {
		return Wrong(name, tooShort+", or unset it to have one generated")
	}
	return nil
}

// weakness is why production refuses a secret; "" if it does not.
func weakness(s Secret, ownWords []string) string {
	switch {
	case s == "":
		return "is not set, and production generates no secrets; " + howToMake
	case isSample(string(s), ownWords):
		return aSample + howToMake
	case len(s) < MinSecretBytes:
		return tooShort
	}
	return ""
}

const (
	howToMake = "set it to the output of: openssl rand -hex 32"
	aSample   = "is a sample that everybody knows; "
	tooShort  = "is too short, it must have at least 32 bytes; " + howToMake
)

var (
	samplePhrase = regexp.MustCompile(`(?i)change.?me|change.?this|replace.?me|your[-_ ]|example|placeholder|<.*>|\$\{|` +
		`c[aá]mbi(e|a|ar|ame|eme)[-_ ]|ejemplo|reempla[cz][ae]|sustituy|[ts]u[-_ ](clave|secreto)`)
	letters     = regexp.MustCompile(`[A-Za-z]+`)
	sampleWords = strings.Fields(`a the for in my this is it very super top secret secreto key clave password contrasena passwd pass pwd token
		jwt default dev development test testing prod production sample demo insecure please todo fixme none null foo bar baz
		value client admin hunter abc qwerty letmein x xxx xxxx change signing
		el la los las de del un una en para por mi tu su es y este esta muy con antes aqui valor servicio cliente secreta privada segura
		seguro larga largo cambie cambia cambiar cambiame prueba pruebas produccion desarrollo`)
)

// Sampler is a configuration with words of its examples: Load refuses a secret that is made of them.
type Sampler interface{ SampleWords() []string }

func ownWords(config any) []string {
	if c, ok := config.(Sampler); ok {
		return c.SampleWords()
	}
	return nil
}

// isSample recognizes secrets copied from an example: known phrases, texts of such words alone, few characters, repetitions,
// sequences.
func isSample(s string, ownWords []string) bool {
	if samplePhrase.MatchString(s) || monotonous(s) || repeats(s) || counts(s) {
		return true
	}
	known := slices.Concat(sampleWords, ownWords)
	words := letters.FindAllString(strings.ToLower(s), -1)
	for _, w := range words {
		if !joined(w, known) {
			return false
		}
	}
	return len(words) > 0
}

// joined reports whether s is one or more of the words, with nothing between them: "supersecretkey".
func joined(s string, words []string) bool {
	ends := make([]bool, len(s)+1) // where a word may end
	ends[0] = true
	for i := range s {
		for _, w := range words {
			if ends[i] && strings.HasPrefix(s[i:], w) {
				ends[i+len(w)] = true
			}
		}
	}
	return ends[len(s)]
}

// monotonous reports whether s has fewer than six different characters; a random one of 32 bytes has more.
func monotonous(s string) bool {
	different := map[rune]bool{}
	for _, r := range s {
		different[r] = true
	}
	return len(different) < 6
}

// repeats reports whether s repeats one block (the last may be incomplete): "aaaa", "secretsecret", "0123456701234567".
func repeats(s string) bool {
	for period := 1; period <= len(s)/2; period++ {
		if s[period:] == s[:len(s)-period] {
			return true
		}
	}
	return false
}

// counts reports whether more than half of the characters of s follow the one before, up or down by one: "0123456789abcdef…".
func counts(s string) bool {
	steps := 0
	for i := 1; i < len(s); i++ {
		if d := int(s[i]) - int(s[i-1]); d == 1 || d == -1 {
			steps++
		}
	}
	return steps > len(s)/2
}

// generated reads the secret of this name from DataDir, and makes it first when there is none.
func (c Common) generated(name string) (Secret, error) {
	path := filepath.Join(c.DataDir, strings.ToLower(name))
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err = generate(path); err == nil {
			content, err = os.ReadFile(path)
		}
	}
	if err != nil {
		return "", fmt.Errorf("configuration: %s is not set and cannot be kept in DATA_DIR: %w; "+
			"set %[1]s, or let DATA_DIR be a folder that this user may write", name, err)
	}
	secret := Secret(strings.TrimSpace(string(content)))
	if len(secret) < MinSecretBytes {
		return "", Wrong(name, fmt.Sprintf("is not set, and the one in %s is damaged; remove that file or set the variable", path))
	}
	return secret, nil
}

// generate writes a new random secret to path, unless another process was first. Other processes see a complete file
// or none: it is written under another name and then linked to its own, which fails if that exists.
func generate(path string) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	draft, err := os.CreateTemp(dir, "."+filepath.Base(path)+"-*") // O_EXCL, 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(draft.Name()) }()
	secret := make([]byte, MinSecretBytes)
	_, _ = rand.Read(secret) // never fails (crypto/rand)
	_, err = draft.WriteString(base64.RawURLEncoding.EncodeToString(secret) + "\n")
	if err = errors.Join(err, draft.Sync(), draft.Close()); err != nil {
		return err
	}
	if err := os.Link(draft.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}
