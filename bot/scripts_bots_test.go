package bot_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"time"

	"couponbot/store/storetest"
)

var printedAddress = regexp.MustCompile(`http://(127\.0\.0\.1:\d+)`)

func (s *stage) doWorld(l *line) error {
	if s.world != nil {
		return errors.New("there is one world only")
	}
	args := []string{"sandbox", "--listen", "127.0.0.1:0", "--data", s.path("")}
	if !l.has("bot") {
		args = append(args, "--no-bot")
	}
	p, err := start(s.binary, s.work, "world.log", args...)
	if err != nil {
		return err
	}
	s.world = p
	err = p.until(patience, func() (bool, error) {
		m := printedAddress.FindStringSubmatch(p.output())
		if m != nil {
			s.base = "http://" + m[1]
		}
		return m != nil, nil
	})
	if err != nil {
		return err
	}
	if l.has("bot") {
		return p.until(patience, s.served(0))
	}
	return s.writeConfig()
}

// writeConfig makes bot.yaml out of what the stand-ins wrote: another ledger where the story is told on another
// database, and the bot's own endpoint at any address.
func (s *stage) writeConfig() error {
	yaml, err := os.ReadFile(s.path("couponbot.yaml"))
	if err != nil {
		return err
	}
	ledger := []byte("ledger: couponbot.db")
	if !bytes.Contains(yaml, ledger) {
		return errors.New("couponbot.yaml of the stand-ins names another ledger than couponbot.db")
	}
	if s.ledger == "" {
		s.ledger = s.path("couponbot.db")
	} else {
		yaml = bytes.Replace(yaml, ledger, []byte("ledger: '"+s.ledger+"'"), 1)
	}
	yaml = append(yaml, "\nhttp: 127.0.0.1:0\n"...)
	return os.WriteFile(s.path("bot.yaml"), yaml, 0o600)
}

func (s *stage) doConfig(l *line) error {
	if err := l.want(1, 2); err != nil {
		return err
	}
	yaml, err := os.ReadFile(s.path("bot.yaml"))
	if err != nil {
		return err
	}
	text := string(yaml)
	switch {
	case l.has("append"):
		text += strings.Join(l.args, "\n") + "\n"
	case len(l.args) == 2 && strings.Count(text, l.args[0]) == 1:
		text = strings.Replace(text, l.args[0], l.args[1], 1)
	default:
		return fmt.Errorf("%q is in bot.yaml %d times, not once", l.args[0], strings.Count(text, l.args[0]))
	}
	return os.WriteFile(s.path("bot.yaml"), []byte(text), 0o600)
}

func (s *stage) doInit(l *line) error {
	return l.Exec(s.binary, "init", "--yes", "--config", s.path("bot.yaml"))
}

func (s *stage) doProgram(l *line) error {
	args := l.args
	if _, err := os.Stat(s.path("bot.yaml")); err == nil && !strings.Contains(strings.Join(args, " "), "--config") {
		args = append(args, "--config", s.path("bot.yaml"))
	}
	cmd := exec.CommandContext(s.tb.Context(), s.binary, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = s.path(""), l.Stdout(), l.Stderr()
	err := cmd.Run()
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		return err
	}
	if (err != nil) != l.neg {
		return fmt.Errorf("ended with: %v", err)
	}
	fmt.Fprintf(l.Stdout(), "\nexit status %d\n", cmd.ProcessState.ExitCode())
	return nil
}

func (s *stage) doBot(l *line) error {
	if p := s.bots[l.name]; p != nil && !p.ended() {
		return errors.New("it runs already")
	}
	sockets, err := s.sockets()
	if err != nil {
		return err
	}
	p, err := start(s.binary, s.work, l.name+".log", "run", "--config", s.path("bot.yaml"))
	if err != nil {
		return err
	}
	s.bots[l.name] = p
	if err := p.until(patience, s.served(sockets)); err != nil {
		return err
	}
	return p.until(patience, func() (bool, error) { return p.endpoint() != "", nil })
}

