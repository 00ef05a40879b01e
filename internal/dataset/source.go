package dataset

import (
	"context"
	"errors"
)

// Errors that a [Source] wraps.
var (
	ErrUnplanned = errors.New("query is not one that the description plans")
	ErrTooLarge  = errors.New("result exceeds the byte limit")
	ErrNotSealed = errors.New("dataset is not sealed")
	ErrMismatch  = errors.New("dataset does not fit its description")
)

// Op is the operator of a [Query].
type Op string

// The operators. Each is one prepared statement of a [Source].
const (
	OpKey      Op = "key"      // the row whose key is Value
	OpExact    Op = "exact"    // folded equality
	OpSynonym  Op = "synonym"  // rows of the synonym groups that Value belongs to
	OpPrefix   Op = "prefix"   // folded range
	OpContains Op = "contains" // trigram
	OpAll      Op = "all"      // every row in order
	OpJoined   Op = "joined"   // rows joined to the row whose key is Value
)

// Query asks one question of one endpoint of the description. Everything that names a part of the schema
// comes from the description, so that a Source can refuse what was not planned; Value is data and bound.
type Query struct {
	Endpoint *Endpoint
	Op       Op
	On       []string // columns searched
	Columns  []string // columns returned, in this order
	Value    string   // folded or not: the Source folds it by the Fold of each column that it searches
	Allow    *Allow   // nil: no filter
	After    Position // zero: from the start
	Limit    int      // rows, from 1 to MaxRows
}

// Allow keeps rows whose Column has one of Values, which the Source folds. With no values it keeps nothing.
type Allow struct {
	Column string
	Values []string
}

// Position is the place of a row in the order of a query, for keyset pages. ID is the source's internal
// row number, from 1; Sort is opaque text without NUL.
type Position struct {
	Sort string
	ID   int64
}

// Row holds the values of the query's columns: nil, string, int64, float64, bool, or json.RawMessage (an
// encoded array) for lists.
type Row []any

// Result is one page.
type Result struct {
	Rows []Row
	Last Position // of the last row
	More bool     // rows follow Last

	// Alone tells of OpExact that OpSynonym would find nothing, so that it need not be asked. A source may leave it false.
	Alone bool
}

// ValueCount is one distinct value of a column.
type ValueCount struct {
	Value string `json:"value"`
	Slug  string `json:"slug"`
	Count int64  `json:"count"`
}

// Seal is what `sallyport build` wrote about a file.
type Seal struct {
	ContentHash     string           // SHA-256 of the whole file, in hex
	DescriptionHash string           // Description.LayoutHash at the build
	Rows            map[string]int64 // by table
	Version, Date   string           // of the description at the build; empty where a source does not know them
}

// Source answers the queries that a description plans over one immutable set of rows. It is safe for
// concurrent use. A cancelled context stops the engine, not only the wait.
type Source interface {
	// Fetch answers q, at most q.Limit rows, in the order of the key. OpPrefix answers in the order of the
	// first matching value and then the key, a KindList endpoint with a Sort in its order and then the key,
	// and OpJoined in the order of the list that is joined by. A row comes once, however many of its values
	// match. A query of a shape that Description.Plans does not have is ErrUnplanned.
	Fetch(ctx context.Context, q Query) (Result, error)
	// Exists says whether table has a row with that key.
	Exists(ctx context.Context, table, key string) (bool, error)
	// Values returns the distinct values of a column that an endpoint of KindValues or KindStats names.
	Values(ctx context.Context, table, column string) ([]ValueCount, error)
	// Ready reads one row.
	Ready(ctx context.Context) error
	// Seal tells what is open.
	Seal() Seal
	// Close releases the file once no Fetch is under way.
	Close() error
}
