package dbtest_test

import (
	"bufio"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/dbtest"
)

const asChild = "DBTEST_CHILD"

// A test process that ends by a panic, a timeout or kill -9 leaves neither a server nor a folder behind.
func TestCluster_vanishes_with_its_process(t *testing.T) {
	t.Parallel()
	if os.Getenv(asChild) != "" {
		fmt.Printf("\nURL %s\n", dbtest.StartCluster(t).URL())
		select {} // until it is killed
	}
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestCluster_vanishes_with_its_process$")
	child.Env = append(os.Environ(), asChild+"=1")
	out, err := child.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())
	defer func() { _ = child.Process.Kill() }()
	var url string
	for lines := bufio.NewScanner(out); url == "" && lines.Scan(); {
		if strings.Contains(lines.Text(), "SKIP") {
			t.Skip("no PostgreSQL")
		}
		url, _ = strings.CutPrefix(lines.Text(), "URL ")
		if !strings.HasPrefix(url, "postgres://") {
			url = ""
		}
	}
	require.NotEmpty(t, url)

	db, err := sql.Open("pgx", url)
	require.NoError(t, err)
	defer db.Close()
	var folder string
	require.NoError(t, db.QueryRowContext(t.Context(), "SHOW data_directory").Scan(&folder))
	require.DirExists(t, folder)
	require.NoError(t, child.Process.Kill())
	_ = child.Wait()
	assert.Eventually(t, func() bool { return db.PingContext(t.Context()) != nil }, 10*time.Second, 20*time.Millisecond,
		"the server is gone")
	assert.Eventually(t, func() bool { _, err := os.Stat(folder); return os.IsNotExist(err) }, 10*time.Second, 20*time.Millisecond,
		"the folder is gone")
}

// A test process that is killed while initdb or pg_ctl still writes leaves nothing behind either.
func TestCluster_vanishes_half_made(t *testing.T) {
	t.Parallel()
	folder, err := os.MkdirTemp("", "dbtest-") // not t.TempDir(): the server's account could not enter that
	require.NoError(t, err)
	defer os.RemoveAll(folder)
	require.NoError(t, os.Chmod(folder, 0o777|os.ModeSticky)) // like /tmp
	for _, delay := range []int{100, 300, 600, 1000} {
		child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestCluster_vanishes_with_its_process$")
		child.Env = append(os.Environ(), asChild+"=1", "TMPDIR="+folder)
		require.NoError(t, child.Start())
		time.Sleep(time.Duration(delay) * time.Millisecond)
		require.NoError(t, child.Process.Kill())
		_ = child.Wait()
	}
	time.Sleep(time.Second) // so that initdb and pg_ctl, if they still run, can write
	assert.Eventually(t, func() bool {
		left, err := os.ReadDir(folder)
		return err == nil && len(left) == 0
	}, 20*time.Second, 100*time.Millisecond, "something is left")
}
