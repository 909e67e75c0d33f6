package bot_test

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// A process is the program, running.
type process struct {
	cmd      *exec.Cmd
	log      string // file; a later process of the same name goes on writing there
	done     chan struct{}
	err      error // once done is closed
	expected bool  // somebody ended it
	before   int   // how much the log said before it began
}

func start(binary, dir, log string, args ...string) (*process, error) {
	file, err := os.OpenFile(filepath.Join(dir, log), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	p := &process{cmd: exec.Command(binary, args...), log: file.Name(), done: make(chan struct{})}
	p.before = len(p.output())
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = dir, file, file
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.done)
	}()
	return p, nil
}

func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// output is everything that processes of this name have written.
func (p *process) output() string {
	b, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// until waits for a condition while the process lives.
func (p *process) until(within time.Duration, is func() (bool, error)) error {
	for end := time.Now().Add(within); ; time.Sleep(20 * time.Millisecond) {
		ok, err := is()
		if err != nil || ok {
			return err
		}
		if p.ended() {
			return fmt.Errorf("%s has ended: %v\n%s", p.cmd.Args[1], p.err, tail(p.output(), 15))
		}
		if time.Now().After(end) {
			return fmt.Errorf("%s is not ready after %v", p.cmd.Args[1], within)
		}
	}
}

func (p *process) kill() {
	p.expected = true
	p.cmd.Process.Kill() // an error means that it has ended already
	<-p.done
}

// terminate asks the process to leave, and says how long it took.
func (p *process) terminate(within time.Duration) (time.Duration, error) {
	p.expected = true
	began := time.Now()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return 0, err
	}
	select {
	case <-p.done:
		if p.err != nil {
			return 0, fmt.Errorf("left with %w", p.err)
		}
		return time.Since(began), nil
	case <-time.After(within):
		return 0, errors.New("is still there after " + within.String())
	}
}

// crashed is an error when a bot has ended that nobody ended.
func (s *stage) crashed() error {
	for name, p := range s.bots {
		if p.ended() && !p.expected {
			return fmt.Errorf("%s has ended: %v", name, p.err)
		}
	}
	return nil
}

// freeAddress is one that nobody listened at a moment ago.
func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}
