package e2e_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/tests/launcher"
	"github.com/tienda-go/tienda/tests/shop"
)

// TestForgottenPassword: the operator gives the administrator another password while the shop runs.
func TestForgottenPassword(t *testing.T) {
	t.Parallel()
	shop.Each(t, func(t *testing.T, s *shop.Shop) {
		before := s.Admin()
		output, code := s.Command("auth", "", "password", "reset", "nadie")
		assert.Equal(t, 1, code, output)
		for range 20 { // the account is locked at this address
			s.Call("auth", "POST", "/login", "", shop.Object{"username": shop.AdminUsername, "password": "no es la suya"})
		}
		output, code = s.Command("auth", "", "password", "reset", shop.AdminUsername)
		require.Zero(t, code, output)
		password := regexp.MustCompile(`is now: (\S+)`).FindStringSubmatch(output)
		require.NotNil(t, password, output)
		assert.Equal(t, 401, s.Call("auth", "POST", "/login", "",
			shop.Object{"username": shop.AdminUsername, "password": shop.AdminPassword}).Status)
		s.Login(shop.AdminUsername, password[1])
		assert.Equal(t, 401, s.Call("auth", "GET", "/me", before, nil).Status, "every session has ended")
		assert.NotContains(t, s.Output("auth"), password[1])

		s.Kill("auth")
		s.Start("auth")
		assert.Contains(t, s.Output("auth"), "ADMIN_PASSWORD is not the password of ADMIN_USERNAME")
	})
}

// TestLostSecretKey: auth's error says what to do, and the shop works after it; every service refuses the old tokens.
func TestLostSecretKey(t *testing.T) {
	t.Parallel()
	shop.Each(t, func(t *testing.T, s *shop.Shop) {
		product, before := s.Product(10), s.Customer()
		order := shop.Object{"producto_id": product, "cantidad": 1}
		s.Must(201, "pedidos", "POST", "/pedidos", before, order)
		s.Kill("auth")
		found, err := filepath.Glob(filepath.Join(s.Dir(), "*secret_key*"))
		require.NoError(t, err)
		require.Len(t, found, 1)
		require.NoError(t, os.Remove(found[0]))

		output, code := s.Command("auth", "")
		require.Equal(t, 1, code)
		require.Contains(t, output, "`auth keys reset`")
		output, code = s.Command("auth", "no\n", "keys", "reset")
		require.Equal(t, 1, code, output)
		output, code = s.Command("auth", "yes\n", "keys", "reset")
		require.Zero(t, code, output)
		s.Start("auth")
		start := time.Now()
		s.Eventually("tokens of before are refused", func() bool {
			for service, path := range map[string]string{"auth": "/me", "inventario": "/inventario/1", "pedidos": "/pedidos"} {
				if s.Call(service, "GET", path, before, nil).Status != 401 {
					return false
				}
			}
			return true
		})
		assert.Less(t, time.Since(start), time.Minute)
		t.Logf("tokens of before were refused everywhere after %s", time.Since(start).Round(time.Second))
		after := s.Customer()
		s.Eventually("orders are placed again",
			func() bool { return s.Call("pedidos", "POST", "/pedidos", after, order).Status == 201 })
		assert.Less(t, time.Since(start), time.Minute)
		for _, service := range launcher.Names() {
			assert.NotContains(t, s.Output(service), `"status":500`, service)
		}
	})
}

// TestHelp: each program lists its commands.
func TestHelp(t *testing.T) {
	t.Parallel()
	s := shop.New(t, shop.Options{})
	for _, service := range launcher.Names() {
		for _, help := range []string{"help", "--help", "-h"} {
			output, code := s.Command(service, "", help)
			assert.Zero(t, code, service)
			assert.Contains(t, output, service+" openapi")
		}
		output, code := s.Command(service, "", "ayuda")
		assert.Equal(t, 2, code, service)
		assert.Contains(t, output, service+" openapi")
	}
}
