package config_test

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/config"
)

func TestSecret_never_prints(t *testing.T) {
	t.Parallel()
	type holder struct{ S config.Secret }
	var out bytes.Buffer
	for _, verb := range []string{"%s", "%v", "%+v", "%#v", "%q", "%x", "%X", "%d", "%T %v"} {
		fmt.Fprintf(&out, verb+"\n", strong, strong)
		fmt.Fprintf(&out, verb+"\n", holder{strong}, &holder{strong})
	}
	text, err := json.Marshal(map[string]any{"a": strong, "b": holder{strong}})
	require.NoError(t, err)
	out.Write(text)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "a", strong, "b", holder{strong})
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "a", strong, "b", holder{strong})
	out.WriteString(strong.String())

	assert.NotContains(t, out.String(), strong.Reveal())
	assert.NotContains(t, out.String(), hex.EncodeToString([]byte(strong)))
	assert.Equal(t, "q3Jc0m2ZVt8rWnLk5yHhBdXs1uEfGa7PoIvTzNx4KwM", strong.Reveal())
}

func TestCommon_Secret_production(t *testing.T) {
	t.Parallel()
	c := config.Common{AppEnv: config.Production, DataDir: filepath.Join(t.TempDir(), "data")}
	for _, bad := range []string{
		"", "short", "changeme", "secret", "password", strings.Repeat("x", 64), strings.Repeat("secret", 10),
		"your-secret-key-goes-here-0123456789", "change-me-in-production-0123456789abcdef", "0123456789abcdef0123456789abcdef",
		"abcdefghijklmnopqrstuvwxyz0123456789", "super-secret-key-for-production-0", "<32 random bytes as base64, please!!>",
		"cambie-este-secreto-de-pedidos-antes-de-produccion", "Cámbiame_por-9f8g7h6j5k4l3m2n1b0v9c8x7z",
		"su-clave-9f8g7h6j5k4l3m2n1b0v9c8x7z-4", "thisisaverysecretkeyforjwtsigning123", "una-clave-secreta-muy-larga-y-segura-1",
		"este-secreto-es-de-prueba-0123456789", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", "12121212121212121212121212121213",
		"EJEMPLO-9f8g7h6j5k4l3m2n1b0v9c8x7z", "my_super_secret_jwt_key_1234567890", "${SECRET_KEY_FROM_SOMEWHERE_ELSE_1}",
		"EXAMPLE-9f8g7h6j5k4l3m2n1b0v9c8x7z",
	} {
		t.Run(bad, func(t *testing.T) {
			t.Parallel()
			got, err := c.Secret("SECRET_KEY", config.Secret(bad), nil)
			require.ErrorContains(t, err, "SECRET_KEY is")
			assert.Empty(t, got)
			if len(bad) > 8 {
				assert.NotContains(t, err.Error(), bad)
			}
		})
	}
	got, err := c.Secret("SECRET_KEY", strong, nil)
	require.NoError(t, err)
	assert.Equal(t, strong, got)
	assert.NoDirExists(t, c.DataDir, "production generates nothing")

	t.Run("random_secrets_pass", func(t *testing.T) {
		t.Parallel()
		for range 20_000 {
			raw := make([]byte, 24)
			_, _ = rand.Read(raw)
			for _, s := range []string{base64.StdEncoding.EncodeToString(raw), hex.EncodeToString(raw)} {
				_, err := c.Secret("SECRET_KEY", config.Secret(s), nil)
				require.NoError(t, err, s)
			}
		}
	})
}

func TestCommon_Secret_development(t *testing.T) {
	t.Parallel()
	t.Run("given", func(t *testing.T) {
		t.Parallel()
		c := config.Common{DataDir: t.TempDir()}
		got, err := c.Secret("SECRET_KEY", "changeme-but-long-enough-for-development", nil)
		require.NoError(t, err)
		assert.EqualValues(t, "changeme-but-long-enough-for-development", got)
		_, err = c.Secret("SECRET_KEY", "short", nil)
		require.ErrorContains(t, err, "SECRET_KEY is too short, it must have at least 32 bytes")
	})
	t.Run("generated_once_and_kept_for_its_owner_alone", func(t *testing.T) {
		t.Parallel()
		c := config.Common{DataDir: filepath.Join(t.TempDir(), "a", "data")}
		first, err := c.Secret("SECRET_KEY", "", nil)
		require.NoError(t, err)
		raw, err := base64.RawURLEncoding.DecodeString(first.Reveal())
		require.NoError(t, err)
		assert.Len(t, raw, 32)
		again, err := c.Secret("SECRET_KEY", "", nil)
		require.NoError(t, err)
		assert.Equal(t, first, again)
		other, err := c.Secret("OTHER_SECRET", "", nil)
		require.NoError(t, err)
		assert.NotEqual(t, first, other)

		mode := func(path string) os.FileMode {
			info, err := os.Stat(path)
			require.NoError(t, err)
			return info.Mode().Perm()
		}
		assert.Equal(t, os.FileMode(0o600), mode(filepath.Join(c.DataDir, "secret_key")))
		assert.Equal(t, os.FileMode(0o700), mode(c.DataDir))
		files, err := os.ReadDir(c.DataDir)
		require.NoError(t, err)
		assert.Len(t, files, 2, "drafts are removed")
	})
	t.Run("all_who_start_at_once_agree", func(t *testing.T) {
		t.Parallel()
		c := config.Common{DataDir: filepath.Join(t.TempDir(), "data")}
		got := make([]config.Secret, 50)
		var all sync.WaitGroup
		for i := range got {
			all.Go(func() { got[i], _ = c.Secret("SECRET_KEY", "", nil) })
		}
		all.Wait()
		for _, s := range got {
			require.NotEmpty(t, s)
			require.Equal(t, got[0], s)
		}
	})
	t.Run("a_damaged_file_is_reported_not_replaced", func(t *testing.T) {
		t.Parallel()
		c := config.Common{DataDir: t.TempDir()}
		path := filepath.Join(c.DataDir, "secret_key")
		require.NoError(t, os.WriteFile(path, []byte("half"), 0o600))
		_, err := c.Secret("SECRET_KEY", "", nil)
		require.ErrorContains(t, err, "SECRET_KEY is not set, and the one in "+path+" is damaged")
	})
	t.Run("a_directory_that_cannot_be_made_is_reported", func(t *testing.T) {
		t.Parallel()
		file := filepath.Join(t.TempDir(), "file")
		require.NoError(t, os.WriteFile(file, nil, 0o600))
		_, err := config.Common{DataDir: file}.Secret("SECRET_KEY", "", nil)
		require.ErrorContains(t, err, "SECRET_KEY is not set and cannot be kept in DATA_DIR")
		require.ErrorContains(t, err, "set SECRET_KEY, or let DATA_DIR be a folder")
	})
}

func TestCommon_CheckDataDir(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "a", "data")
	require.NoError(t, config.Common{DataDir: dir}.CheckDataDir())
	assert.NoDirExists(t, filepath.Dir(dir), "it is only asked about")
	require.NoError(t, os.MkdirAll(dir, 0o700))
	require.NoError(t, config.Common{DataDir: dir}.CheckDataDir())
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Empty(t, left)

	file := filepath.Join(dir, "file-CANARIO")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	for _, bad := range []string{file, filepath.Join(file, "x"), "/proc/CANARIO"} {
		err := config.Common{DataDir: bad}.CheckDataDir()
		require.ErrorContains(t, err, "DATA_DIR cannot be written", bad)
		require.ErrorContains(t, err, "choose a folder")
		assert.NotContains(t, err.Error(), "CANARIO")
	}
}
