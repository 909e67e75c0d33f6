package bot_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"couponbot/store/storetest"
)

type stageKey struct{}

// A stage is what one story plays on: the stand-ins' process, the bots' processes, and what is known of them.
type stage struct {
	tb     testing.TB
	binary string
	work   string // $WORK
	ledger string // the ledger's address
	base   string // http://… of the stand-ins
	world  *process
	bots   map[string]*process
	typed  map[string]bool // openids that people typed
	drawn  []pressable     // every button that anybody was shown, the newest last
}

func setTheStage(env *testscript.Env, binary string, db storetest.Database) error {
	tb, ok := env.T().(testing.TB)
	if !ok {
		return errors.New("the story is not told by a test")
	}
	s := &stage{tb: tb, binary: binary, work: env.WorkDir, bots: map[string]*process{}, typed: map[string]bool{}}
	if db.Name != "sqlite" {
		s.ledger = db.Place(tb)
	}
	env.Values[stageKey{}] = s
	env.Setenv("FORTY", strings.Join(crowd(40), " "))
	env.Setenv("HUNDRED_AND_ONE", strings.Join(crowd(101), " "))
	told := toldCrowd()
	for name, n := range map[string]int{"CROWD": told, "CROWD_AND_ONE": told + 1, "MANY": longCrowd, "HALF_OF_MANY": longCrowd / 2, "MOST_OF_MANY": longCrowd * 9 / 10} {
		env.Setenv(name, strconv.Itoa(n))
	}
	env.Setenv("JUST_MISSED", here().Add(-5*time.Minute).Format("4 15")+" * * *")
	env.Setenv("LATER_TODAY", strings.Replace(here().Add(2*time.Hour).Format("15:04")+"-"+here().Add(3*time.Hour).Format("15:04"), "-00:00", "-24:00", 1))
	env.Setenv("LONG", `"`+strings.Repeat("long ", 70)+`"`)
	env.Defer(func() {
		if tb.Failed() {
			tb.Log(s.dump())
		}
		for _, p := range s.bots {
			p.kill()
		}
		if s.world != nil {
			s.world.kill()
		}
	})
	return nil
}

// crowd is so many customers.
func crowd(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("oCrowd-%02d-bcdefghijklmnopqr", i+1)
	}
	return ids
}

// here is the time on the clocks of the configuration's zone, which has no summer time.
func here() time.Time { return time.Now().UTC().Add(8 * time.Hour) }

func (s *stage) path(name string) string { return filepath.Join(s.work, "world", name) }

// poll looks until one of what there is matches everything wanted, or, negated, once, when none may.
func (s *stage) poll(l *line, want []*regexp.Regexp, what string, look func() ([]string, error)) error {
	within, err := l.within()
	if err != nil {
		return err
	}
	for end := time.Now().Add(within); ; time.Sleep(50 * time.Millisecond) {
		all, err := look()
		if err != nil {
			return err
		}
		found := matching(all, want)
		switch {
		case l.neg && len(found) > 0:
			return fmt.Errorf("%s has it:\n%s", what, found[0])
		case l.neg:
			return nil
		case len(found) > 0:
			fmt.Fprintf(l.Stdout(), "%.300s\n", found[0])
			return nil
		case time.Now().After(end):
			return fmt.Errorf("%s has nothing with all of %q", what, l.args)
		}
		if err := s.crashed(); err != nil {
			return err
		}
	}
}

func patterns(texts []string) ([]*regexp.Regexp, error) {
	if len(texts) == 0 {
		return nil, usageError("what to look for is missing")
	}
	out := make([]*regexp.Regexp, len(texts))
	for i, text := range texts {
		re, err := regexp.Compile("(?s)" + text)
		if err != nil {
			return nil, err
		}
		out[i] = re
	}
	return out, nil
}

func matching(all []string, want []*regexp.Regexp) []string {
	var found []string
	for _, text := range all {
		fits := true
		for _, re := range want {
			fits = fits && re.MatchString(text)
		}
		if fits {
			found = append(found, text)
		}
	}
	return found
}

// settlesAt waits until a number is what it should be; a higher one is wrong at once unless at least is enough.
func (s *stage) settlesAt(want int, least bool, within time.Duration, count func() (int, error)) error {
	for end := time.Now().Add(within); ; time.Sleep(50 * time.Millisecond) {
		n, err := count()
		switch {
		case err != nil:
			return err
		case n == want || least && n > want:
			return nil
		case n > want:
			return fmt.Errorf("there are %d, not %d", n, want)
		case time.Now().After(end):
			return fmt.Errorf("there are %d, not %d, after %v", n, want, within)
		}
		if err := s.crashed(); err != nil {
			return err
		}
	}
}
