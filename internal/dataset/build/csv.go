package build

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"unicode/utf8"

	"sallyport/internal/dataset"
)

// csvReader yields the records of one RFC 4180 file with the line that each starts in.
type csvReader struct {
	name    string
	records *csv.Reader
	record  *recordCap
	closers []io.Closer
}

// maxRecord bounds one record, in bytes: a quote that never closes, or a device, must not fill the memory.
const maxRecord = 16 << 20

// recordCap fails when one record takes more than maxRecord bytes.
type recordCap struct {
	from io.Reader
	left int64
}

func (c *recordCap) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	if c.left -= int64(n); c.left < 0 {
		return n, errors.New("a record is longer than 16 MiB; is a quote not closed?")
	}
	return n, err
}

// maxUnpacked bounds what a compressed file may grow to.
const maxUnpacked = 4 << 30

// openCSV opens a file that is plain or gzip, by its first bytes.
func openCSV(path string, in *dataset.CSVInput) (*csvReader, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	r := &csvReader{name: filepath.Base(path), closers: []io.Closer{file}}
	text := bufio.NewReaderSize(file, 1<<16)
	if head, _ := text.Peek(2); bytes.Equal(head, []byte{0x1f, 0x8b}) {
		unpacked, err := gzip.NewReader(text)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("%s: unpacking: %w", r.name, err), file.Close())
		}
		r.closers = append(r.closers, unpacked)
		text = bufio.NewReaderSize(&capped{unpacked, maxUnpacked}, 1<<16)
	}
	r.record = &recordCap{from: text, left: maxRecord}
	r.records = newCSV(bufio.NewReaderSize(r.record, 1<<16), in.Delimiter)
	return r, nil
}

// capped fails instead of ending when more than left bytes come.
type capped struct {
	from io.Reader
	left int64
}

func (c *capped) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	if c.left -= int64(n); c.left < 0 {
		return n, errors.New("the file unpacks to more than 4 GiB")
	}
	return n, err
}

// newCSV skips a byte order mark and takes the delimiter from a line such as "sep=;" among the first ones,
// which spreadsheets write and obey, else from the description.
func newCSV(text *bufio.Reader, delimiter string) *csv.Reader {
	if head, _ := text.Peek(3); string(head) == "\ufeff" {
		// Three bytes that were peeked at are there to be discarded.
		_, _ = text.Discard(3)
	}
	comma := ','
	if d, _ := utf8.DecodeRuneInString(delimiter); delimiter != "" {
		comma = d
	}
	head, _ := text.Peek(1 << 10)
	if said := regexp.MustCompile(`(?m)\A\s*"?sep=([,;|\t])"?\r?$`).FindSubmatch(head); said != nil {
		comma = rune(said[1][0])
	}
	r := csv.NewReader(text)
	r.Comma = comma
	r.FieldsPerRecord = -1
	return r
}

// next returns one record and its first line, or io.EOF.
func (r *csvReader) next() ([]string, int, error) {
	r.record.left = maxRecord
	record, err := r.records.Read()
	if err == io.EOF {
		return nil, 0, io.EOF
	}
	var bad *csv.ParseError
	if errors.As(err, &bad) {
		return nil, 0, fmt.Errorf("%s:%d: malformed CSV: %w", r.name, bad.StartLine, bad.Err)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("%s: reading: %w", r.name, err)
	}
	line, _ := r.records.FieldPos(0)
	return record, line, nil
}

func (r *csvReader) close() error {
	var errs []error
	for _, c := range r.closers {
		errs = append(errs, c.Close())
	}
	return errors.Join(errs...)
}
