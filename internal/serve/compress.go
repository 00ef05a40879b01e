package serve

import (
	"bytes"
	"fmt"
	"sync"

	deflate "github.com/klauspost/compress/gzip"
	zstandard "github.com/klauspost/compress/zstd"
)

// compressor compresses whole bodies. The same body always has the same bytes in one coding, which strong entity
// tags need. It is safe for concurrent use.
type compressor struct {
	gzip sync.Pool                          // of *deflate.Writer
	zstd func() (*zstandard.Encoder, error) // made when it is first used: its tables are large
}

// window is as far as zstd looks back, in bytes: bodies are shorter, and readers need no more memory.
const window = 128 << 10

func newCompressor() *compressor {
	return &compressor{zstd: sync.OnceValues(func() (*zstandard.Encoder, error) {
		return zstandard.NewWriter(nil, zstandard.WithEncoderConcurrency(1), zstandard.WithWindowSize(window),
			zstandard.WithLowerEncoderMem(true), zstandard.WithEncoderCRC(false))
	})}
}

// encode returns body in c, a slice of its own unless c is identity.
func (c *compressor) encode(to coding, body []byte) ([]byte, error) {
	switch to {
	case gzip:
		return c.gzipped(body)
	case zstd:
		encoder, err := c.zstd()
		if err != nil {
			return nil, fmt.Errorf("making a compressor: %w", err)
		}
		return bytes.Clone(encoder.EncodeAll(body, make([]byte, 0, len(body)/2))), nil
	}
	return body, nil
}

func (c *compressor) gzipped(body []byte) ([]byte, error) {
	out := bytes.NewBuffer(make([]byte, 0, len(body)/2))
	w, _ := c.gzip.Get().(*deflate.Writer)
	if w == nil {
		w = deflate.NewWriter(out)
	} else {
		w.Reset(out)
	}
	if _, err := w.Write(body); err != nil {
		return nil, fmt.Errorf("compressing: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("compressing: %w", err)
	}
	c.gzip.Put(w)
	return bytes.Clone(out.Bytes()), nil
}
