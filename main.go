// Couponbot gives a company's customers WeChat Pay cash coupons from Slack: each coupon once, none without the right
// people, every step in a ledger.
//
// This file is the command line and the wiring: what exists, and who knows whom.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"syscall"
	"time"
	_ "time/tzdata" // schedules and calendars need zones where the machine has none

	"github.com/alecthomas/kong"
	"golang.org/x/sync/errgroup"

	"couponbot/bot"
	"couponbot/bot/config"
	"couponbot/bot/sandbox"
	"couponbot/bot/views"
	"couponbot/commands"
	"couponbot/commands/importing"
	"couponbot/commands/issuing"
	"couponbot/commands/operate"
	"couponbot/commands/wechatpay"
	"couponbot/schedules"
	"couponbot/store"
)

// cli is the command line; its words are the help.
type cli struct {
	Config  string           `default:"couponbot.yaml" placeholder:"FILE" help:"The configuration (default: couponbot.yaml)."`
	Version kong.VersionFlag `help:"Print the version."`

	Init     initCommand     `cmd:"" help:"Create the ledger that the configuration names. Nothing else creates one."`
	Run      runCommand      `cmd:"" help:"Connect to Slack and WeChat Pay and serve until SIGINT or SIGTERM."`
	Check    checkCommand    `cmd:"" help:"Try every part for real, and print a line each: ok, or FAIL and what to do."`
	Manifest manifestCommand `cmd:"" help:"Print the Slack app manifest that fits the configuration."`
	Export   exportCommand   `cmd:"" help:"Print the ledger in full, while the bot may be running."`
	Verify   verifyCommand   `cmd:"" help:"Check that the audit's chain holds and that all sums agree."`
	Backup   backupCommand   `cmd:"" help:"Copy an SQLite ledger into a new file, while the bot may be running."`
	Audience audienceCommand `cmd:"" help:"Lists of customers for campaigns."`
	Adopt    adoptCommand    `cmd:"" help:"Make a restored copy the live ledger, after saying what that means."`
	Sandbox  sandboxCommand  `cmd:"" help:"A whole workplace in one process, without accounts: a stand-in Slack with a web page, a stand-in WeChat Pay, and the bot."`
}

type initCommand struct {
	Yes bool `help:"Do not ask."`
}

type runCommand struct{}

type checkCommand struct{}

type manifestCommand struct{}

type exportCommand struct {
	What   string `arg:"" enum:"grants,sends,audit" help:"grants, sends or audit."`
	From   string `placeholder:"DATE" help:"The first day, such as 2026-03-01, in the configuration's zone."`
	To     string `placeholder:"DATE" help:"The last day, included."`
	By     string `enum:"finished,created," default:"" placeholder:"finished|created" help:"Which time the days are about (default: finished)."`
	Send   string `placeholder:"S12" help:"Only this send."`
	Format string `enum:"csv,jsonl" default:"csv" help:"csv or jsonl (default: csv)."`
}

type verifyCommand struct {
	Head string `placeholder:"1234:9f86…" help:"A head that an earlier verify printed: the chain must pass through it."`
}

type backupCommand struct {
	File string `arg:"" help:"A file that does not exist yet."`
}

type audienceCommand struct {
	Import importCommand `cmd:"" help:"Make a new version of an audience from a CSV file of any size or a workbook, while the bot may be running."`
}

type importCommand struct {
	Name  string `arg:"" help:"The audience: small letters, digits and hyphens."`
	File  string `arg:"" help:"The list. Its bad rows are written beside it, as FILE.bad.csv."`
	Minus string `placeholder:"NAME" help:"Leave out everybody who is in this audience."`
}

type adoptCommand struct {
	Yes bool `help:"Do not ask."`
}

