package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// A Fault is one thing wrong with the file, where it stands and what to write instead.
type Fault struct {
	Line, Column int // from 1; 0 when the fault is about the whole file
	Key          string
	Says         string
}

// Faults is everything wrong with a file, in the order of its lines. No text of it holds a value of a secret.
type Faults struct {
	Path string
	All  []Fault
}

func (f *Faults) Error() string {
	slices.SortStableFunc(f.All, func(a, b Fault) int { return cmp.Or(a.Line-b.Line, a.Column-b.Column) })
	var b strings.Builder
	for i, fault := range f.All {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(f.Path)
		if fault.Line > 0 {
			fmt.Fprintf(&b, ":%d:%d", fault.Line, fault.Column)
		}
		b.WriteString(": ")
		if fault.Key != "" {
			b.WriteString(fault.Key + ": ")
		}
		b.WriteString(fault.Says)
	}
	return b.String()
}

func (f *Faults) add(n node, format string, args ...any) {
	f.All = append(f.All, Fault{Line: n.line, Column: n.column, Key: n.key, Says: fmt.Sprintf(format, args...)})
}
