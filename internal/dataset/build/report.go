package build

import (
	"fmt"

	"sallyport/internal/dataset"
)

// Report says what a build did.
type Report struct {
	Sources []*SourceReport `json:"sources"`
	Checks  []*CheckReport  `json:"checks"`
	Joins   []*JoinReport   `json:"joins"`
	Seal    dataset.Seal    `json:"seal"`
}

// examples is how many single cases a report keeps of each kind.
const examples = 20

// SourceReport counts the records of one reading of a source, the header and what stands before it apart.
type SourceReport struct {
	Name       string         `json:"name"`
	Use        string         `json:"use"` // "table element", "column families", "synonyms of names"
	File       string         `json:"file"`
	Read       int            `json:"read"`
	Kept       int            `json:"kept"`
	Rejected   int            `json:"rejected"`
	Short      int            `json:"short"`      // kept with fewer cells than the header; the others count as empty
	Reasons    map[string]int `json:"reasons"`    // rejected records by reason
	Rejections []Rejection    `json:"rejections"` // the first 20
}

// Rejection is one record that was not taken. Line is where it starts, from 1; of a table of a database the
// number of the row.
type Rejection struct {
	Line   int    `json:"line"`
	Reason string `json:"reason"`
	Detail string `json:"detail,omitempty"`
}

// CheckReport counts values that something about a column was wrong with. They are kept, or not, as the
// description says.
type CheckReport struct {
	Table    string   `json:"table"`
	Column   string   `json:"column"`
	Check    string   `json:"check"` // "cas": wrong check digit; "map": the map does not have it, so it is dropped
	Failed   int      `json:"failed"`
	Examples []string `json:"examples"` // the first 20 distinct
}

// JoinReport counts the values of one join that no row of the other table has.
type JoinReport struct {
	Name     string   `json:"name"`
	Linked   int      `json:"linked"`
	Dangling int      `json:"dangling"`
	Examples []string `json:"examples"` // the first 20 distinct
}

// rejection is the error that keeps one record out and lets the build go on.
type rejection struct{ reason, detail string }

func (r *rejection) Error() string { return r.reason + ": " + r.detail }

func reject(reason, detail string, args ...any) error {
	return &rejection{reason, fmt.Sprintf(detail, args...)}
}

func (r *Report) source(name, use, file string) *SourceReport {
	s := &SourceReport{Name: name, Use: use, File: file, Reasons: map[string]int{}, Rejections: []Rejection{}}
	r.Sources = append(r.Sources, s)
	return s
}

func (s *SourceReport) reject(line int, why *rejection) {
	s.Rejected++
	s.Reasons[why.reason]++
	if len(s.Rejections) < examples {
		s.Rejections = append(s.Rejections, Rejection{line, why.reason, why.detail})
	}
}

func (r *Report) check(table, column, check, value string) {
	for _, c := range r.Checks {
		if c.Table == table && c.Column == column && c.Check == check {
			c.Failed++
			c.Examples = example(c.Examples, value)
			return
		}
	}
	r.Checks = append(r.Checks, &CheckReport{table, column, check, 1, []string{value}})
}

// example keeps value among the first distinct ones.
func example(list []string, value string) []string {
	for _, v := range list {
		if v == value {
			return list
		}
	}
	if len(list) >= examples {
		return list
	}
	return append(list, value)
}
