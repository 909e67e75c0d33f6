// The product's behaviour as stories. Each file of testdata/scripts is one: people type and press, WeChat Pay and Slack
// behave or misbehave, and the story says what everyone then sees. The program is the real binary, its own process;
// around it stand the sandbox's Slack and WeChat Pay, another process, over real HTTP, websockets and signatures.
// scripts_commands_test.go lists the words that stories are written in.
//
// A story whose first lines say "(both databases)" is told on SQLite and, where COUPONBOT_TEST_POSTGRES gives an
// address, again on PostgreSQL; "(PostgreSQL only)" needs several processes on one ledger. Stories that need half a
// minute of real time say "[!slow] skip": go test -short leaves them out. Those that need minutes say "[!long] skip" and
// are told with COUPONBOT_LONG=1 only.
package bot_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"couponbot/store/storetest"
)

func TestScripts(t *testing.T) {
	binary := buildProgram(t)
	storetest.Each(t, func(t *testing.T, db storetest.Database) {
		var waiting sync.WaitGroup
		// Stories mostly wait, so more of them than processors are told at once.
		house := theatre{T: t, seats: make(chan struct{}, 3*runtime.GOMAXPROCS(0)), waiting: &waiting}
		defer waiting.Wait()
		testscript.RunT(house, testscript.Params{
			Files:     stories(t, db),
			Cmds:      words(),
			Setup:     func(env *testscript.Env) error { return setTheStage(env, binary, db) },
			Condition: func(name string) (bool, error) { return condition(name, db) },
		})
	})
}

// buildProgram builds the root command, once for all stories.
func buildProgram(t testing.TB) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "couponbot")
	args := []string{"build", "-o", binary}
	if raced {
		args = append(args, "-race", "-gcflags=modernc.org/...=-d=checkptr=0") // or SQLite's pointers take all the time
	}
	cmd := exec.Command("go", append(args, "couponbot")...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build the program: %v\n%s", err, out)
	}
	return binary
}

// stories are the files to tell on a database.
func stories(t *testing.T, db storetest.Database) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/scripts/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no stories in testdata/scripts: %v", err)
	}
	var slow, quick []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		says := func(words string) bool { return bytes.Contains(text, []byte(words)) }
		if says("\nbot\n") && !says("\npromises") {
			t.Errorf("%s starts a bot and does not look at its promises", file)
		}
		switch {
		case db.Name == "sqlite" && says("(PostgreSQL only)"), db.Name != "sqlite" && !says("(both databases)") && !says("(PostgreSQL only)"):
		case says("[!slow] skip"):
			slow = append(slow, file)
		default:
			quick = append(quick, file)
		}
	}
	return append(slow, quick...) // those that wait longest begin first
}

// A theatre tells as many stories at once as it has seats, whatever -parallel says.
type theatre struct {
	*testing.T
	seats   chan struct{}
	waiting *sync.WaitGroup
}

func (h theatre) Run(name string, tell func(testscript.T)) {
	h.waiting.Go(func() {
		h.seats <- struct{}{}
		defer func() { <-h.seats }()
		h.T.Run(name, func(t *testing.T) { tell(theatre{T: t}) })
	})
}

// Parallel is nothing: Run has seen to it.
func (theatre) Parallel() {}

func (theatre) Verbose() bool { return testing.Verbose() }
