package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/joho/godotenv"
)

// readDotenv reads KEY=value lines; a missing file is no error. The parser's own message quotes the rest of the file, secrets
// included, so the error names only the line number.
func readDotenv(path string) (map[string]string, error) {
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return map[string]string{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("configuration: cannot read %s: %w; mend its permissions or remove it", path, err)
	}
	text := strings.TrimPrefix(string(content), "\ufeff") // some editors of Windows put it there
	result, err := godotenv.Unmarshal(text)
	if err != nil {
		return nil, fmt.Errorf("configuration: %s, line %d: is not of the form NAME=value", path, wrongLine(text))
	}
	return result, nil
}

// wrongLine is the number of the line where parsing fails.
func wrongLine(text string) int {
	lines := strings.SplitAfter(text, "\n")
	wrong := len(lines)
	for ; wrong > 1; wrong-- {
		if _, err := godotenv.Unmarshal(strings.Join(lines[:wrong-1], "")); err == nil {
			break
		}
	}
	return wrong
}
