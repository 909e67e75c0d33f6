package config

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/goccy/go-yaml"

	"couponbot/commands"
	"couponbot/store"
)

// A reader takes values out of nodes, and keeps every fault it meets, so that all are told at once.
type reader struct {
	faults *Faults
	folder string // relative file names start here
	env    func(string) (string, bool)
	bare   bool // secrets may be missing: nothing will be connected
}

// section is one group of keys; asked remembers which were looked for, so that the others are unknown.
type section struct {
	*reader
	node
	asked map[string]bool
}

func (r *reader) section(n node) *section {
	s := &section{reader: r, node: n, asked: map[string]bool{}}
	if n.kind != mapping && n.kind != absent && n.kind != null {
		r.faults.add(n, "must be a group of keys, not %s", n.kind)
	}
	return s
}

func (s *section) get(name string) node {
	s.asked[name] = true
	if n, ok := s.names[name]; ok {
		return n
	}
	return node{key: joined(s.key, name), line: s.line, column: s.column}
}

func (s *section) sub(name string) *section { return s.reader.section(s.get(name)) }

// done tells of the keys that nobody asked for.
func (s *section) done() {
	known := make([]string, 0, len(s.asked))
	for name := range s.asked {
		known = append(known, name)
	}
	for _, f := range s.fields {
		if s.asked[f.name] {
			continue
		}
		if near := nearest(f.name, known); near != "" {
			s.faults.add(f.at, "there is no such key; is it %s?", near)
		} else {
			s.faults.add(f.at, "there is no such key")
		}
	}
}

// required tells of a key that must be there and is not.
func (s *section) required(n node) {
	if n.kind == absent || n.kind == null || n.kind == scalar && n.source == "" {
		s.faults.add(n, "is missing")
	}
}

var variable = regexp.MustCompile(`\$\{([^}]*)\}`)

// text is the value with ${NAME} replaced from the environment; ok is false when it is absent or faulty.
func (r *reader) text(n node) (value string, ok bool) {
	switch n.kind {
	case absent, null:
		return "", false
	case mapping, sequence:
		r.faults.add(n, "must be a single value, not %s", n.kind)
		return "", false
	}
	ok = true
	value = variable.ReplaceAllStringFunc(n.source, func(match string) string {
		name := match[2 : len(match)-1]
		v, found := r.env(name)
		if !found || v == "" {
			ok = false
			if !r.bare {
				r.faults.add(n, "the environment variable %s is not set", name)
			}
		}
		return v
	})
	return value, ok && value != ""
}

// word is a value that must match a pattern; want says in words what it looks like. fallback is its value when absent.
func (s *section) word(name, fallback string, pattern *regexp.Regexp, want string) string {
	n := s.get(name)
	v, ok := s.text(n)
	if !ok {
		return fallback
	}
	if !pattern.MatchString(v) {
		s.faults.add(n, "must be %s", want)
		return fallback
	}
	return v
}

// must is a word that has to be there.
func (s *section) must(name string, pattern *regexp.Regexp, want string) string {
	s.required(s.get(name))
	return s.word(name, "", pattern, want)
}

// choice is one of a few words.
func (s *section) choice(name, fallback string, of ...string) string {
	n := s.get(name)
	v, ok := s.text(n)
	if !ok {
		return fallback
	}
	for _, o := range of {
		if v == o {
			return v
		}
	}
	s.faults.add(n, "must be %s", strings.Join(of, " or "))
	return fallback
}

// secret is given as NAME or as NAME_file. It never appears in a fault.
func (s *section) secret(name string, pattern *regexp.Regexp, want string, needed bool) string {
	direct, file := s.get(name), s.get(name+"_file")
	if direct.kind != absent && file.kind != absent {
		s.faults.add(file, "give %s or %s_file, not both", name, name)
		return ""
	}
	if direct.kind == absent && file.kind == absent {
		if needed && !s.bare {
			s.faults.add(direct, "is missing (or give %s_file)", name)
		}
		return ""
	}
	n := direct
	v, ok := s.text(direct)
	if file.kind != absent {
		n = file
		var content []byte
		if content, ok = s.file(file); ok {
			v = strings.TrimSpace(string(content))
		}
	} else if !ok && direct.kind != scalar && !s.bare {
		s.required(direct)
	}
	if ok && pattern != nil && !pattern.MatchString(v) {
		s.faults.add(n, "must be %s", want)
		return ""
	}
	return v
}

// maxFile bounds what is read as a key or secret.
const maxFile = 64 << 10

// path is the file a node names, relative to the configuration.
func (r *reader) path(n node) (string, bool) {
	v, ok := r.text(n)
	if ok && !filepath.IsAbs(v) {
		v = filepath.Join(r.folder, v)
	}
	return v, ok
}

func (r *reader) file(n node) ([]byte, bool) {
	path, ok := r.path(n)
	if !ok {
		return nil, false
	}
	content, err := readSmall(path)
	if err != nil {
		if !r.bare {
			r.faults.add(n, "%s", err)
		}
		return nil, false
	}
	return content, true
}