// served tells whether a bot more is there than had so many sockets, and whether all stocks have been read once: no
// story is about the first half second.
func (s *stage) served(sockets int) func() (bool, error) {
	return func() (bool, error) {
		now, err := s.sockets()
		if err != nil || now < sockets+2 {
			return false, err
		}
		var stats payStats
		err = s.control("GET", "wechatpay/stats", nil, &stats)
		return stats.Endpoints["query_stock"] >= len(stocks), err
	}
}

func (s *stage) theBot(l *line) (*process, error) {
	name := "bot"
	if len(l.args) > 0 {
		name = l.args[0]
	}
	p := s.bots[name]
	if p == nil || p.ended() {
		return nil, fmt.Errorf("%s does not run", name)
	}
	return p, nil
}

func (s *stage) doKill(l *line) error {
	p, err := s.theBot(l)
	if err != nil {
		return err
	}
	after, err := l.after()
	if err != nil {
		return err
	}
	time.Sleep(after) // the moment of a power cut is the story's to choose
	p.kill()
	return s.gone()
}

func (s *stage) doTerminate(l *line) error {
	p, err := s.theBot(l)
	if err != nil {
		return err
	}
	took, err := p.terminate(10 * time.Second)
	if err != nil {
		return err
	}
	l.Logf("left after %v", took.Round(time.Millisecond))
	return s.gone()
}

var servedAt = regexp.MustCompile(`serving health and metrics.*?(127\.0\.0\.1:\d+)`)

// endpoint is where this process serves its health and metrics, "" while it has not said.
func (p *process) endpoint() string {
	if m := servedAt.FindStringSubmatch(p.output()[p.before:]); m != nil {
		return "http://" + m[1]
	}
	return ""
}

// gone waits until Slack has noticed that no socket of an ended bot is there.
func (s *stage) gone() error {
	alive := 0
	for _, p := range s.bots {
		if !p.ended() {
			alive++
		}
	}
	return s.world.until(patience, func() (bool, error) {
		now, err := s.sockets()
		return now <= 2*alive, err
	})
}

func (s *stage) doLog(l *line) error {
	want, err := patterns(l.args)
	if err != nil {
		return err
	}
	return s.poll(l, want, "the log", func() ([]string, error) { return strings.Split(s.logs(), "\n"), nil })
}

func (s *stage) doMetrics(l *line) error {
	want, err := patterns(l.args)
	if err != nil {
		return err
	}
	return s.poll(l, want, "the metrics", func() ([]string, error) {
		_, body, err := s.fetch("/metrics")
		return strings.Split(body, "\n"), err
	})
}

func (s *stage) doGet(l *line) error {
	if err := l.want(1, 1); err != nil {
		return err
	}
	end := time.Now().Add(patience)
	for {
		status, body, err := s.fetch(l.args[0])
		if err == nil && (status == http.StatusOK) != l.neg {
			fmt.Fprint(l.Stdout(), body)
			return nil
		}
		if time.Now().After(end) {
			return fmt.Errorf("answers %d %q %v", status, body, err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// fetch reads a path of the bot's own endpoint.
func (s *stage) fetch(path string) (int, string, error) {
	p := s.bots["bot"]
	if p == nil {
		return 0, "", errors.New("no bot was started")
	}
	res, err := http.Get(p.endpoint() + path)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return res.StatusCode, string(body), err
}

func (s *stage) doSQL(l *line) error {
	if err := l.want(1, 1); err != nil {
		return err
	}
	result, err := storetest.Raw(s.tb, s.ledger).ExecContext(s.tb.Context(), l.args[0])
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return fmt.Errorf("%d rows changed: %v", n, err)
	}
	return nil
}

func (s *stage) doTampered(l *line) error {
	if err := l.want(2, 2); err != nil {
		return err
	}
	var size int64
	if _, err := fmt.Sscan(l.args[1], &size); err != nil {
		return err
	}
	return os.Truncate(s.path(l.args[0]), size)
}
