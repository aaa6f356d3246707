package e2e_test

import (
	"fmt"
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/tests/shop"
)

// TestRegistrations_of_one_network: when many clients of one network register at once, at two instances, as many accounts as
// REGISTROS_DIA_POR_DIRECCION are made. IPv6 counts by /64.
func TestRegistrations_of_one_network(t *testing.T) {
	t.Parallel()
	const most = 5
	for engine, instances := range map[string]int{"postgres": 2, "sqlite": 1} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			s := shop.New(t, shop.Options{
				Services: []string{"auth"}, Postgres: engine == "postgres", Instances: map[string]int{"auth": instances},
				Env: map[string]string{"TRUSTED_PROXIES": "127.0.0.1/32", "REGISTROS_DIA_POR_DIRECCION": strconv.Itoa(most)},
			})
			register := func(i int, address string) (shop.Answer, error) {
				name := fmt.Sprint("visita-", i)
				return s.Do(s.Instances("auth")[i%instances], "POST", "/register", "", shop.Object{
					"username": name, "email": name + "@tienda.example", "password": "una-frase-larga-de-la-visita",
				}, "X-Forwarded-For", address)
			}
			var mu sync.Mutex
			statuses := map[int]int{}
			var all sync.WaitGroup
			for i := range 40 {
				all.Go(func() {
					a, err := register(i, fmt.Sprintf("2001:db8:0:1::%x", i+1))
					if !assert.NoError(t, err) {
						return
					}
					mu.Lock()
					defer mu.Unlock()
					statuses[a.Status]++
				})
			}
			all.Wait()
			assert.LessOrEqual(t, statuses[201], most, statuses)
			assert.Equal(t, 40, statuses[201]+statuses[429]+statuses[503], statuses)

			// A 503 means that a password waited too long to be hashed; on a busy machine most do. Further clients register instead.
			for made, i := statuses[201], 40; made < most; i++ {
				require.Less(t, i, 100, "503 is for many at once")
				a, err := register(i, "2001:db8:0:1::1")
				require.NoError(t, err)
				if a.Status != 503 {
					require.Equal(t, 201, a.Status, string(a.Body))
					made++
				}
			}
			a, err := register(100, "2001:db8:0:1::1")
			require.NoError(t, err)
			require.Equal(t, 429, a.Status, string(a.Body))
			assert.Equal(t, "DEMASIADOS_REGISTROS", a.Text("codigo"))
			wait, err := strconv.Atoi(a.Header.Get("Retry-After"))
			require.NoError(t, err)
			assert.Greater(t, wait, 24*3600-120)
			assert.LessOrEqual(t, wait, 24*3600)

			a, err = register(101, "2001:db8:0:2::1")
			require.NoError(t, err)
			assert.Equal(t, 201, a.Status, "another network: %s", a.Body)
		})
	}
}
