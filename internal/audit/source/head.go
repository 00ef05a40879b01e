package source

import (
	"context"
	"fmt"
	"io"
	"strings"
)

// ReadHead returns a file as HEAD has it, up to [MaxFile] bytes of it; nil when HEAD has none of that path.
func ReadHead(ctx context.Context, dir, name string) ([]byte, error) {
	g := git{dir}
	if _, err := g.output(ctx, "rev-parse", "--verify", "--quiet", "HEAD^{commit}"); err != nil {
		return nil, ctx.Err()
	}
	entries, err := g.paths(ctx, "ls-tree", "-z", "--full-tree", "HEAD", "--", name)
	if err != nil || len(entries) == 0 {
		return nil, err
	}
	meta, _, _ := strings.Cut(entries[0], "\t")
	fields := strings.Fields(meta)
	if len(fields) != 3 || fields[1] != "blob" {
		return nil, nil
	}
	var content []byte
	err = g.blobs(ctx, fields[2:], func(id string, size int64, r io.Reader) error {
		if size < 0 {
			return fmt.Errorf("reading object %s: it is missing", id)
		}
		content, err = io.ReadAll(io.LimitReader(r, MaxFile))
		return err
	})
	return content, err
}
