package serve

import (
	"sallyport/internal/dataset"
	"sallyport/problem"
)

// endpoint is one path, compiled.
type endpoint struct {
	spec     *dataset.Endpoint
	inputs   []input
	unknown  error          // for parameters that it does not take
	key      int            // input that names a row by its key, or -1
	searched int            // input with modes, or -1
	filters  []int          // other inputs that have columns
	field    int            // input that picks columns, or -1
	mode     int            // input that picks an operator, or -1
	limit    int            // input "limit" where there are pages, or -1
	cursor   int            // input "cursor" where there are pages, or -1
	number   int            // input with the number of a page, or -1
	target   target         // what the searched input searches when nothing picks
	attempts []attempt      // in their order
	ranks    []*rank        // by tier; nil where the tier may not call
	missing  *problem.Error // when the key has no row
	entries  [][]byte       // KindValues: encoded
	refused  error          // for tiers below the endpoint's
	table    *dataset.Table
	shape    *shape
}

// target is a set of columns that are searched together.
type target struct {
	on       []string
	compare  comparison
	synonyms bool
}

// attempt is one operator that a search may use.
type attempt struct {
	op    dataset.Op
	name  string // in meta.match and for an input that picks it
	min   int    // folded characters from which it is tried
	rank  int    // lowest that may use it
	above error  // for ranks below
	short error  // for shorter questions
}

// rank is what one tier gets from an endpoint.
type rank struct {
	index   int
	tier    string
	columns []string   // that are returned
	members []string   // their names as JSON members: `"name":`
	empty   []string   // what stands for no value, where that is written
	key     int        // place of the table's key among columns, or -1
	rows    int        // a page
	pages   int        // 0 is every page
	deeper  error      // for pages after the last
	allowed [][]string // by input: the values that filter rows when it is absent; nil is no filter
	more    string     // meta of a last page that is not the end: `,"more_rows_in":"PRO"`
	head    string     // `,"meta":{"tier":"BASIC"`
	tail    string     // rest of meta, to the end of the answer
	whole   []byte     // KindStats: the answer
}
