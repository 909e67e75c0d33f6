package sandbox

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"
)

// Tokens, team and bot identity of the one workspace there is.
const (
	SlackBotToken = "xoxb-sandbox"
	SlackAppToken = "xapp-sandbox"
	SlackTeam     = "T01ACME"
	SlackBotUser  = "U00BOT"

	slTeamName   = "Acme"
	slTeamDomain = "acme"
	slOtherTeam  = "T99OTHER"
	slBotID      = "B00BOT"
	slAppID      = "A00COUPON"
	slBotName    = "coupon-desk"
	slSlackbot   = "USLACKBOT"
)

// SlackOptions says how the workspace behaves; the zero value behaves like Slack.
type SlackOptions struct {
	Now          func() time.Time
	Log          *slog.Logger
	Command      string          // the slash command of the app; default /coupon
	Scopes       []string        // of the bot token; default: what the app asks for
	AckTimeout   time.Duration   // how long Slack waits for an ack; default 3 s
	EventRetries []time.Duration // waits before each redelivery of an event; default 0, 1 min, 5 min
	PingEvery    time.Duration   // websocket pings; default 5 s
	NoLimits     bool            // no 429 unless asked for by a fault
}

// Slack is one workspace: people, channels, messages and forms, behind the Web API,
// Socket Mode and response URLs that a real app uses, and a control API that plays the
// people. All its state is in memory and guarded by one mutex that is never held while
// waiting for the network.
type Slack struct {
	o      SlackOptions
	routes *http.ServeMux

	mu         sync.Mutex
	d          slData
	base       string // of this server, as the app reached it last; for addresses in payloads
	version    int64
	woken      chan struct{} // closed and replaced at every change
	sockets    []*slSocket
	nextSocket int
	tickets    map[string]time.Time
	envelopes  map[string]*slEnvelope
	expired    map[string]string // envelope id → type, of those whose time was over
	triggers   map[string]*slTrigger
	swept      time.Time            // when old triggers and response URLs were last forgotten
	stacks     map[string][]*slView // open forms by person, the top one last
	uploads    map[string]*slFile   // by secret path, waiting for bytes
	windows    map[string][]time.Time
	buckets    map[string]*slBucket
	faults     []*slFault
	nextFault  int
	stats      slStats

	stop context.CancelFunc
	ctx  context.Context
	wg   sync.WaitGroup
}

// NewSlack is a workspace with the usual people and channels and nothing said yet.
// Close it: it owns sockets and goroutines.
func NewSlack(o SlackOptions) *Slack {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Command == "" {
		o.Command = "/coupon"
	}
	if o.Scopes == nil {
		o.Scopes = []string{"commands", "chat:write", "im:write", "users:read", "usergroups:read", "files:read", "files:write"}
	}
	if o.AckTimeout == 0 {
		o.AckTimeout = 3 * time.Second
	}
	if o.EventRetries == nil {
		o.EventRetries = []time.Duration{0, time.Minute, 5 * time.Minute}
	}
	if o.PingEvery == 0 {
		o.PingEvery = 5 * time.Second
	}
	s := &Slack{
		o: o, d: slNewData(), version: 1, woken: make(chan struct{}),
		tickets: map[string]time.Time{}, envelopes: map[string]*slEnvelope{}, expired: map[string]string{},
		triggers: map[string]*slTrigger{}, stacks: map[string][]*slView{}, uploads: map[string]*slFile{},
		windows: map[string][]time.Time{}, buckets: map[string]*slBucket{}, stats: slNewStats(),
	}
	s.ctx, s.stop = context.WithCancel(context.Background())
	s.routes = http.NewServeMux()
	s.routes.HandleFunc("/api/{method}", s.serveAPI)
	s.routes.HandleFunc("GET /slack/socket", s.serveSocket)
	s.routes.HandleFunc("POST /slack/response/{key}", s.serveResponse)
	s.routes.HandleFunc("/slack/files/{rest...}", s.serveFiles)
	return s
}

// Close drops every socket and waits for what the workspace still has under way.
func (s *Slack) Close() {
	s.stop()
	s.mu.Lock()
	for _, k := range s.sockets {
		k.conn.Close()
	}
	s.mu.Unlock()
	s.wg.Wait()
}

// ServeHTTP answers what slack.com answers: /api/… (Web API), /slack/socket (Socket Mode),
// /slack/response/… (response URLs) and /slack/files/… (uploads and downloads).
func (s *Slack) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Date", s.now().Add(s.clockOffset()).UTC().Format(http.TimeFormat))
	s.routes.ServeHTTP(w, r)
}

func (s *Slack) now() time.Time { return s.o.Now().UTC() }

// changed tells everyone who watches that something visible is different. Callers hold mu.
func (s *Slack) changed() {
	s.version++
	close(s.woken)
	s.woken = make(chan struct{})
}

// nextTS is a message key: seconds and microseconds, strictly rising. Callers hold mu.
func (s *Slack) nextTS() string {
	s.d.LastTS = max(s.now().UnixMicro(), s.d.LastTS+1)
	return fmt.Sprintf("%d.%06d", s.d.LastTS/1e6, s.d.LastTS%1e6)
}

// nextID numbers views, files and events. Callers hold mu.
func (s *Slack) nextID(prefix string) string {
	s.d.LastID++
	return fmt.Sprintf("%s%08d", prefix, s.d.LastID)
}

func slSecret() string {
	b := make([]byte, 12)
	rand.Read(b)
	return hex.EncodeToString(b)
}

func slUUID() string {
	b := make([]byte, 16)
	rand.Read(b)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
