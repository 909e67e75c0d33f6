package lists

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// A Scratch is a temporary file that holds customers: it has no name as soon as it is there, so that nothing of it
// outlives the process, however that ends.
type Scratch struct {
	*os.File
	named bool // where an open file cannot be without a name
}

// NewScratch makes one in dir; "" is the system's folder for temporary files.
func NewScratch(dir string) (*Scratch, error) {
	f, err := os.CreateTemp(dir, "couponbot-*")
	if err != nil {
		return nil, fmt.Errorf("temporary file: %w", err)
	}
	return &Scratch{f, os.Remove(f.Name()) != nil}, nil
}

// Close lets it go; a second time it does nothing.
func (s *Scratch) Close() error {
	err := s.File.Close()
	if errors.Is(err, fs.ErrClosed) {
		return nil
	}
	if s.named {
		err = errors.Join(err, os.Remove(s.Name()))
	}
	return err
}
