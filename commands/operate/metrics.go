package operate

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"couponbot/store"
)

// Metrics are the figures of a running bot, by the names that the README promises.
type Metrics struct {
	registry *prometheus.Registry
	grants   *prometheus.CounterVec
	calls    *prometheus.CounterVec
	wechat   prometheus.Histogram
	acks     *prometheus.HistogramVec
	ledger   *prometheus.HistogramVec
}

// NewMetrics makes an empty set.
func NewMetrics() *Metrics {
	fast := []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 1.5, 2, 3, 5, 10}
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		grants:   prometheus.NewCounterVec(prometheus.CounterOpts{Name: "couponbot_grants_total", Help: "Coupons that came to a state, since the process started."}, []string{"state"}),
		calls:    prometheus.NewCounterVec(prometheus.CounterOpts{Name: "couponbot_wechatpay_calls_total", Help: "Calls to WeChat Pay by what came of them."}, []string{"outcome"}),
		wechat:   prometheus.NewHistogram(prometheus.HistogramOpts{Name: "couponbot_wechatpay_seconds", Help: "How long WeChat Pay took to answer.", Buckets: fast}),
		acks:     prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "couponbot_slack_ack_seconds", Help: "How long an input of Slack waited for its acknowledgement.", Buckets: fast}, []string{"type"}),
		ledger:   prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "couponbot_ledger_seconds", Help: "How long a change of the ledger took.", Buckets: fast}, []string{"op"}),
	}
	m.registry.MustRegister(m.grants, m.calls, m.wechat, m.acks, m.ledger, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	for _, s := range store.GrantStates() {
		m.grants.WithLabelValues(string(s))
	}
	return m
}

// Grants counts coupons that came to a state.
func (m *Metrics) Grants(state store.GrantState, coupons int) {
	m.grants.WithLabelValues(string(state)).Add(float64(coupons))
}

// Call counts a call to WeChat Pay.
func (m *Metrics) Call(outcome string, took time.Duration) {
	m.calls.WithLabelValues(outcome).Inc()
	m.wechat.Observe(took.Seconds())
}

// Ack measures an acknowledgement.
func (m *Metrics) Ack(kind string, took time.Duration) {
	m.acks.WithLabelValues(kind).Observe(took.Seconds())
}

// Ledger measures a change of the ledger.
func (m *Metrics) Ledger(op string, took time.Duration) {
	m.ledger.WithLabelValues(op).Observe(took.Seconds())
}

// Watch adds the gauges that are read when somebody asks.
func (m *Metrics) Watch(l *store.Ledger, sockets func() int, log *slog.Logger) {
	m.registry.MustRegister(&gauges{ledger: l, sockets: sockets, log: log})
}

// gauges reads the ledger once for each scrape.
type gauges struct {
	ledger  *store.Ledger
	sockets func() int
	log     *slog.Logger
}

var (
	socketsDesc = prometheus.NewDesc("couponbot_slack_sockets", "Sockets that said hello and are open.", nil, nil)
	queueDesc   = prometheus.NewDesc("couponbot_queue_grants", "Coupons that have not ended.", []string{"state"}, nil)
	behindDesc  = prometheus.NewDesc("couponbot_cards_behind", "Cards in Slack that do not show the ledger's newest state yet.", nil, nil)
	stoppedDesc = prometheus.NewDesc("couponbot_stopped", "1 while people have stopped everything.", nil, nil)
	heldDesc    = prometheus.NewDesc("couponbot_held", "1 while the bot holds by itself.", []string{"why"}, nil)
)

func (g *gauges) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{socketsDesc, queueDesc, behindDesc, stoppedDesc, heldDesc} {
		out <- d
	}
}

func (g *gauges) Collect(out chan<- prometheus.Metric) {
	put := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	put(socketsDesc, float64(g.sockets()))
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	v, err := g.ledger.Gauges(ctx)
	if err != nil {
		g.log.Warn("read gauges", "err", err)
		return
	}
	put(queueDesc, float64(v.Waiting), string(store.GrantWaiting))
	put(queueDesc, float64(v.Issuing), string(store.GrantIssuing))
	put(queueDesc, float64(v.Unknown), string(store.GrantUnknown))
	put(behindDesc, float64(v.CardsBehind))
	put(stoppedDesc, flag(v.Stopped))
	for _, why := range []string{store.HeldConfiguration, store.HeldClock} {
		held := false
		for _, h := range v.Held {
			held = held || h == why
		}
		put(heldDesc, flag(held), why)
	}
}

func flag(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// Serve answers /healthz, /readyz and /metrics on an address until ctx ends. ready tells why the bot is not ready, or nil.
func (m *Metrics) Serve(ctx context.Context, address string, ready func(context.Context) error, log *slog.Logger) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("http: %w", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		if err := ready(r.Context()); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ready")
	})
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn)}
	stop := context.AfterFunc(ctx, func() { server.Close() })
	defer stop()
	log.Info("serving health and metrics", "address", listener.Addr().String())
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("http: %w", err)
	}
	return nil
}
