package javascript

import (
	"encoding/json"
	"fmt"
	"sort"
	"strings"
	"unicode/utf8"
)

// segment maps a place of the normalised code to one of the original, all from 0, columns in UTF-16 units.
type segment struct {
	column       int // in the normalised code
	line, origin int // in the original
	name         int // index into names, or -1
}

// sourceMap is a source map of version 3 for one source.
type sourceMap struct {
	lines [][]segment // by line of the normalised code
	names []string
}

func readSourceMap(text []byte) (*sourceMap, error) {
	var raw struct {
		Mappings string
		Names    []string
	}
	if err := json.Unmarshal(text, &raw); err != nil {
		return nil, fmt.Errorf("reading source map: %w", err)
	}
	m := &sourceMap{names: raw.Names}
	var state [5]int // column, source, line, column of the origin, name
	for line := range strings.SplitSeq(raw.Mappings, ";") {
		state[0] = 0
		var segments []segment
		for text := range strings.SplitSeq(line, ",") {
			n := addVLQ(text, &state)
			if n < 4 {
				continue
			}
			s := segment{column: state[0], line: state[2], origin: state[3], name: -1}
			if n == 5 {
				s.name = state[4]
			}
			segments = append(segments, s)
		}
		m.lines = append(m.lines, segments)
	}
	return m, nil
}

const base64Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

// addVLQ adds the base 64 variable-length numbers of text to state and returns how many there were.
func addVLQ(text string, state *[5]int) int {
	count, value, shift := 0, 0, 0
	for i := 0; i < len(text) && count < len(state); i++ {
		digit := strings.IndexByte(base64Digits, text[i])
		value |= digit & 31 << shift
		shift += 5
		if digit&32 != 0 {
			continue
		}
		if value&1 != 0 {
			value = -value
		}
		state[count] += value / 2
		count, value, shift = count+1, 0, 0
	}
	return count
}

// find returns the segment at or before a place, on the same line or the nearest one above, and false when
// there is none.
func (m *sourceMap) find(line, column int) (segment, bool) {
	for ; line >= 0; line-- {
		if line < len(m.lines) {
			segments := m.lines[line]
			i := sort.Search(len(segments), func(i int) bool { return segments[i].column > column })
			if i > 0 {
				return segments[i-1], true
			}
		}
		column = int(^uint(0) >> 1)
	}
	return segment{}, false
}

// lineStarts returns the offset at which each line of text begins.
func lineStarts(text string) []int {
	starts := []int{0}
	for i := range len(text) {
		if text[i] == '\n' {
			starts = append(starts, i+1)
		}
	}
	return starts
}

// lineAt returns the index of the line that holds offset.
func lineAt(starts []int, offset int) int {
	return sort.Search(len(starts), func(i int) bool { return starts[i] > offset }) - 1
}

// byteColumn turns a column in UTF-16 units into one in bytes.
func byteColumn(line string, units int) int {
	column := 0
	for units > 0 && column < len(line) {
		r, size := utf8.DecodeRuneInString(line[column:])
		units--
		if r > 0xFFFF {
			units--
		}
		column += size
	}
	return column
}
