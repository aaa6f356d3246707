package database_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/database"
)

func TestValues(t *testing.T) {
	t.Parallel()
	wrong := errors.New("negative")
	half := func(n *int) (float64, error) {
		if *n < 0 {
			return 0, wrong
		}
		return float64(*n) / 2, nil
	}
	values, err := database.Values([]int{3, 1, 2}, half)
	require.NoError(t, err)
	assert.Equal(t, []float64{1.5, 0.5, 1}, values)

	values, err = database.Values([]int{3, -1, 2}, half)
	require.ErrorIs(t, err, wrong)
	assert.Nil(t, values, "no part of the rows")

	values, err = database.Values(nil, half)
	require.NoError(t, err)
	assert.NotNil(t, values)
}
