// Package dataset describes a read-only dataset and the questions that may be asked of it.
//
// A [Description] is deny by default: a column that it does not name is not served, an operator that it
// does not name is not possible, and a tier that it does not name sees nothing.
package dataset

// Description says what a dataset is, where its rows come from and how they may be asked for. It is
// written in YAML, read by [Parse], and read-only afterwards: safe for concurrent use.
type Description struct {
	Dataset   Info           `yaml:"dataset"`
	Sources   []InputFile    `yaml:"sources"`
	Tables    []Table        `yaml:"tables"`
	Synonyms  []SynonymSet   `yaml:"synonyms"`
	Joins     []Join         `yaml:"joins"`
	Rows      map[string]int `yaml:"rows"` // rows a page by tier; an endpoint may lower or raise it
	Endpoints []Endpoint     `yaml:"endpoints"`

	Compatibility *Compatibility `yaml:"compatibility"` // nil: the shapes of this program

	file  string         // where Parse read it, for the places of mistakes
	lines map[string]int // line of each value by its path
}

// Info names the dataset in every answer and in its documentation.
type Info struct {
	Name        string `yaml:"name"`
	Version     string `yaml:"version"`
	Date        string `yaml:"date"` // ISO 8601 day on which the data was current
	Licence     string `yaml:"licence"`
	Attribution string `yaml:"attribution"`
	Disclaimer  string `yaml:"disclaimer"`
}

// InputFile is one file that rows are built from: exactly one of CSV and SQLite.
type InputFile struct {
	Name   string       `yaml:"name"`
	CSV    *CSVInput    `yaml:"csv"`
	SQLite *SQLiteInput `yaml:"sqlite"`
}

// CSVInput is an RFC 4180 file, plain or gzip, with or without a byte order mark. Lines before the header
// are skipped: the header is the first record that holds every column that a table requires from it.
// Header cells are compared in snake case: "COSING Ref No" is cosing_ref_no.
type CSVInput struct {
	File      string            `yaml:"file"`      // relative to the description's folder
	Delimiter string            `yaml:"delimiter"` // one character; "," when empty
	Null      []string          `yaml:"null"`      // cells that mean "no value", besides the empty cell
	Constants map[string]string `yaml:"constants"` // extra columns with one fixed value
}

// SQLiteInput is a table or view of an existing SQLite file; changes still in its write-ahead log count.
type SQLiteInput struct {
	File  string   `yaml:"file"`
	Table string   `yaml:"table"`
	Null  []string `yaml:"null"`
}

// Table is one set of rows with a key.
type Table struct {
	Name    string   `yaml:"name"`
	From    []string `yaml:"from"` // names of sources, read in this order
	Key     string   `yaml:"key"`  // column with one distinct value for each row
	Columns []Column `yaml:"columns"`
}

// Type is the type of a column's values in answers.
type Type string

// The types of a column.
const (
	Text    Type = "text"
	Integer Type = "integer"
	Number  Type = "number"
	Boolean Type = "boolean"
)

// Index names a way in which a column may be searched. Without one it cannot be.
type Index string

// The indexes of a column.
const (
	IndexExact   Index = "exact"   // equality on the folded value
	IndexPrefix  Index = "prefix"  // a range on the folded value, never LIKE
	IndexTrigram Index = "trigram" // contains, from three characters
)

// Column is one value, or list of values, of a row. A cell is cut by Split, then each part is matched by
// Pattern and rewritten by Replace, then translated by Map; a column that is no List keeps the first part,
// or with a Map the value that stands first in it.
type Column struct {
	Name     string    `yaml:"name"`
	From     []string  `yaml:"from"` // header names, the first that the source has is taken; Name when empty
	Lookup   *Lookup   `yaml:"lookup"`
	Template string    `yaml:"template"` // instead of From: "{annex}/{number}" joins columns declared before it, no value when one has none
	Optional bool      `yaml:"optional"` // a source without it gives no value
	Type     Type      `yaml:"type"`     // Text when empty
	List     bool      `yaml:"list"`
	Split    []string  `yaml:"split"`   // separators
	Pattern  string    `yaml:"pattern"` // RE2; every match is a part
	Replace  string    `yaml:"replace"` // template of a match, as in regexp.Expand; the whole match when empty
	Map      []Mapping `yaml:"map"`     // in order of precedence
	Default  string    `yaml:"default"` // value when nothing is left
	Check    string    `yaml:"check"`   // "cas": verify check digits; failures are counted in the build report
	Keep     string    `yaml:"keep"`    // with Check: "all" (default), or "failed" for a column of doubtful values
	Fold     Fold      `yaml:"fold"`    // how values and questions are made comparable
	Index    []Index   `yaml:"index"`
	Tier     string    `yaml:"tier"`   // lowest tier that sees it
	Hidden   bool      `yaml:"hidden"` // used for search and joins, served to nobody; exactly one of Tier and Hidden
	Summary  string    `yaml:"summary"`
}

