-- +goose Up
-- Money is whole fen, times are milliseconds since 1970 in UTC, 0 and '' mean "none".
CREATE TABLE meta (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
);

-- What Slack said, once: a second delivery finds its key and the answer's subject.
CREATE TABLE inputs (
  key     TEXT PRIMARY KEY,
  subject TEXT    NOT NULL,
  at      BIGINT NOT NULL
);
CREATE INDEX inputs_at ON inputs (at);

-- The newest reading of each stock: cards draw it, nobody waits for the network.
CREATE TABLE stocks (
  stock_id       TEXT PRIMARY KEY,
  creator_mchid  TEXT    NOT NULL,
  name           TEXT    NOT NULL DEFAULT '',
  status         TEXT    NOT NULL DEFAULT '',
  type           TEXT    NOT NULL DEFAULT '',
  amount_fen     BIGINT NOT NULL DEFAULT 0,
  minimum_fen    BIGINT NOT NULL DEFAULT 0,
  begins_at      BIGINT NOT NULL DEFAULT 0,
  ends_at        BIGINT NOT NULL DEFAULT 0,
  max_coupons    BIGINT NOT NULL DEFAULT 0,
  max_fen        BIGINT NOT NULL DEFAULT 0,
  max_day_fen    BIGINT NOT NULL DEFAULT 0,
  max_per_user   BIGINT NOT NULL DEFAULT 0,
  distributed    BIGINT NOT NULL DEFAULT 0,
  read_at        BIGINT NOT NULL DEFAULT 0,
  refresh_at     BIGINT NOT NULL DEFAULT 0,
  fault          TEXT    NOT NULL DEFAULT '',
  listed_at      BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX stocks_refresh ON stocks (refresh_at);

CREATE TABLE drafts (
  id            BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  state         TEXT    NOT NULL CHECK (state IN ('open', 'sent', 'discarded', 'expired')),
  requested_by  TEXT    NOT NULL,
  channel       TEXT    NOT NULL,
  fingerprint   TEXT    NOT NULL,
  contents      TEXT    NOT NULL,
  created_at    BIGINT NOT NULL,
  closed_at     BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX drafts_open ON drafts (requested_by, fingerprint) WHERE state = 'open';
CREATE INDEX drafts_age ON drafts (created_at) WHERE state = 'open';

CREATE TABLE sends (
  id            BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  draft_id      BIGINT UNIQUE REFERENCES drafts (id),
  kind          TEXT    NOT NULL CHECK (kind IN ('person', 'campaign')),
  priority      BIGINT NOT NULL,
  state         TEXT    NOT NULL CHECK (state IN ('awaiting', 'approved', 'issuing', 'paused', 'done', 'rejected', 'expired', 'withdrawn', 'cancelled')),
  revision      BIGINT NOT NULL DEFAULT 1,
  number_prefix TEXT    NOT NULL UNIQUE,
  stock_name    TEXT    NOT NULL,
  stock_id      TEXT    NOT NULL,
  creator_mchid TEXT    NOT NULL,
  coupon_value_fen   BIGINT NOT NULL DEFAULT 0,
  coupon_minimum_fen BIGINT NOT NULL DEFAULT 0,
  amount_fen    BIGINT NOT NULL,
  reason        TEXT    NOT NULL,
  ticket        TEXT    NOT NULL,
  note          TEXT    NOT NULL,
  campaign      TEXT    NOT NULL DEFAULT '',
  planned_at    BIGINT NOT NULL DEFAULT 0,
  requested_by  TEXT    NOT NULL,
  channel       TEXT    NOT NULL,
  seats         TEXT    NOT NULL DEFAULT '[]',
  approved_by   TEXT    NOT NULL DEFAULT '',
  holds_until   BIGINT NOT NULL DEFAULT 0,
  paused_from   TEXT    NOT NULL DEFAULT '',
  pause_reason  TEXT    NOT NULL DEFAULT '',
  pause_detail  TEXT    NOT NULL DEFAULT '',
  paused_by     TEXT    NOT NULL DEFAULT '',
  total         BIGINT NOT NULL,
  waiting       BIGINT NOT NULL DEFAULT 0,
  issuing       BIGINT NOT NULL DEFAULT 0,
  unknown       BIGINT NOT NULL DEFAULT 0,
  issued        BIGINT NOT NULL DEFAULT 0,
  refused       BIGINT NOT NULL DEFAULT 0,
  cancelled     BIGINT NOT NULL DEFAULT 0,
  created_at    BIGINT NOT NULL,
  approved_at   BIGINT NOT NULL DEFAULT 0,
  finished_at   BIGINT NOT NULL DEFAULT 0,
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
  send_id BIGINT NOT NULL REFERENCES sends (id),
  person  TEXT    NOT NULL,
  part    TEXT    NOT NULL,
  at      BIGINT NOT NULL,
  PRIMARY KEY (send_id, person, part)
);

CREATE TABLE grants (
  send_id         BIGINT NOT NULL REFERENCES sends (id),
  position        BIGINT NOT NULL,
  state           TEXT    NOT NULL CHECK (state IN ('waiting', 'issuing', 'unknown', 'issued', 'refused', 'cancelled')),
  openid          TEXT    NOT NULL,
  stock_id        TEXT    NOT NULL,
  attempts        BIGINT NOT NULL DEFAULT 0,
  epoch           BIGINT NOT NULL DEFAULT 0,
  first_called_at BIGINT NOT NULL DEFAULT 0,
  last_called_at  BIGINT NOT NULL DEFAULT 0,
  lease_until     BIGINT NOT NULL DEFAULT 0,
  ask_at          BIGINT NOT NULL DEFAULT 0,
  open_attempt    BIGINT NOT NULL DEFAULT 0,
  definite        BIGINT NOT NULL DEFAULT 0,
  serial_repeat   BIGINT NOT NULL DEFAULT 0,
  empty_readings  BIGINT NOT NULL DEFAULT 0,
  first_empty_at  BIGINT NOT NULL DEFAULT 0,
  last_empty_at   BIGINT NOT NULL DEFAULT 0,
  needs_person    BIGINT NOT NULL DEFAULT 0,
  retryable       BIGINT NOT NULL DEFAULT 0,
  coupon_id       TEXT    NOT NULL DEFAULT '',
  outcome         TEXT    NOT NULL DEFAULT '',
  wechat_code     TEXT    NOT NULL DEFAULT '',
  wechat_message  TEXT    NOT NULL DEFAULT '',
  wechat_request_id TEXT  NOT NULL DEFAULT '',
  created_at      BIGINT NOT NULL,
  finished_at     BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (send_id, position),
  CHECK ((state = 'issued') = (coupon_id <> '')),
  CHECK (state <> 'unknown' OR open_attempt = 1)
);
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
  start_at      BIGINT NOT NULL,
  held_fen      BIGINT NOT NULL DEFAULT 0 CHECK (held_fen >= 0),
  spent_fen     BIGINT NOT NULL DEFAULT 0 CHECK (spent_fen >= 0),
  held_coupons  BIGINT NOT NULL DEFAULT 0 CHECK (held_coupons >= 0),
  spent_coupons BIGINT NOT NULL DEFAULT 0 CHECK (spent_coupons >= 0),
  PRIMARY KEY (kind, key, period, start_at)
);
CREATE TABLE holds (
  send_id     BIGINT NOT NULL REFERENCES sends (id),
  kind        TEXT    NOT NULL,
  key         TEXT    NOT NULL,
  openid      TEXT    NOT NULL,
  period      TEXT    NOT NULL,
  start_at    BIGINT NOT NULL,
  until_at    BIGINT NOT NULL,
  max_fen     BIGINT NOT NULL,
  max_coupons BIGINT NOT NULL,
  coupons     BIGINT NOT NULL CHECK (coupons >= 0),
  PRIMARY KEY (send_id, openid, kind, key, period)
);

-- Everything drawn in Slack: behind while drawn < wanted.
CREATE TABLE cards (
  id             BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind           TEXT    NOT NULL,
  subject        TEXT    NOT NULL,
  reader         TEXT    NOT NULL,
  rank           BIGINT NOT NULL,
  channel        TEXT    NOT NULL DEFAULT '',
  ts             TEXT    NOT NULL DEFAULT '',
  response_url   TEXT    NOT NULL DEFAULT '',
  response_uses  BIGINT NOT NULL DEFAULT 0,
  response_until BIGINT NOT NULL DEFAULT 0,
  wanted         BIGINT NOT NULL DEFAULT 1,
  drawn          BIGINT NOT NULL DEFAULT 0,
  due_at         BIGINT NOT NULL DEFAULT 0,
  posting_at     BIGINT NOT NULL DEFAULT 0,
  copies         BIGINT NOT NULL DEFAULT 0,
  tries          BIGINT NOT NULL DEFAULT 0,
  fault          TEXT    NOT NULL DEFAULT '',
  created_at     BIGINT NOT NULL,
  UNIQUE (subject, kind, reader, ts)
);
CREATE INDEX cards_behind ON cards (rank, due_at) WHERE drawn < wanted;
CREATE INDEX cards_secret ON cards (response_until) WHERE response_url <> '';

CREATE TABLE alerts (
  id     BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  key    TEXT    NOT NULL UNIQUE,
  kind   TEXT    NOT NULL,
  detail TEXT    NOT NULL,
  at     BIGINT NOT NULL,
  over_at BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE stops (
  id              BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  stopped_by      TEXT    NOT NULL,
  why             TEXT    NOT NULL,
  stopped_at      BIGINT NOT NULL,
  start_asked_by  TEXT    NOT NULL DEFAULT '',
  start_asked_at  BIGINT NOT NULL DEFAULT 0,
  started_by      TEXT    NOT NULL DEFAULT '',
  started_at      BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX stops_open ON stops ((started_at = 0)) WHERE started_at = 0;

-- Held by itself: nothing is sent until the cause is gone.
CREATE TABLE held (
  why    TEXT PRIMARY KEY,
  detail TEXT    NOT NULL,
  since  BIGINT NOT NULL
);

CREATE TABLE settlements (
  id           BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  send_id      BIGINT NOT NULL,
  position     BIGINT NOT NULL,
  attempts     BIGINT NOT NULL,
  verdict      TEXT    NOT NULL CHECK (verdict IN ('issued', 'refused')),
  coupon_id    TEXT    NOT NULL,
  why          TEXT    NOT NULL,
  asked_by     TEXT    NOT NULL,
  asked_at     BIGINT NOT NULL,
  confirmed_by TEXT    NOT NULL DEFAULT '',
  confirmed_at BIGINT NOT NULL DEFAULT 0,
  void_at      BIGINT NOT NULL DEFAULT 0,
  FOREIGN KEY (send_id, position) REFERENCES grants (send_id, position)
);
CREATE UNIQUE INDEX settlements_open ON settlements (send_id, position) WHERE confirmed_at = 0 AND void_at = 0;

-- Every step and every refused attempt, written with what it tells of and never changed.
CREATE TABLE audit (
  id       BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at       BIGINT NOT NULL,
  actor    TEXT    NOT NULL,
  action   TEXT    NOT NULL,
  send_id  BIGINT NOT NULL DEFAULT 0,
  position BIGINT NOT NULL DEFAULT 0,
  body     BYTEA   NOT NULL
);
CREATE INDEX audit_send ON audit (send_id, id) WHERE send_id > 0;
-- +goose StatementBegin
CREATE FUNCTION audit_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the audit is never changed';
END $$;
-- +goose StatementEnd
CREATE TRIGGER audit_stays BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_stays();
CREATE TRIGGER audit_keeps BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_stays();

-- +goose Down
SELECT 1 / 0;
