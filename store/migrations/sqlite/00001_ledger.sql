-- +goose Up
-- Money is whole fen, times are milliseconds since 1970 in UTC, 0 and '' mean "none".
CREATE TABLE meta (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;

-- What Slack said, once: a second delivery finds its key and the answer's subject.
CREATE TABLE inputs (
  key     TEXT PRIMARY KEY,
  subject TEXT    NOT NULL,
  at      INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX inputs_at ON inputs (at);

-- The newest reading of each stock: cards draw it, nobody waits for the network.
CREATE TABLE stocks (
  stock_id       TEXT PRIMARY KEY,
  creator_mchid  TEXT    NOT NULL,
  name           TEXT    NOT NULL DEFAULT '',
  status         TEXT    NOT NULL DEFAULT '',
  type           TEXT    NOT NULL DEFAULT '',
  amount_fen     INTEGER NOT NULL DEFAULT 0,
  minimum_fen    INTEGER NOT NULL DEFAULT 0,
  begins_at      INTEGER NOT NULL DEFAULT 0,
  ends_at        INTEGER NOT NULL DEFAULT 0,
  max_coupons    INTEGER NOT NULL DEFAULT 0,
  max_fen        INTEGER NOT NULL DEFAULT 0,
  max_day_fen    INTEGER NOT NULL DEFAULT 0,
  max_per_user   INTEGER NOT NULL DEFAULT 0,
  distributed    INTEGER NOT NULL DEFAULT 0,
  read_at        INTEGER NOT NULL DEFAULT 0,
  refresh_at     INTEGER NOT NULL DEFAULT 0,
  fault          TEXT    NOT NULL DEFAULT '',
  listed_at      INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX stocks_refresh ON stocks (refresh_at);

CREATE TABLE drafts (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  state         TEXT    NOT NULL CHECK (state IN ('open', 'sent', 'discarded', 'expired')),
  requested_by  TEXT    NOT NULL,
  channel       TEXT    NOT NULL,
  fingerprint   TEXT    NOT NULL,
  contents      TEXT    NOT NULL,
  created_at    INTEGER NOT NULL,
  closed_at     INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX drafts_open ON drafts (requested_by, fingerprint) WHERE state = 'open';
CREATE INDEX drafts_age ON drafts (created_at) WHERE state = 'open';

CREATE TABLE sends (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  draft_id      INTEGER UNIQUE REFERENCES drafts (id),
  kind          TEXT    NOT NULL CHECK (kind IN ('person', 'campaign')),
  priority      INTEGER NOT NULL,
  state         TEXT    NOT NULL CHECK (state IN ('awaiting', 'approved', 'issuing', 'paused', 'done', 'rejected', 'expired', 'withdrawn', 'cancelled')),
  revision      INTEGER NOT NULL DEFAULT 1,
  number_prefix TEXT    NOT NULL UNIQUE,
  stock_name    TEXT    NOT NULL,
  stock_id      TEXT    NOT NULL,
  creator_mchid TEXT    NOT NULL,
  coupon_value_fen   INTEGER NOT NULL DEFAULT 0,
  coupon_minimum_fen INTEGER NOT NULL DEFAULT 0,
  amount_fen    INTEGER NOT NULL,
  reason        TEXT    NOT NULL,
  ticket        TEXT    NOT NULL,
  note          TEXT    NOT NULL,
  campaign      TEXT    NOT NULL DEFAULT '',
  planned_at    INTEGER NOT NULL DEFAULT 0,
  requested_by  TEXT    NOT NULL,
  channel       TEXT    NOT NULL,
  seats         TEXT    NOT NULL DEFAULT '[]',
  approved_by   TEXT    NOT NULL DEFAULT '',
  holds_until   INTEGER NOT NULL DEFAULT 0,
  paused_from   TEXT    NOT NULL DEFAULT '',
  pause_reason  TEXT    NOT NULL DEFAULT '',
  pause_detail  TEXT    NOT NULL DEFAULT '',
  paused_by     TEXT    NOT NULL DEFAULT '',
  total         INTEGER NOT NULL,
  waiting       INTEGER NOT NULL DEFAULT 0,
  issuing       INTEGER NOT NULL DEFAULT 0,
  unknown       INTEGER NOT NULL DEFAULT 0,
  issued        INTEGER NOT NULL DEFAULT 0,
  refused       INTEGER NOT NULL DEFAULT 0,
  cancelled     INTEGER NOT NULL DEFAULT 0,
  created_at    INTEGER NOT NULL,
  approved_at   INTEGER NOT NULL DEFAULT 0,
  finished_at   INTEGER NOT NULL DEFAULT 0,
  CHECK (total = waiting + issuing + unknown + issued + refused + cancelled),
  CHECK (waiting >= 0 AND issuing >= 0 AND unknown >= 0 AND issued >= 0 AND refused >= 0 AND cancelled >= 0)
);
CREATE INDEX sends_ready ON sends (priority, id) WHERE state IN ('approved', 'issuing') AND waiting > 0;
CREATE INDEX sends_sweep ON sends (id) WHERE state = 'cancelled' AND waiting > 0;
CREATE INDEX sends_open ON sends (state, waiting, issuing, unknown) WHERE waiting + issuing + unknown > 0;
CREATE INDEX sends_stock ON sends (stock_id) WHERE state IN ('approved', 'issuing', 'paused');
CREATE INDEX sends_ticket ON sends (ticket, created_at) WHERE ticket <> '';
CREATE INDEX sends_requester ON sends (requested_by, created_at);

CREATE TABLE parties (
  send_id INTEGER NOT NULL REFERENCES sends (id),
  person  TEXT    NOT NULL,
  part    TEXT    NOT NULL,
  at      INTEGER NOT NULL,
  PRIMARY KEY (send_id, person, part)
) WITHOUT ROWID;

CREATE TABLE grants (
  send_id         INTEGER NOT NULL REFERENCES sends (id),
  position        INTEGER NOT NULL,
  state           TEXT    NOT NULL CHECK (state IN ('waiting', 'issuing', 'unknown', 'issued', 'refused', 'cancelled')),
  openid          TEXT    NOT NULL,
  stock_id        TEXT    NOT NULL,
  attempts        INTEGER NOT NULL DEFAULT 0,
  epoch           INTEGER NOT NULL DEFAULT 0,
  first_called_at INTEGER NOT NULL DEFAULT 0,
  last_called_at  INTEGER NOT NULL DEFAULT 0,
  lease_until     INTEGER NOT NULL DEFAULT 0,
  ask_at          INTEGER NOT NULL DEFAULT 0,
  open_attempt    INTEGER NOT NULL DEFAULT 0,
  definite        INTEGER NOT NULL DEFAULT 0,
  serial_repeat   INTEGER NOT NULL DEFAULT 0,
  empty_readings  INTEGER NOT NULL DEFAULT 0,
  first_empty_at  INTEGER NOT NULL DEFAULT 0,
  last_empty_at   INTEGER NOT NULL DEFAULT 0,
  needs_person    INTEGER NOT NULL DEFAULT 0,
  retryable       INTEGER NOT NULL DEFAULT 0,
  coupon_id       TEXT    NOT NULL DEFAULT '',
  outcome         TEXT    NOT NULL DEFAULT '',
  wechat_code     TEXT    NOT NULL DEFAULT '',
  wechat_message  TEXT    NOT NULL DEFAULT '',
  wechat_request_id TEXT  NOT NULL DEFAULT '',
  created_at      INTEGER NOT NULL,
  finished_at     INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (send_id, position),
  CHECK ((state = 'issued') = (coupon_id <> '')),
  CHECK (state <> 'unknown' OR open_attempt = 1)
) WITHOUT ROWID;
CREATE UNIQUE INDEX grants_person ON grants (openid, send_id);
CREATE UNIQUE INDEX grants_open_pair ON grants (openid, stock_id) WHERE state IN ('issuing', 'unknown');
CREATE UNIQUE INDEX grants_coupon ON grants (coupon_id) WHERE coupon_id <> '';
CREATE INDEX grants_waiting ON grants (send_id, ask_at, position) WHERE state = 'waiting';
CREATE INDEX grants_due ON grants (ask_at) WHERE state = 'unknown';
CREATE INDEX grants_refused ON grants (send_id, position) WHERE state = 'refused';
CREATE INDEX grants_lease ON grants (lease_until) WHERE state = 'issuing';

-- Limits are counters over calendar periods; holds say which counters a send's money stands in.
CREATE TABLE limits (
  kind          TEXT    NOT NULL,
  key           TEXT    NOT NULL,
  period        TEXT    NOT NULL,
  start_at      INTEGER NOT NULL,
  held_fen      INTEGER NOT NULL DEFAULT 0 CHECK (held_fen >= 0),
  spent_fen     INTEGER NOT NULL DEFAULT 0 CHECK (spent_fen >= 0),
  held_coupons  INTEGER NOT NULL DEFAULT 0 CHECK (held_coupons >= 0),
  spent_coupons INTEGER NOT NULL DEFAULT 0 CHECK (spent_coupons >= 0),
  PRIMARY KEY (kind, key, period, start_at)
) WITHOUT ROWID;
CREATE TABLE holds (
  send_id     INTEGER NOT NULL REFERENCES sends (id),
  kind        TEXT    NOT NULL,
  key         TEXT    NOT NULL,
  openid      TEXT    NOT NULL,
  period      TEXT    NOT NULL,
  start_at    INTEGER NOT NULL,
  until_at    INTEGER NOT NULL,
  max_fen     INTEGER NOT NULL,
  max_coupons INTEGER NOT NULL,
  coupons     INTEGER NOT NULL CHECK (coupons >= 0),
  PRIMARY KEY (send_id, openid, kind, key, period)
) WITHOUT ROWID;

-- Everything drawn in Slack: behind while drawn < wanted.
CREATE TABLE cards (
  id             INTEGER PRIMARY KEY AUTOINCREMENT,
  kind           TEXT    NOT NULL,
  subject        TEXT    NOT NULL,
  reader         TEXT    NOT NULL,
  rank           INTEGER NOT NULL,
  channel        TEXT    NOT NULL DEFAULT '',
  ts             TEXT    NOT NULL DEFAULT '',
  response_url   TEXT    NOT NULL DEFAULT '',
  response_uses  INTEGER NOT NULL DEFAULT 0,
  response_until INTEGER NOT NULL DEFAULT 0,
  wanted         INTEGER NOT NULL DEFAULT 1,
  drawn          INTEGER NOT NULL DEFAULT 0,
  due_at         INTEGER NOT NULL DEFAULT 0,
  posting_at     INTEGER NOT NULL DEFAULT 0,
  copies         INTEGER NOT NULL DEFAULT 0,
  tries          INTEGER NOT NULL DEFAULT 0,
  fault          TEXT    NOT NULL DEFAULT '',
  created_at     INTEGER NOT NULL,
  UNIQUE (subject, kind, reader, ts)
);
CREATE INDEX cards_behind ON cards (rank, due_at) WHERE drawn < wanted;
CREATE INDEX cards_secret ON cards (response_until) WHERE response_url <> '';

CREATE TABLE alerts (
  id     INTEGER PRIMARY KEY AUTOINCREMENT,
  key    TEXT    NOT NULL UNIQUE,
  kind   TEXT    NOT NULL,
  detail TEXT    NOT NULL,
  at     INTEGER NOT NULL,
  over_at INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE stops (
  id              INTEGER PRIMARY KEY AUTOINCREMENT,
  stopped_by      TEXT    NOT NULL,
  why             TEXT    NOT NULL,
  stopped_at      INTEGER NOT NULL,
  start_asked_by  TEXT    NOT NULL DEFAULT '',
  start_asked_at  INTEGER NOT NULL DEFAULT 0,
  started_by      TEXT    NOT NULL DEFAULT '',
  started_at      INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX stops_open ON stops ((started_at = 0)) WHERE started_at = 0;

-- Held by itself: nothing is sent until the cause is gone.
CREATE TABLE held (
  why    TEXT PRIMARY KEY,
  detail TEXT    NOT NULL,
  since  INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE settlements (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  send_id      INTEGER NOT NULL,
  position     INTEGER NOT NULL,
  attempts     INTEGER NOT NULL,
  verdict      TEXT    NOT NULL CHECK (verdict IN ('issued', 'refused')),
  coupon_id    TEXT    NOT NULL,
  why          TEXT    NOT NULL,
  asked_by     TEXT    NOT NULL,
  asked_at     INTEGER NOT NULL,
  confirmed_by TEXT    NOT NULL DEFAULT '',
  confirmed_at INTEGER NOT NULL DEFAULT 0,
  void_at      INTEGER NOT NULL DEFAULT 0,
  FOREIGN KEY (send_id, position) REFERENCES grants (send_id, position)
);
CREATE UNIQUE INDEX settlements_open ON settlements (send_id, position) WHERE confirmed_at = 0 AND void_at = 0;

-- Every step and every refused attempt, written with what it tells of and never changed.
CREATE TABLE audit (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  at       INTEGER NOT NULL,
  actor    TEXT    NOT NULL,
  action   TEXT    NOT NULL,
  send_id  INTEGER NOT NULL DEFAULT 0,
  position INTEGER NOT NULL DEFAULT 0,
  body     BLOB    NOT NULL
);
CREATE INDEX audit_send ON audit (send_id, id) WHERE send_id > 0;
-- +goose StatementBegin
CREATE TRIGGER audit_stays BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_keeps BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is never changed'); END;
-- +goose StatementEnd

-- +goose Down
SELECT 1 / 0;
