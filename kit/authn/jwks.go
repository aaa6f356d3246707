package authn

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/tienda-go/tienda/kit/logging"
)

// parseJWKS reads the Ed25519 signing keys of a set (RFC 8037) and skips others (RFC 7517). A set without any is an error.
func parseJWKS(raw []byte) (map[string]ed25519.PublicKey, error) {
	var set struct {
		Keys []struct {
			Kty, Crv, Use, Alg, Kid, X string
		} `json:"keys"`
	}
	if err := json.Unmarshal(raw, &set); err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	keys := map[string]ed25519.PublicKey{}
	for _, k := range set.Keys {
		x, err := base64.RawURLEncoding.DecodeString(k.X)
		if k.Kty != "OKP" || k.Crv != "Ed25519" || (k.Use != "" && k.Use != "sig") ||
			(k.Alg != "" && k.Alg != "EdDSA") || k.Kid == "" ||
			err != nil || len(x) != ed25519.PublicKeySize {
			continue
		}
		keys[k.Kid] = x
	}
	if len(keys) == 0 {
		return nil, errors.New("keys: the set has no Ed25519 key")
	}
	return keys, nil
}

// newUnkept is what keepFile says about the file.
func newUnkept(log *slog.Logger, path string) *logging.Outage {
	return &logging.Outage{
		Log: log.With("file", path), Fails: "auth's answer not kept for the next start",
		Works: "auth's answer is kept again for the next start",
	}
}

// keepFile writes what auth answered to the cache file, if there is one. Without it, the next start only has to wait for auth.
// Each poll writes, so a full disk is said once.
func keepFile(unkept *logging.Outage, path string, raw []byte) (kept bool) {
	if path == "" {
		return false
	}
	err := replaceFile(path, raw)
	unkept.Saw(context.Background(), err)
	return err == nil
}

// replaceFile writes a file that only this user may read, completely or not at all.
func replaceFile(path string, raw []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = tmp.Write(raw)
	if err := errors.Join(err, tmp.Close()); err != nil {
		return errors.Join(err, os.Remove(tmp.Name()))
	}
	return os.Rename(tmp.Name(), path)
}
