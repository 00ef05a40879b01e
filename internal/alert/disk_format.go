package alert

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"strconv"
	"time"
)

// The file of a queue holds the whole state: a first record with the version of the format, then one record for
// each alert that waits, each tally, budget and open group. A record is a line of JSON after its own checksum
// (CRC-32C, eight hex digits), so that one damaged line costs one record.
const (
	diskVersion    = 1
	maxDiskBytes   = 8 << 20  // of the file
	maxRecordBytes = 64 << 10 // of a line
)

// record is one line. Exactly one thing is in it.
type record struct {
	Version int          `json:"version,omitempty"`
	Target  string       `json:"target,omitempty"` // of Alert, Tally and Budget
	Alert   *Alert       `json:"alert,omitempty"`
	Since   time.Time    `json:"since,omitzero"` // when the alert was queued
	Tally   *tally       `json:"tally,omitempty"`
	Budget  *budgetState `json:"budget,omitempty"`
	Group   *group       `json:"group,omitempty"`
}

// encodeRecords returns the file of records. Those that do not fit are left out and counted.
func encodeRecords(records []record) (file []byte, unsaved int) {
	for _, r := range append([]record{{Version: diskVersion}}, records...) {
		line, err := encodeRecord(r)
		if err != nil || len(line) > maxRecordBytes || len(file)+len(line) > maxDiskBytes {
			unsaved++
			continue
		}
		file = append(file, line...)
	}
	return file, unsaved
}

func encodeRecord(r record) ([]byte, error) {
	text, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("encoding queue record: %w", err)
	}
	return withChecksum(text), nil
}

func withChecksum(text []byte) []byte {
	return fmt.Appendf(nil, "%08x %s\n", crc32.Checksum(text, castagnoli()), text)
}

// decodeRecords reads what it can and counts the lines that it cannot. The file of another version is one such
// line as a whole. An error of r is returned with what came before it.
func decodeRecords(r io.Reader) (records []record, skipped int, err error) {
	file, err := io.ReadAll(io.LimitReader(r, maxDiskBytes))
	for line := range bytes.Lines(file) {
		one, ok := decodeRecord(line)
		switch {
		case !ok:
			skipped++
		case one.Version == 0:
			records = append(records, one)
		case one.Version != diskVersion:
			return nil, 1, err
		}
	}
	if err != nil {
		return records, skipped, fmt.Errorf("reading alert queue: %w", err)
	}
	return records, skipped, nil
}

func decodeRecord(line []byte) (r record, ok bool) {
	line = bytes.TrimSuffix(line, []byte("\n"))
	digits, text, found := bytes.Cut(line, []byte(" "))
	if !found || len(line) > maxRecordBytes {
		return record{}, false
	}
	want, err := strconv.ParseUint(string(digits), 16, 32)
	if err != nil || crc32.Checksum(text, castagnoli()) != uint32(want) || json.Unmarshal(text, &r) != nil {
		return record{}, false
	}
	return r, r.sound()
}

// sound says whether a record is one that this version writes: whole, and within the bounds of memory.
func (r *record) sound() bool {
	switch {
	case r.Alert != nil:
		return r.Alert.ID != "" && r.Alert.Kind != "" && r.Alert.Count >= 0 && fits(*r.Alert)
	case r.Group != nil:
		return r.Group.Next.Kind != "" && r.Group.Untold >= 0 && r.Group.Total >= r.Group.Untold && fits(r.Group.Next)
	}
	return r.Version != 0 || r.Target != "" && (r.Tally != nil || r.Budget != nil)
}

func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }
