package build

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sallyport/internal/dataset"
)

// FuzzCSV reads any bytes as a source. Whatever they are, reading ends, a record is whole, and lines only
// go on; what was written as CSV comes back.
func FuzzCSV(f *testing.F) {
	for _, seed := range []string{
		"a,b\n1,2\n", "\ufeffa,b\r\n1,\"x\ny\"\r\n", "sep=;\na;b\n1;2\n", "\"sep=,\"\n\nTitle\na,b\n", "a,b\n\"", "a,b\n1,2,3\n1\n\n",
		"\x1f\x8b", "a,a\n", "\x00,\xff\n", "b,a\n\"\"\"\",\"\"\n", "a\tb\n", "\"a\"\"b\",b\n",
	} {
		f.Add([]byte(seed), ",")
	}
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = w.Write([]byte("a,b\n1,2\n"))
	_ = w.Close()
	f.Add(packed.Bytes(), ";")
	path := filepath.Join(f.TempDir(), "any.csv")
	f.Fuzz(func(t *testing.T, data []byte, delimiter string) {
		if !slices.Contains([]string{"", ",", ";", "\t", "|"}, delimiter) {
			delimiter = ","
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		readAny(t, path, delimiter)
		written(t, data)
	})
}

func readAny(t *testing.T, path, delimiter string) {
	r, err := openCSV(path, &dataset.CSVInput{Delimiter: delimiter})
	if err != nil {
		return
	}
	defer r.close()
	h, err := findHeader(r, [][]string{{"a", "x"}, {"b"}}, map[string]string{"constant": "1"})
	if err != nil {
		return
	}
	in := &input{reader: r, header: h, report: &SourceReport{Reasons: map[string]int{}}}
	for last := 0; ; {
		record, line, err := in.next()
		if err != nil {
			return
		}
		if line <= last {
			t.Fatalf("a record of line %d follows one of line %d", line, last)
		}
		last = line
		cells, err := in.clean(record)
		var refused *rejection
		if err != nil && !errors.As(err, &refused) {
			t.Fatal(err)
		}
		if err == nil && len(cells) != h.cells {
			t.Fatalf("%d cells of %d", len(cells), h.cells)
		}
	}
}

// written cuts data into cells, writes them and reads them again.
func written(t *testing.T, data []byte) {
	text := strings.ReplaceAll(strings.ToValidUTF8(string(data), "?"), "\r", "")
	var want [][]string
	for line := range strings.SplitSeq(text, "\n\n") {
		if cells := strings.Split(line, ","); len(cells) > 1 {
			want = append(want, cells)
		}
	}
	var b bytes.Buffer
	b.WriteString("sep=;\n")
	w := csv.NewWriter(&b)
	w.Comma = ';'
	if err := w.WriteAll(want); err != nil {
		t.Skip(err)
	}
	r := newCSV(bufio.NewReader(&b), ",")
	if _, err := r.Read(); err != nil {
		t.Fatal(err)
	}
	for _, cells := range want {
		got, err := r.Read()
		if err != nil || !slices.Equal(got, cells) {
			t.Fatalf("%q came back as %q, %v", cells, got, err)
		}
	}
	if _, err := r.Read(); err != io.EOF {
		t.Fatalf("after the last record: %v", err)
	}
}

// FuzzSnake writes any header cell in snake case, which is the same when it is done again.
func FuzzSnake(f *testing.F) {
	for _, seed := range []string{"COSING Ref No", "Chem/IUPAC Name / Description", "cosingRefNo", "casNo", "INCIName", "É_é", "__", "a1B2"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, cell string) {
		once := snake(cell)
		if again := snake(once); again != once || strings.Contains(once, "__") || strings.Trim(once, "_") != once {
			t.Errorf("%q is %q and then %q", cell, once, again)
		}
	})
}

func TestSnake(t *testing.T) {
	for cell, want := range map[string]string{
		"COSING Ref No": "cosing_ref_no", "cosing_ref_no": "cosing_ref_no", "cosingRefNo": "cosing_ref_no", "Ph. Eur. Name": "ph_eur_name",
		"Chem/IUPAC Name / Description": "chem_iupac_name_description", "chem_iupac_name___description": "chem_iupac_name_description",
		"CAS No": "cas_no", "casNo": "cas_no", "INCIName": "inci_name", "SCCS opinions": "sccs_opinions", "  x  ": "x", "": "", "%": "",
		"Identified INGREDIENTS or substances e.g.": "identified_ingredients_or_substances_e_g", "물 이름": "물_이름", "usageType": "usage_type",
	} {
		if got := snake(cell); got != want {
			t.Errorf("%q is %q, want %q", cell, got, want)
		}
	}
}
