package dataset

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Content is everything that a dataset is built from, whatever it is stored in.
type Content struct {
	Tables   map[string][]Record // in any order
	Synonyms [][][]string        // for each SynonymSet its groups of names
}

// Record holds the values of one row in the order of its table's columns, as text: none, one, or for a list
// any number. The text is what [Type.Parse] reads.
type Record [][]string

// Parse reads one value of the type: a string, int64, float64 or bool.
func (t Type) Parse(text string) (any, error) {
	switch t {
	case "", Text:
		return text, nil
	case Integer:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%q is not an integer", text)
		}
		return n, nil
	case Number:
		n, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsNaN(n) || math.IsInf(n, 0) {
			return nil, fmt.Errorf("%q is not a number", text)
		}
		return n, nil
	case Boolean:
		switch strings.ToLower(text) {
		case "true", "1", "yes":
			return true, nil
		case "false", "0", "no":
			return false, nil
		}
		return nil, fmt.Errorf("%q is not a boolean", text)
	}
	return nil, errors.New("unknown type " + string(t))
}

// Comparable returns the text by which a value of the column is found: the folded text, with numbers and
// booleans written in one way.
func (c *Column) Comparable(text string) string {
	value, err := c.Type.Parse(text)
	if err != nil {
		return ""
	}
	switch v := value.(type) {
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case bool:
		return strconv.FormatBool(v)
	}
	return FoldText(c.Fold, text)
}

// SortText returns text whose byte order is the order of the column's values; no value comes first.
func (c *Column) SortText(text string) string {
	value, err := c.Type.Parse(text)
	if err != nil {
		return ""
	}
	switch v := value.(type) {
	case int64:
		return fmt.Sprintf("%016x", uint64(v)^1<<63)
	case float64:
		bits := math.Float64bits(v)
		if v < 0 || math.Signbit(v) {
			return fmt.Sprintf("%016x", ^bits)
		}
		return fmt.Sprintf("%016x", bits|1<<63)
	case bool:
		return strconv.FormatBool(v)
	}
	return FoldText(c.Fold, text)
}