type sandboxCommand struct {
	Listen string `default:"127.0.0.1:8420" placeholder:"HOST:PORT" help:"Where to serve; this machine only (default: 127.0.0.1:8420)."`
	Data   string `placeholder:"DIR" help:"Keep everything in this folder (default: a temporary one)."`
	NoBot  bool   `help:"Only the stand-ins: point another bot at the couponbot.yaml that is written."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, leaveInTime)
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// lastMoment is when a process that was told to stop is gone, whatever does not answer: what it leaves behind is what a
// crash leaves behind, and that is provided for.
const lastMoment = 9500 * time.Millisecond

func leaveInTime() {
	time.Sleep(lastMoment)
	fmt.Fprintln(os.Stderr, "couponbot: something did not end in time, such as a ledger that does not answer; left without it")
	os.Exit(1)
}

// run carries out a command line: 0 done, 1 it failed, 2 the command line or the configuration is wrong.
func run(ctx context.Context, args []string, in io.Reader, out, errs io.Writer) int {
	var c cli
	exited := -1
	parser, err := kong.New(&c, kong.Name("couponbot"), kong.Description("WeChat Pay cash coupons from Slack."), kong.Vars{"version": version()},
		kong.Writers(out, errs), kong.Exit(func(code int) { exited = code }), kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(&c, &streams{in, out, errs}))
	if err != nil {
		fmt.Fprintln(errs, "couponbot:", err)
		return 2
	}
	command, err := parser.Parse(args)
	if exited >= 0 {
		return exited
	}
	if err != nil {
		fmt.Fprintf(errs, "couponbot: %v\nTry: couponbot --help\n", err)
		return 2
	}
	err = command.Run()
	var faults *config.Faults
	switch {
	case err == nil:
		return 0
	case errors.As(err, &faults):
		fmt.Fprintf(errs, "The configuration is not usable; nothing was started:\n%v\n", faults)
		return 2
	case errors.Is(err, operate.ErrUsage):
		fmt.Fprintln(errs, "couponbot:", err)
		return 2
	}
	fmt.Fprintln(errs, "couponbot:", err)
	return 1
}

type streams struct {
	in       io.Reader
	out, err io.Writer
}

func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "couponbot (unknown version)"
	}
	return "couponbot " + info.Main.Version
}

func (i *initCommand) Run(ctx context.Context, c *cli, s *streams) error {
	cfg, err := config.LoadBare(c.Config, os.LookupEnv)
	if err != nil {
		return err
	}
	return operate.Init(ctx, cfg.Ledger, i.Yes, isTerminal(s.in), s.in, s.out)
}

func (*checkCommand) Run(ctx context.Context, c *cli, s *streams) error {
	cfg, err := config.Load(c.Config, os.LookupEnv)
	if err != nil {
		return err
	}
	slack := func(ctx context.Context, report operate.Report) {
		bot.Probe(ctx, cfg.Slack, cfg.Commands, bot.Options{Zone: cfg.Zone}, report)
	}
	pay := func(ctx context.Context, report operate.Report) {
		client, err := wechatpay.New(ctx, cfg.WeChatPay)
		if err != nil {
			report("WeChat Pay merchant key", "", err)
			return
		}
		defer client.Close()
		var stocks []wechatpay.StockAsk
		for _, s := range cfg.Commands.Stocks {
			stocks = append(stocks, wechatpay.StockAsk{Name: s.Name, ID: s.ID, CreatorMchID: s.CreatorMchID, Custom: s.Custom != nil})
		}
		client.Check(ctx, stocks, report)
	}
	return operate.Check(ctx, s.out, operate.Configuration(c.Config, cfg.Warnings), operate.Ledger(cfg.Ledger, ledgerOptions(cfg)), slack, pay)
}

func (*manifestCommand) Run(c *cli, s *streams) error {
	cfg, err := config.LoadBare(c.Config, os.LookupEnv)
	if err != nil {
		return err
	}
	manifest, err := bot.Manifest(cfg.Slack, cfg.Commands.Groups)
	if err != nil {
		return err
	}
	_, err = s.out.Write(manifest)
	return err
}

func (e *exportCommand) Run(ctx context.Context, c *cli, s *streams) error {
	cfg, err := config.LoadBare(c.Config, os.LookupEnv)
	if err != nil {
		return err
	}
	return operate.Export(ctx, cfg.Ledger, ledgerOptions(cfg), operate.ExportAsk(*e), s.out)
}

func (v *verifyCommand) Run(ctx context.Context, c *cli, s *streams) error {
	cfg, err := config.LoadBare(c.Config, os.LookupEnv)
	if err != nil {
		return err
	}
	return operate.Verify(ctx, cfg.Ledger, ledgerOptions(cfg), v.Head, s.out)
}

func (b *backupCommand) Run(ctx context.Context, c *cli, s *streams) error {
	cfg, err := config.LoadBare(c.Config, os.LookupEnv)
	if err != nil {
		return err
	}
	return operate.Backup(ctx, cfg.Ledger, b.File, ledgerOptions(cfg), s.out)
}

func (i *importCommand) Run(ctx context.Context, c *cli, s *streams) error {
	cfg, err := config.LoadBare(c.Config, os.LookupEnv)
	if err != nil {
		return err
	}
	return operate.Import(ctx, cfg.Ledger, ledgerOptions(cfg), operate.ImportAsk{Name: i.Name, File: i.File, Minus: i.Minus}, s.out, s.err)
}

func (a *adoptCommand) Run(ctx context.Context, c *cli, s *streams) error {
	cfg, err := config.LoadBare(c.Config, os.LookupEnv)
	if err != nil {
		return err
	}
	return operate.Adopt(ctx, cfg.Ledger, ledgerOptions(cfg), a.Yes, isTerminal(s.in), s.in, s.out)
}

// ledgerOptions are what every use of the ledger needs. An unfinished coupon's number is safe to post again for a day;
// a ledger that has shown no life for longer may be an older state of itself.
func ledgerOptions(cfg *config.Config) store.Options {
	return store.Options{MchID: cfg.WeChatPay.MchID, Zone: cfg.Zone, Stale: store.NumberLife}
}

// isTerminal tells whether a person can answer.
func isTerminal(in io.Reader) bool {
	f, ok := in.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	nobody, err := os.Stat(os.DevNull) // a character device too, under whatever name it was opened
	return err != nil || !os.SameFile(info, nobody)
}

func (*runCommand) Run(ctx context.Context, c *cli, s *streams) error {
	cfg, err := config.Load(c.Config, os.LookupEnv)
	if err != nil {
		return err
	}
	return serve(ctx, cfg, logger(cfg, s.err))
}

func logger(cfg *config.Config, w io.Writer) *slog.Logger {
	o := &slog.HandlerOptions{Level: cfg.LogLevel}
	if cfg.LogJSON {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}

// serve is the whole product: everything that exists, and who knows whom.
func serve(ctx context.Context, cfg *config.Config, log *slog.Logger) error {
	for _, w := range cfg.Warnings {
		log.Warn(w)
	}
	metrics := operate.NewMetrics()
	options := ledgerOptions(cfg)
	options.Log, options.Observe, options.Moved = log, metrics.Ledger, metrics.Grants
	ledger, err := store.Open(ctx, cfg.Ledger, options)
	if err != nil {
		return operate.Explain(err, cfg.Ledger)
	}
	defer ledger.Close()
	cfg.WeChatPay.Log = log
	cfg.WeChatPay.Observe = func(_ string, outcome wechatpay.Kind, took time.Duration) { metrics.Call(string(outcome), took) }
	wechat, err := wechatpay.New(ctx, cfg.WeChatPay)
	if err != nil {
		return err
	}
	defer wechat.Close()
	words, err := views.New(cfg.Slack.Command)
	if err != nil {
		return err
	}
	slack := bot.Options{Log: log, Zone: cfg.Zone, Ack: metrics.Ack, Groups: cfg.Commands.Groups}
	people := bot.NewPeople(cfg.Slack, slack)
	defer people.Close()
	cfg.Commands.Planner = schedules.Planner{Config: cfg.Schedules, Zone: cfg.Zone}
	desk := commands.New(cfg.Commands, ledger, people, log, time.Now)
	b, err := bot.New(cfg.Slack, people, desk, ledger, words, slack)
	if err != nil {
		return err
	}
	loop := issuing.New(cfg.Issuing, ledger, wechat, issuing.Options{Log: log, SlackSkew: people.Skew})
	metrics.Watch(ledger, b.Sockets, log)
	var watched []store.Watched
	for _, stock := range cfg.Commands.Stocks {
		watched = append(watched, store.Watched{ID: stock.ID, CreatorMchID: stock.CreatorMchID, Called: stock.Name})
	}
	if err := ledger.WatchStocks(ctx, watched); err != nil {
		return operate.Explain(err, cfg.Ledger)
	}

	work, ctx := errgroup.WithContext(ctx)
	work.Go(func() error { return b.Run(ctx) })
	recheck := func(ctx context.Context) error { return desk.Recheck(ctx, recheckAge) }
	lists := &importing.Importer{Ledger: ledger, Courier: b.Courier(), Log: log, Now: time.Now}
	planned := schedules.Campaigns{Config: cfg.Schedules, Zone: cfg.Zone, Ledger: ledger, Clock: desk, Channel: b.ChannelFault, Rate: int(cfg.Issuing.Rate), Log: log, Now: time.Now}
	loops := []func(context.Context) error{b.Cards, b.Groups, lists.Run, planned.Run, ledger.Keep,
		func(ctx context.Context) error { return schedules.Tidy(ctx, ledger, log) },
		func(ctx context.Context) error { return schedules.Approvals(ctx, ledger, log, recheck) }}
	work.Go(func() error { return lead(ctx, ledger, log, loop.Run, loops) })
	if cfg.HTTP != "" {
		work.Go(func() error { return metrics.Serve(ctx, cfg.HTTP, ready(ledger, b), log) })
	}
	log.Info("couponbot is up", "version", version(), "ledger", operate.Place(cfg.Ledger))
	err = work.Wait()
	log.Info("couponbot has stopped", "err", err)
	return err
}

// recheckAge is how old Slack's groups may be when people are looked at again who asked or decided.
const recheckAge = time.Minute

// leadAgain is the pause before the lead is asked for again when the ledger failed.
const leadAgain = time.Second

// lead runs the loops while this process leads, and waits to lead again when it no longer does.
func lead(ctx context.Context, l *store.Ledger, log *slog.Logger, issue func(context.Context, *store.Lead) error, others []func(context.Context) error) error {
	for {
		lead, err := l.WaitLead(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil { // the ledger was there a moment ago
			log.Error("take the lead", "err", err)
			select {
			case <-ctx.Done():
				return nil
			case <-time.After(leadAgain):
			}
			continue
		}
		log.Info("this process leads", "epoch", lead.Epoch)
		leading, lost := context.WithCancel(ctx)
		go func() {
			select {
			case <-lead.Lost(leading):
				log.Warn("the lead is lost", "epoch", lead.Epoch)
				lost()
			case <-leading.Done():
			}
		}()
		loops, inner := errgroup.WithContext(leading)
		loops.Go(func() error { return issue(inner, lead) })
		for _, other := range others {
			loops.Go(func() error { return other(inner) })
		}
		err = loops.Wait()
		lost()
		if err := lead.Close(); err != nil {
			log.Warn("give up the lead", "err", err)
		}
		if ctx.Err() != nil {
			return nil
		}
		if err != nil && !errors.Is(err, store.ErrNoLead) {
			return err
		}
	}
}

// ready tells what is missing for this process to serve.
func ready(l *store.Ledger, b *bot.Bot) func(context.Context) error {
	return func(ctx context.Context) error {
		if !b.Ready() {
			return errors.New("no socket to Slack is open")
		}
		ctx, cancel := context.WithTimeout(ctx, readyWithin)
		defer cancel()
		return l.Ping(ctx)
	}
}

// readyWithin is how long the ledger may take to answer before this process is called not ready.
const readyWithin = 2 * time.Second

func (s *sandboxCommand) Run(ctx context.Context, st *streams) error {
	folder, keep := s.Data, s.Data != ""
	if !keep {
		temporary, err := os.MkdirTemp("", "couponbot-sandbox-")
		if err != nil {
			return fmt.Errorf("sandbox: %w", err)
		}
		defer os.RemoveAll(temporary)
		folder = temporary
	} else if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("sandbox: %w", err)
	}
	log := slog.New(slog.NewTextHandler(st.err, &slog.HandlerOptions{Level: slog.LevelWarn}))
	world, err := sandbox.New(sandbox.Options{Dir: folder, Persist: keep, Log: log})
	if err != nil {
		return err
	}
	defer world.Close()
	listener, err := listenHere(ctx, s.Listen)
	if err != nil {
		return err
	}
	address := listener.Addr().String()
	if err := world.WriteFiles(address); err != nil {
		return err
	}
	server := &http.Server{Handler: world.Handler(), ReadHeaderTimeout: 5 * time.Second, IdleTimeout: 8 * time.Second, // as WeChat Pay's
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn)}
	began := time.Now()
	work, inner := errgroup.WithContext(ctx)
	work.Go(func() error {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	work.Go(func() error {
		defer server.Close() // after the bot has said its last words to it
		if s.NoBot {
			<-inner.Done()
			return nil
		}
		return serveSandbox(inner, filepath.Join(folder, "couponbot.yaml"), log)
	})
	fmt.Fprintf(st.out, "The sandbox is at http://%s (nothing in it is real). Its files are in %s. Stop it with Ctrl-C.\n", address, folder)
	if !s.NoBot && world.Slack.Connected(inner) {
		fmt.Fprintf(st.out, "The bot is connected: ready after %.1f s.\n", time.Since(began).Seconds())
	}
	return work.Wait()
}

// listenHere listens on this machine only: whoever reaches the stand-ins may do anything with them.
func listenHere(ctx context.Context, address string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("%w: --listen %s: give host and port, such as 127.0.0.1:8420", operate.ErrUsage, address)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("%w: --listen %s: the sandbox serves this machine only: give 127.0.0.1 and a port", operate.ErrUsage, address)
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%s is in use, perhaps by another sandbox: stop it, or give --listen 127.0.0.1:0 for any free port", address)
	}
	if err != nil {
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	return listener, nil
}

// serveSandbox runs the bot on the stand-ins, from the configuration they wrote, as any bot would.
func serveSandbox(ctx context.Context, path string, log *slog.Logger) error {
	cfg, err := config.Load(path, os.LookupEnv)
	if err != nil {
		return err
	}
	if err := store.Init(ctx, cfg.Ledger); err != nil && !errors.Is(err, store.ErrExists) {
		return operate.Explain(err, cfg.Ledger)
	}
	return serve(ctx, cfg, log)
}
