package generation

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"sallyport/internal/dataset/sqlite"
)

const (
	journalFile   = "journal.json"
	journalFormat = 1
)

// journal says which generations are kept, in the order of their numbers.
type journal struct {
	Format      int          `json:"format"`
	Last        int64        `json:"last_number"`
	Allowed     []string     `json:"allowed,omitempty"` // content hashes that may lack rows
	Generations []Generation `json:"generations"`
}

// find returns the generation that is meant, or nil.
func (j *journal) find(is func(Generation) bool) *Generation {
	if i := slices.IndexFunc(j.Generations, is); i >= 0 {
		return &j.Generations[i]
	}
	return nil
}

// adopt puts g in service and forgets what is no longer kept. An edition that was served before is the generation that
// it was; a new one withdraws those that a rollback has left behind it.
func (j *journal) adopt(g Generation) Generation {
	current := j.find(func(g Generation) bool { return g.InService })
	known := j.find(func(one Generation) bool { return one.Hash == g.Hash })
	if known == nil {
		for i := range j.Generations {
			later := &j.Generations[i]
			later.Withdrawn = later.Withdrawn || current != nil && later.Number > current.Number
		}
		j.Last++
		g.Number = j.Last
		j.Generations = append(j.Generations, g)
		known = &j.Generations[len(j.Generations)-1]
	}
	known.Withdrawn = false
	for i := range j.Generations {
		j.Generations[i].InService = j.Generations[i].Hash == g.Hash
	}
	adopted := *known
	j.Allowed = slices.DeleteFunc(j.Allowed, func(hash string) bool { return hash == g.Hash })
	j.trim()
	return adopted
}

// trim keeps the generation in service and the latest of the others, those that were withdrawn last of all.
func (j *journal) trim() {
	ranked := slices.SortedFunc(slices.Values(j.Generations), func(a, b Generation) int {
		return cmp.Or(last(!a.InService, !b.InService), last(a.Withdrawn, b.Withdrawn), cmp.Compare(b.Number, a.Number))
	})
	if len(ranked) > Keep {
		ranked = ranked[:Keep]
	}
	slices.SortFunc(ranked, func(a, b Generation) int { return cmp.Compare(a.Number, b.Number) })
	j.Generations = ranked
}

// last orders what is true behind what is not.
func last(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

func (j *journal) before() (Generation, error) {
	current := j.find(func(g Generation) bool { return g.InService })
	if current == nil {
		return Generation{}, fmt.Errorf("%w: none was served yet", ErrNone)
	}
	for _, g := range slices.Backward(j.Generations) {
		if g.Number < current.Number && !g.Withdrawn {
			return g, nil
		}
	}
	return Generation{}, fmt.Errorf("%w: none is kept from before generation %d", ErrNone, current.Number)
}

// read returns the journal; an empty one where none was written yet. One that cannot be understood is an error: what
// it does not say must not be taken for leave.
func (s *Store) read() (*journal, error) {
	path := filepath.Join(s.dir, journalFile)
	text, err := readBounded(path)
	if errors.Is(err, os.ErrNotExist) {
		return &journal{Format: journalFormat}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the journal of generations: %w", err)
	}
	j := &journal{}
	if err = json.Unmarshal(text, j); err == nil {
		err = j.check()
	}
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w; hint: remove it to begin a new one; the generations before are forgotten then", path, err)
	}
	return j, nil
}

// maxJournal is more than a journal of [Keep] generations with thousands of tables has.
const maxJournal = 1 << 20

func readBounded(path string) ([]byte, error) {
	f, err := openOwn(path, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxJournal+1))
	if err == nil && len(text) > maxJournal {
		err = fmt.Errorf("%s has more than %d bytes", path, maxJournal)
	}
	return text, err
}

// check refuses what no [Store] wrote: hashes become names of files.
func (j *journal) check() error {
	if j.Format != journalFormat {
		return fmt.Errorf("its format is %d and this program reads %d", j.Format, journalFormat)
	}
	hash, serving := regexp.MustCompile(`^[0-9a-f]{64}$`), 0
	for i, g := range j.Generations {
		switch {
		case !hash.MatchString(g.Hash):
			return fmt.Errorf("generation %d has no content hash", g.Number)
		case g.Number < 1 || g.Number > j.Last || i > 0 && g.Number <= j.Generations[i-1].Number:
			return fmt.Errorf("generation %d is out of order", g.Number)
		}
		if g.InService {
			serving++
		}
	}
	if serving != min(1, len(j.Generations)) {
		return fmt.Errorf("%d generations are in service", serving)
	}
	return nil
}

// write replaces the journal as a whole.
func (s *Store) write(j *journal) error {
	text, err := json.MarshalIndent(j, "", "  ")
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(s.dir, "."+journalFile+".*.tmp")
	if err != nil {
		return err
	}
	_, err = f.Write(append(text, '\n'))
	if err == nil {
		err = errors.Join(giveToOwner(s.dir, f), f.Sync())
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), filepath.Join(s.dir, journalFile))
	}
	if err != nil {
		return errors.Join(err, ignoreMissing(os.Remove(f.Name())))
	}
	return sqlite.SyncFolder(s.dir)
}