// Mapping translates one matched part.
type Mapping struct {
	From string `yaml:"from"`
	To   string `yaml:"to"`
}

// Lookup takes a column's values from another source: the Value cells of every record whose Match cell
// equals this row's On column after folding.
type Lookup struct {
	Source string `yaml:"source"`
	Match  string `yaml:"match"`
	On     string `yaml:"on"`
	Value  string `yaml:"value"`
}

// SynonymSet gives names that mean the same row. Records with one Canonical cell form a group; a question
// for any member finds every row that carries any name of the group.
type SynonymSet struct {
	Table     string `yaml:"table"`
	Column    string `yaml:"column"` // needs IndexExact
	Source    string `yaml:"source"`
	Canonical string `yaml:"canonical"`
	Member    string `yaml:"member"`
}

// Join links each value of Table's list Column to every row of To whose On column equals it. A value
// without such a row stays, with no further fields.
type Join struct {
	Name   string `yaml:"name"`
	Table  string `yaml:"table"`
	Column string `yaml:"column"`
	To     string `yaml:"to"`
	On     string `yaml:"on"`
}

// Kind is what an endpoint does.
type Kind string

// The kinds of endpoint.
const (
	KindGet    Kind = "get"    // one row by key, or 404
	KindLookup Kind = "lookup" // exact, then synonyms, then prefix
	KindSearch Kind = "search" // contains
	KindList   Kind = "list"   // rows that carry a code, or the joined rows of one row
	KindValues Kind = "values" // the distinct values of a column, with slugs and counts
	KindStats  Kind = "stats"  // totals
)

// Endpoint is one GET route.
type Endpoint struct {
	Path       string         `yaml:"path"` // literal segments and {parameter}
	Kind       Kind           `yaml:"kind"`
	Table      string         `yaml:"table"`
	Join       string         `yaml:"join"`   // KindList: rows joined to the row that the path's key names
	Column     string         `yaml:"column"` // KindValues: whose values
	Groups     []string       `yaml:"groups"` // KindStats: columns whose values are counted
	Tier       string         `yaml:"tier"`   // lowest tier that may call it; required
	Cost       int            `yaml:"cost"`   // units of the caller's limits; at least 1
	Parameters []Parameter    `yaml:"parameters"`
	Sort       []string       `yaml:"sort"`  // KindList: columns; the key is appended to make the order total
	Rows       map[string]int `yaml:"rows"`  // rows a page by tier, instead of the description's
	Pages      map[string]int `yaml:"pages"` // pages by tier; every page for a tier that is not named
	Deprecated *Deprecation   `yaml:"deprecated"`
	Summary    string         `yaml:"summary"`
}

// Deprecation announces that an endpoint goes away. Its answers carry the headers Deprecation (RFC 9745), Sunset
// (RFC 8594) and Link; nothing else changes, also when the day has come.
type Deprecation struct {
	Since     string `yaml:"since"`     // ISO 8601 day, UTC; required
	Sunset    string `yaml:"sunset"`    // ISO 8601 day from whose beginning, UTC, nothing may answer; after Since
	Successor string `yaml:"successor"` // path, or URL of https, that takes over; {names} are those of the endpoint's path
}

// Parameter is one path or query parameter. Its value is NFC text, checked against Min, Max, Pattern and
// Enum before anything is asked.
type Parameter struct {
	Name     string   `yaml:"name"`
	Aliases  []string `yaml:"aliases"` // other names; at most one of all names may be given
	Columns  []string `yaml:"columns"` // searched for the value; several mean any of them
	Modes    []Mode   `yaml:"modes"`   // tried in order: exact (with synonyms), prefix, contains
	Picks    string   `yaml:"picks"`   // "column" or "mode": the value narrows what another parameter searches
	Required bool     `yaml:"required"`
	Min      int      `yaml:"min"` // characters after folding
	Max      int      `yaml:"max"` // characters; 200 when 0
	Pattern  string   `yaml:"pattern"`
	Enum     []Choice `yaml:"enum"`    // allowed values; those of a tier filter rows when the parameter is absent
	Default  string   `yaml:"default"` // taken when absent
	Example  string   `yaml:"example"` // value that documentation asks with
	Summary  string   `yaml:"summary"`
}

// Mode is one operator of a parameter.
type Mode struct {
	Name string `yaml:"name"` // exact, prefix or contains
	Tier string `yaml:"tier"` // lowest tier that may use it; the endpoint's when empty
	Min  int    `yaml:"min"`  // characters from which it is tried; contains: at least 3
}

// Choice is one allowed value of a parameter.
type Choice struct {
	Value   string   `yaml:"value"`
	Tier    string   `yaml:"tier"`    // lowest tier that may ask for it; the endpoint's when empty
	Columns []string `yaml:"columns"` // with Picks "column": what it searches
}