func readSmall(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fileFault(path, err)
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	switch {
	case err != nil:
		return nil, fileFault(path, err)
	case len(content) > maxFile:
		return nil, fmt.Errorf("the file %s is larger than %d kB", path, maxFile>>10)
	}
	return content, nil
}

func fileFault(path string, err error) error {
	switch {
	case errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("there is no file %s", path)
	case errors.Is(err, os.ErrPermission):
		return fmt.Errorf("the file %s may not be read", path)
	}
	var p *os.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	return fmt.Errorf("the file %s cannot be read: %w", path, err)
}

// money is yuan with up to two decimals, as fen.
func (r *reader) money(n node) (store.Fen, bool) {
	v, ok := r.text(n)
	if !ok {
		return 0, false
	}
	fen, err := yuan(v)
	if err != nil {
		r.faults.add(n, "%s", err)
		return 0, false
	}
	return fen, true
}

var yuanShape = regexp.MustCompile(`^([0-9]{1,12})(?:\.([0-9]{1,2}))?$`)

func yuan(v string) (store.Fen, error) {
	m := yuanShape.FindStringSubmatch(v)
	if m == nil {
		return 0, errors.New("must be yuan with up to two decimals, such as 50.00")
	}
	fen, err := strconv.ParseInt(m[1]+(m[2] + "00")[:2], 10, 64)
	return store.Fen(fen), err
}

// whole is a whole number within bounds.
func (s *section) whole(name string, fallback, from, to int) int {
	n := s.get(name)
	v, ok := s.text(n)
	if !ok {
		return fallback
	}
	i, err := strconv.Atoi(v)
	if err != nil || i < from || i > to || strings.HasPrefix(v, "+") {
		s.faults.add(n, "must be a whole number from %d to %d", from, to)
		return fallback
	}
	return i
}

// decimal is a number within bounds, without exponent or sign.
func (s *section) decimal(name string, fallback, from, to float64) float64 {
	n := s.get(name)
	v, ok := s.text(n)
	if !ok {
		return fallback
	}
	f, err := strconv.ParseFloat(v, 64)
	if err != nil || f < from || f > to || strings.Trim(v, "0123456789.") != "" {
		s.faults.add(n, "must be a number from %g to %g", from, to)
		return fallback
	}
	return f
}

var days = regexp.MustCompile(`^([0-9]{1,4})d(.*)$`)

// duration is Go's, and d for days.
func (s *section) duration(name string, fallback, from, to time.Duration) time.Duration {
	n := s.get(name)
	v, ok := s.text(n)
	if !ok {
		return fallback
	}
	d, err := span(v)
	switch {
	case err != nil:
		s.faults.add(n, "must be a duration such as 15m, 36h or 7d")
	case d < from || d > to:
		s.faults.add(n, "must be from %s to %s", from, to)
	default:
		return d
	}
	return fallback
}

func span(v string) (time.Duration, error) {
	var whole time.Duration
	if m := days.FindStringSubmatch(v); m != nil {
		n, err := strconv.Atoi(m[1])
		if err != nil {
			return 0, err
		}
		whole = time.Duration(n) * 24 * time.Hour
		if m[2] == "" {
			return whole, nil
		}
		v = m[2]
	}
	rest, err := time.ParseDuration(v)
	return whole + rest, err
}

// list is the items of a sequence; a fault when the node is something else.
func (r *reader) list(n node) []node {
	switch n.kind {
	case sequence:
		return n.items
	case absent, null:
		return nil
	}
	r.faults.add(n, "must be a list, not %s", n.kind)
	return nil
}

// words are the items of a list, each matching a pattern, none twice.
func (r *reader) words(n node, pattern *regexp.Regexp, want string) []string {
	var out []string
	seen := map[string]bool{}
	for _, item := range r.list(n) {
		v, ok := r.text(item)
		switch {
		case !ok:
			if item.kind == null {
				r.faults.add(item, "is empty")
			}
		case !pattern.MatchString(v):
			r.faults.add(item, "must be %s", want)
		case seen[v]:
			r.faults.add(item, "%s is in the list twice", v)
		default:
			seen[v] = true
			out = append(out, v)
		}
	}
	return out
}

// nearest is the known word that differs least from a mistyped one, if it is near enough.
func nearest(word string, known []string) string {
	best, distance := "", 3
	for _, k := range known {
		if d := commands.Slips(word, k); d < distance || d == distance && best > k {
			best, distance = k, d
		}
	}
	return best
}

// syntax finds the place and the sentence in the YAML library's error.
func syntax(err error) (line, column int, says string) {
	var e yaml.Error
	if !errors.As(err, &e) {
		return 0, 0, firstLine(err.Error())
	}
	if t := e.GetToken(); t != nil && t.Position != nil {
		line, column = t.Position.Line, t.Position.Column
	}
	return line, column, firstLine(e.GetMessage())
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	if !utf8.ValidString(s) {
		return "not readable"
	}
	return s
}

func indexed(key string, i int) string { return fmt.Sprintf("%s[%d]", key, i+1) }
