package service

import (
	"encoding/json"
	"io"
	"log/slog"
	"time"

	"github.com/tienda-go/tienda/kit/authn"
	"github.com/tienda-go/tienda/kit/config"
	"github.com/tienda-go/tienda/kit/logging"
)

// logger is the logger of a service. It knows the shop's members that hold a secret.
func logger(w io.Writer, service string, level slog.Leveler) *slog.Logger {
	return logging.New(w, service, level, []string{"actual", "nueva", "clave_privada"})
}

var _ config.Sampler = Config{}

// SampleWords are the words of the shop's examples.
func (Config) SampleWords() []string {
	return []string{"auth", "productos", "inventario", "pedidos", "tienda", "shop"}
}

// Secret is that of config.Common, which gets the words of the shop's examples here.
func (c Config) Secret(name string, value config.Secret) (config.Secret, error) {
	return c.Common.Secret(name, value, c.SampleWords())
}

// What auth serves to the other services.
const (
	keysPath         = "/.well-known/jwks.json"
	tokenPath        = "/token"
	revocationsPath  = "/revocaciones"
	revocationsScope = "revocaciones:leer"
)

// Revocations is the list of revocations as auth writes it.
var Revocations = authn.RevocationsFormat{
	Read: func(raw []byte) (authn.RevocationList, error) {
		var r revocations
		err := json.Unmarshal(raw, &r)
		return authn.RevocationList(r), err
	},
	Write: func(list authn.RevocationList) ([]byte, error) { return json.Marshal(revocations(list)) },
}

// revocations is authn.RevocationList with auth's names.
type revocations struct {
	Sessions []string `json:"sesiones"`
	Users    []struct {
		ID    int64     `json:"id"`
		Since time.Time `json:"desde"`
	} `json:"usuarios"`
}
