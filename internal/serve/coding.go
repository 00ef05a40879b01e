package serve

import (
	"net/http"
	"strings"

	"sallyport/problem"
)

// coding is a content coding, RFC 9110 section 8.4.1.
type coding uint8

const (
	identity coding = iota
	gzip            // RFC 1952
	zstd            // RFC 8878
	codings         // how many there are
)

// compressFrom is the length of the shortest body that is compressed where the client leaves the choice: below
// it the answer is one packet with and without.
const compressFrom = 1400

// maxCodings bounds an Accept-Encoding that is looked at, in bytes.
const maxCodings = 1024

var errCoding error = problem.New(http.StatusNotAcceptable, "none of the content codings that are accepted is spoken here: identity, gzip, zstd")

// accepted is the coding that a client prefers, for bodies that are worth compressing and for others.
type accepted struct{ large, small coding }

// of returns the coding of a body of n bytes.
func (a accepted) of(n int) coding {
	if n >= compressFrom {
		return a.large
	}
	return a.small
}

// accept reads Accept-Encoding, RFC 9110 section 12.5.3. A field that is malformed, or names a coding twice, asks
// for nothing: the body is sent as it is. It fails when not even that is accepted.
func accept(lines []string) (accepted, error) {
	if len(lines) == 0 {
		return accepted{}, nil
	}
	field := lines[0]
	if len(lines) > 1 {
		field = strings.Join(lines, ",")
	}
	w, ok := readWeights(field)
	if !ok {
		return accepted{}, nil
	}
	return w.choose()
}

// weights are the quality values of a field in thousandths, and unset where it does not name a coding.
type weights struct {
	of  [codings]int
	any int // of "*"
}

const unset = -1

func readWeights(field string) (weights, bool) {
	w := weights{of: [codings]int{unset, unset, unset}, any: unset}
	if len(field) > maxCodings {
		return w, false
	}
	for element := range strings.SplitSeq(field, ",") {
		element = strings.Trim(element, " \t")
		if element == "" {
			continue
		}
		name, parameters, weighted := strings.Cut(element, ";")
		weight := 1000
		if weighted {
			weight = readWeight(parameters)
		}
		if weight < 0 || !w.set(strings.TrimRight(name, " \t"), weight) {
			return w, false
		}
	}
	return w, true
}

// set notes the weight of a coding, once.
func (w *weights) set(name string, weight int) bool {
	place := &w.any
	switch {
	case name == "*":
	case strings.EqualFold(name, "gzip"), strings.EqualFold(name, "x-gzip"):
		place = &w.of[gzip]
	case strings.EqualFold(name, "zstd"):
		place = &w.of[zstd]
	case strings.EqualFold(name, "identity"):
		place = &w.of[identity]
	default:
		return isToken(name)
	}
	if *place != unset {
		return false
	}
	*place = weight
	return true
}

// choose prefers what weighs most, and of the same weight zstd to gzip to nothing.
func (w *weights) choose() (accepted, error) {
	for c := range w.of {
		switch {
		case w.of[c] != unset:
		case w.any != unset:
			w.of[c] = w.any
		case coding(c) != identity:
			w.of[c] = 0
		}
	}
	best := gzip
	if w.of[zstd] >= w.of[gzip] {
		best = zstd
	}
	plain := w.of[identity] // acceptable where nothing is said, after all that is named
	switch {
	case w.of[best] <= 0 && plain == 0:
		return accepted{}, errCoding
	case w.of[best] <= 0 || plain > w.of[best]:
		return accepted{}, nil
	case plain == 0:
		return accepted{best, best}, nil
	}
	return accepted{large: best, small: identity}, nil
}

// readWeight reads "q=0.5" in thousandths, or returns a negative number.
func readWeight(text string) int {
	text = strings.Trim(text, " \t")
	if len(text) < 3 || len(text) > len("q=0.000") || text[0]|0x20 != 'q' || text[1] != '=' {
		return unset
	}
	whole, digits := text[2], text[3:]
	if whole != '0' && whole != '1' || digits != "" && digits[0] != '.' {
		return unset
	}
	weight, unit := int(whole-'0')*1000, 100
	for i := 1; i < len(digits); i++ {
		d := digits[i]
		if d < '0' || d > '9' {
			return unset
		}
		weight += int(d-'0') * unit
		unit /= 10
	}
	if weight > 1000 {
		return unset
	}
	return weight
}

// isToken says whether name is a token of RFC 9110 section 5.6.2.
func isToken(name string) bool {
	for i := range len(name) {
		c := name[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0 {
			continue
		}
		return false
	}
	return name != ""
}
