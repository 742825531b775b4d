package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strings"
)

// accepted reads the list of mutants that may survive: a line with the mutant's
// key, and below it, indented, why. Empty lines and those that begin with # do not
// count.
func accepted(path string) (reasons map[string]string, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	reasons = map[string]string{}
	key := ""
	lines := bufio.NewScanner(file)
	for n := 1; lines.Scan(); n++ {
		switch line := lines.Text(); {
		case strings.TrimSpace(line) == "", line[0] == '#':
		case line[0] == '\t' && key != "":
			reasons[key] = strings.TrimSpace(reasons[key] + " " + strings.TrimSpace(line))
		case line[0] == '\t':
			return nil, fmt.Errorf("%s:%d: a reason for nothing", path, n)
		default:
			if _, twice := reasons[line]; twice {
				return nil, fmt.Errorf("%s:%d: listed twice", path, n)
			}
			key = line
			reasons[key] = ""
		}
	}
	for key, reason := range reasons {
		if reason == "" {
			err = errors.Join(err, fmt.Errorf("%s: no reason for %s", path, key))
		}
	}
	return reasons, errors.Join(err, lines.Err())
}
