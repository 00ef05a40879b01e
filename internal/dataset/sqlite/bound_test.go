package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"sallyport/internal/dataset"
)

// endless never ends by itself; %s makes its rows come in different ways.
const endless = `WITH RECURSIVE "c"("n") AS (SELECT 1 UNION ALL SELECT "n" + 1 FROM "c") SELECT %s FROM "c"`

// TestDeadlineStopsTheEngine runs endless questions on the only connection of a source. Each must end with
// the deadline, leave the connection usable, and leave no work behind.
func TestDeadlineStopsTheEngine(t *testing.T) {
	d := parse(t, animals)
	s, err := Open(context.Background(), zoo(t, d, 3), d, Options{Connections: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	q := dataset.Query{Endpoint: &d.Endpoints[3], Op: dataset.OpAll, Columns: []string{"name"}, Limit: 5}
	for name, gather := range map[string]string{
		"no row":          fmt.Sprintf(endless, `count(*) AS "id", '' AS "s"`),
		"a row, then no":  fmt.Sprintf(endless, `"n" AS "id", '' AS "s"`) + ` WHERE "n" = 1 OR "n" < 0 LIMIT ?4`,
		"rows that match": fmt.Sprintf(endless, `1 AS "id", '' AS "s"`) + ` WHERE "n" % 1000000000000 = 1 LIMIT ?4`,
	} {
		t.Run(name, func(t *testing.T) {
			st := &statement{plan: dataset.Plan{Endpoint: q.Endpoint, Table: "animal", Op: q.Op}, answers: d.Table("animal"),
				gather: gather, from: `p CROSS JOIN "t_animal" m ON m."_id" = p."id"`}
			ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
			defer cancel()
			_, err := s.run(ctx, st, st.selecting(q.Columns), q.Limit, numbered("", int64(0), "", int64(q.Limit)+1, "[]", ""))
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v, want the deadline", err)
			}
			if r, err := s.Fetch(context.Background(), q); err != nil || len(r.Rows) != 3 {
				t.Errorf("afterwards the connection answers %d rows, %v", len(r.Rows), err)
			}
			const idle = 300 * time.Millisecond
			before := processorTime(t)
			time.Sleep(idle)
			if used := processorTime(t) - before; used > idle/2 {
				t.Errorf("%v of processor time in %v of doing nothing", used, idle)
			}
		})
	}
}

func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		t.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// TestBounded names all that runs without a watcher for the end of its context: what costs no more than its rows.
func TestBounded(t *testing.T) {
	text := strings.Replace(animals, "endpoints:", "          - {name: nicknames, list: true, index: [prefix], tier: FREE}\nendpoints:", 1) +
		"    - {path: /nicknames, kind: lookup, table: animal, tier: FREE, cost: 1, parameters: [{name: q, columns: [nicknames], modes: [{name: prefix}]}]}\n"
	statements, err := planned(parse(t, text))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[dataset.Op]bool{}
	for _, st := range statements {
		op := st.plan.Op
		seen[op] = true
		short := slices.Contains([]dataset.Op{dataset.OpKey, dataset.OpExact, dataset.OpPrefix, dataset.OpAll}, op) && st.plan.Allow == "" &&
			st.plan.Endpoint.Path != "/nicknames"
		if st.bounded != short {
			t.Errorf("%s %s: bounded is %v", st.plan.Endpoint.Path, op, st.bounded)
		}
		if first := strings.Contains(st.text([]string{"name"}), "AS MATERIALIZED ("); first == st.bounded {
			t.Errorf("%s %s: gathers within the first step: %v", st.plan.Endpoint.Path, op, first)
		}
	}
	if !seen[dataset.OpContains] || !seen[dataset.OpExact] {
		t.Errorf("operators %v", seen)
	}
}

// ending is a context that ends while it is used: it says so from the second time on.
type ending struct {
	context.Context
	asked int
}

func (e *ending) Err() error {
	if e.asked++; e.asked > 1 {
		return context.DeadlineExceeded
	}
	return nil
}

// TestDeadlineHoldsAround asks what is bounded before and after its deadline: neither gets an answer.
func TestDeadlineHoldsAround(t *testing.T) {
	d := parse(t, animals)
	s, err := Open(context.Background(), zoo(t, d, 3), d, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	over, cancel := context.WithTimeout(context.Background(), -1)
	defer cancel()
	q := dataset.Query{Endpoint: &d.Endpoints[0], Op: dataset.OpKey, Columns: []string{"name"}, Value: "animal 0001", Limit: 1}
	if r, err := s.Fetch(context.Background(), q); err != nil || len(r.Rows) != 1 {
		t.Fatalf("%d rows, %v", len(r.Rows), err)
	}
	for name, ctx := range map[string]context.Context{"before": over, "after": &ending{Context: context.Background()}} {
		if r, err := s.Fetch(ctx, q); !errors.Is(err, context.DeadlineExceeded) || r.Rows != nil {
			t.Errorf("%s: %d rows, %v", name, len(r.Rows), err)
		}
	}
	for name, ctx := range map[string]context.Context{"before": over, "after": &ending{Context: context.Background()}} {
		if found, err := s.Exists(ctx, "animal", "animal 0001"); !errors.Is(err, context.DeadlineExceeded) || found {
			t.Errorf("exists, %s: %v, %v", name, found, err)
		}
	}
}

// TestWaitingEndsWithTheContext asks while the only connection is taken.
func TestWaitingEndsWithTheContext(t *testing.T) {
	d := parse(t, animals)
	s, err := Open(context.Background(), zoo(t, d, 3), d, Options{Connections: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	taken := <-s.pool.free
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	if err := s.Ready(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	s.pool.free <- taken
	if err := s.Ready(context.Background()); err != nil {
		t.Error(err)
	}
}

// TestExplain shows the check statements that are as cheap as their answers, and ones that are not.
func TestExplain(t *testing.T) {
	d := parse(t, animals)
	p, err := openPool(context.Background(), zoo(t, d, 3), allLayers(), 1)
	if err != nil {
		t.Fatal(err)
	}
	defer p.close(1)
	for text, cheap := range map[string]bool{
		`SELECT * FROM "t_animal" WHERE "_id" = ?1`:                                          true,
		`SELECT * FROM "t_animal" WHERE "_key" = ?1`:                                         true,
		`SELECT * FROM "x0" WHERE "v" = ?1 ORDER BY "id"`:                                    true,
		`SELECT * FROM "t_animal" WHERE "name" = ?1`:                                         false,
		`SELECT * FROM "t_animal" WHERE "_key" LIKE ?1`:                                      false,
		`SELECT * FROM "t_animal"`:                                                           false,
		`SELECT * FROM "x0" WHERE "id" = ?1`:                                                 false,
		`SELECT * FROM "x0" WHERE "v" = ?1 ORDER BY "prev"`:                                  false,
		`SELECT "rowid" FROM "f0" x WHERE x."f0" MATCH ?1 AND "rowid" > ?2 ORDER BY "rowid"`: true,
		`SELECT "rowid" FROM "f0" x WHERE "rowid" > ?2`:                                      false,
		`SELECT "rowid" FROM "f0" x WHERE x."f0" MATCH ?1 ORDER BY rank`:                     false,
		`SELECT * FROM "t_animal" a CROSS JOIN "t_animal" p`:                                 false,
	} {
		err := p.with(context.Background(), func(c *conn) error { return explain(context.Background(), c, text) })
		if (err == nil) != cheap {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestTooLarge(t *testing.T) {
	d := parse(t, animals)
	long := strings.Repeat("long ", 2000)
	s, err := Open(context.Background(), zoo(t, d, 0, long+"a", long+"b", "c"), d, Options{MaxBytes: 15_000})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	q := dataset.Query{Endpoint: &d.Endpoints[3], Op: dataset.OpAll, Columns: []string{"name"}, Limit: 10}
	if r, err := s.Fetch(context.Background(), q); !errors.Is(err, dataset.ErrTooLarge) || r.Rows != nil {
		t.Errorf("got %d rows, %v", len(r.Rows), err)
	}
	q.Limit = 1
	if r, err := s.Fetch(context.Background(), q); err != nil || len(r.Rows) != 1 || !r.More {
		t.Errorf("one row: %d, more %v, %v", len(r.Rows), r.More, err)
	}
	s.maxBytes = 10
	if _, err := s.Values(context.Background(), "animal", "legs"); !errors.Is(err, dataset.ErrTooLarge) {
		t.Errorf("values: %v", err)
	}
}

// TestStatementsAreBounded asks for more lists of columns than are kept.
func TestStatementsAreBounded(t *testing.T) {
	p, err := openPool(context.Background(), zoo(t, parse(t, animals), 3), allLayers(), 1)
	if err != nil {
		t.Fatal(err)
	}
	defer p.close(1)
	err = p.with(context.Background(), func(c *conn) error {
		for i := range maxStatements + 10 {
			text := fmt.Sprintf("SELECT %d", i)
			if err := c.query(context.Background(), text, nil, func(driver.Rows) error { return nil }); err != nil {
				return err
			}
		}
		if n := len(c.statements); n > maxStatements {
			t.Errorf("%d statements are kept", n)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
