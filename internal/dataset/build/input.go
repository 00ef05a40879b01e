package build

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"sallyport/internal/dataset"
)

// reader yields records of text; the first ones may stand before the header.
type reader interface {
	next() (record []string, line int, err error) // io.EOF at the end
	where(line int) string                        // for messages
	close() error
}

func (r *csvReader) where(line int) string {
	if line == 0 {
		return r.name
	}
	return fmt.Sprintf("%s:%d", r.name, line)
}

// input is one source whose header is known.
type input struct {
	reader
	header
	nulls     []string
	constants []string // values in the order of their names
	report    *SourceReport
}

// open opens a source for one use and finds its header by the columns in needs.
func (b *builder) open(ctx context.Context, in *dataset.InputFile, use string, needs [][]string) (*input, error) {
	path := b.path(in)
	report := b.report.source(in.Name, use, path)
	result := &input{report: report}
	var err error
	var constants map[string]string
	if in.CSV != nil {
		constants, result.nulls = in.CSV.Constants, in.CSV.Null
		result.reader, err = openCSV(path, in.CSV)
	} else {
		result.nulls = in.SQLite.Null
		result.reader, err = openSQLite(ctx, path, in.SQLite)
	}
	if err != nil {
		return nil, fmt.Errorf("source %s: %w", in.Name, err)
	}
	for _, name := range slices.Sorted(maps.Keys(constants)) {
		result.constants = append(result.constants, constants[name])
	}
	if result.header, err = findHeader(result.reader, needs, constants); err != nil {
		return nil, errors.Join(fmt.Errorf("source %s: %w", in.Name, err), result.close())
	}
	return result, nil
}

// each hands every sound record to use, with trimmed NFC cells and "" for null values. What use returns as
// a rejection is counted; any other error ends the reading.
func (b *builder) each(ctx context.Context, in *input, use func(record []string, line int) error) error {
	for {
		record, line, err := in.next()
		if err == io.EOF {
			b.progress(in.report)
			return nil
		}
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		if in.report.Read++; in.report.Read%1000 == 0 {
			b.progress(in.report)
		}
		if record, err = in.clean(record); err == nil {
			err = use(append(record, in.constants...), line)
		}
		var refused *rejection
		if errors.As(err, &refused) {
			in.report.reject(line, refused)
			continue
		}
		if err != nil {
			return err
		}
		in.report.Kept++
	}
}

// clean brings a record to the width of the header and its cells to one form. Official files have records
// that end early, so only the cells that are needed must be there.
func (in *input) clean(record []string) ([]string, error) {
	cells := make([]string, in.cells)
	empty := true
	for i, text := range record {
		if !utf8.ValidString(text) {
			return nil, reject("invalid UTF-8", "cell %d", i+1)
		}
		if strings.ContainsRune(text, 0) {
			return nil, reject("NUL character", "cell %d", i+1)
		}
		text = strings.TrimSpace(norm.NFC.String(text))
		empty = empty && text == ""
		if i >= in.cells {
			if text != "" {
				return nil, reject("more cells than the header", "%d instead of %d", len(record), in.cells)
			}
			continue
		}
		if !slices.Contains(in.nulls, text) {
			cells[i] = text
		}
	}
	if empty {
		return nil, reject("no cell is filled", "")
	}
	if len(record) < in.cells {
		if len(record) < in.needed {
			return nil, reject("fewer cells than are needed", "%d instead of %d", len(record), in.cells)
		}
		in.report.Short++
	}
	return cells, nil
}
