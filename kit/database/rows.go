package database

// Values converts rows into the values of a domain, in their order, and returns the error of the first row that is wrong.
func Values[R, D any](rows []R, convert func(*R) (D, error)) ([]D, error) {
	values := make([]D, len(rows))
	for i := range rows {
		value, err := convert(&rows[i])
		if err != nil {
			return nil, err
		}
		values[i] = value
	}
	return values, nil
}
