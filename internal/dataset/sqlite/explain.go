package sqlite

import (
	"context"
	"fmt"
	"regexp"
	"strings"
)

// indexed asks the engine how it runs every planned statement and refuses one that reads a whole table.
func (s *Source) indexed(ctx context.Context, c *conn) error {
	for _, st := range s.statements {
		var columns []string
		for _, column := range st.answers.Columns {
			columns = append(columns, column.Name)
		}
		if err := explain(ctx, c, st.text(columns)); err != nil {
			return mismatch("endpoint %s, operator %s: %v", st.plan.Endpoint.Path, st.plan.Op, err)
		}
	}
	return nil
}

// explain fails when the statement's plan has a step that costs more than what it yields: a scan of anything
// but the page that was gathered, the list of allowed values or the matches of a trigram question in the
// order of their row numbers (64 in the engine's words), or a sort.
func explain(ctx context.Context, c *conn, text string) error {
	rows, err := c.QueryContext(ctx, "EXPLAIN QUERY PLAN "+text, make([]any, 6)...)
	if err != nil {
		return err
	}
	defer rows.Close()
	cheap := regexp.MustCompile(`^SCAN (p|a VIRTUAL TABLE INDEX 1:|x VIRTUAL TABLE INDEX 64:M\d+>?)$`)
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			return err
		}
		if strings.HasPrefix(detail, "SCAN ") && !cheap.MatchString(detail) || strings.Contains(detail, "TEMP B-TREE") {
			return fmt.Errorf("the engine would not use an index: %s", detail)
		}
	}
	return rows.Err()
}
