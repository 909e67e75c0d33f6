-- +goose Up
-- A campaign says who would get what and why; a run of it is a send. Any change is a new revision.
CREATE TABLE campaigns (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  name          TEXT    NOT NULL UNIQUE,
  revision      INTEGER NOT NULL DEFAULT 1,
  stock_name    TEXT    NOT NULL,
  stock_id      TEXT    NOT NULL,
  creator_mchid TEXT    NOT NULL,
  value_fen     INTEGER NOT NULL DEFAULT 0,
  minimum_fen   INTEGER NOT NULL DEFAULT 0,
  amount_fen    INTEGER NOT NULL,
  terms         TEXT    NOT NULL DEFAULT '{}',
  audience      TEXT    NOT NULL,
  version_id    INTEGER NOT NULL,
  channel       TEXT    NOT NULL,
  reason        TEXT    NOT NULL DEFAULT '',
  ticket        TEXT    NOT NULL DEFAULT '',
  note          TEXT    NOT NULL DEFAULT '',
  test_openid   TEXT    NOT NULL DEFAULT '',
  cap_coupons   INTEGER NOT NULL DEFAULT 0,
  once_key      TEXT    NOT NULL DEFAULT '',
  window_text   TEXT    NOT NULL DEFAULT '',
  made_by       TEXT    NOT NULL,
  created_at    INTEGER NOT NULL,
  changed_by    TEXT    NOT NULL,
  changed_at    INTEGER NOT NULL
);
CREATE TABLE campaign_parties (
  campaign_id INTEGER NOT NULL REFERENCES campaigns (id),
  person      TEXT    NOT NULL,
  part        TEXT    NOT NULL,
  at          INTEGER NOT NULL,
  PRIMARY KEY (campaign_id, person, part)
) WITHOUT ROWID;

-- A dry run counts without sending; one of them starts once.
CREATE TABLE dry_runs (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  campaign_id INTEGER NOT NULL REFERENCES campaigns (id),
  revision    INTEGER NOT NULL,
  version_id  INTEGER NOT NULL,
  state       TEXT    NOT NULL CHECK (state IN ('counting', 'ready', 'started', 'failed')),
  figures     TEXT    NOT NULL DEFAULT '{}',
  fault       TEXT    NOT NULL DEFAULT '',
  asked_by    TEXT    NOT NULL,
  asked_at    INTEGER NOT NULL,
  ready_at    INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX dry_runs_one ON dry_runs (campaign_id) WHERE state = 'counting';
CREATE INDEX dry_runs_counting ON dry_runs (id) WHERE state = 'counting';
CREATE INDEX dry_runs_campaign ON dry_runs (campaign_id, id);

-- When a campaign runs by itself. A series' approval is a send without coupons; what it bound is in its row. Planned times
-- before ask_before were missed by another copy of this ledger or not, so people are asked about them.
CREATE TABLE schedules (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  campaign_id  INTEGER NOT NULL REFERENCES campaigns (id),
  revision     INTEGER NOT NULL,
  campaign_revision INTEGER NOT NULL,
  state        TEXT    NOT NULL CHECK (state IN ('shown', 'on', 'off')),
  cron         TEXT    NOT NULL,
  zone         TEXT    NOT NULL,
  until_at     INTEGER NOT NULL DEFAULT 0,
  total_fen    INTEGER NOT NULL DEFAULT 0,
  most_rows    INTEGER NOT NULL DEFAULT 0,
  missed       TEXT    NOT NULL CHECK (missed IN ('skip', 'once', 'ask')),
  approval     INTEGER NOT NULL DEFAULT 0,
  approved_at  INTEGER NOT NULL DEFAULT 0,
  made_by      TEXT    NOT NULL,
  created_at   INTEGER NOT NULL,
  next_slot    TEXT    NOT NULL DEFAULT '',
  next_at      INTEGER NOT NULL DEFAULT 0,
  handled_at   INTEGER NOT NULL DEFAULT 0,
  ask_before   INTEGER NOT NULL DEFAULT 0,
  look_at      INTEGER NOT NULL DEFAULT 0,
  found        TEXT    NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX schedules_one ON schedules (campaign_id) WHERE state = 'on';
CREATE INDEX schedules_next ON schedules (next_at) WHERE state = 'on';
CREATE INDEX schedules_campaign ON schedules (campaign_id, id);

-- What became of each planned time, once: the key names the schedule's revision and the local wall time.
CREATE TABLE slots (
  schedule_id INTEGER NOT NULL REFERENCES schedules (id),
  revision    INTEGER NOT NULL,
  slot        TEXT    NOT NULL,
  at          INTEGER NOT NULL,
  outcome     TEXT    NOT NULL CHECK (outcome IN ('run', 'skipped', 'missed', 'asked', 'overlap', 'refused', 'waiting')),
  why         TEXT    NOT NULL DEFAULT '',
  detail      TEXT    NOT NULL DEFAULT '',
  older       INTEGER NOT NULL DEFAULT 0,
  send_id     INTEGER NOT NULL DEFAULT 0,
  by_person   TEXT    NOT NULL DEFAULT '',
  noted_at    INTEGER NOT NULL,
  PRIMARY KEY (schedule_id, revision, slot)
) WITHOUT ROWID;

-- What a campaign's send needs beyond other sends: what it was when it started, whatever the campaign becomes.
CREATE TABLE runs (
  send_id     INTEGER PRIMARY KEY REFERENCES sends (id),
  campaign_id INTEGER NOT NULL REFERENCES campaigns (id),
  revision    INTEGER NOT NULL,
  version_id  INTEGER NOT NULL,
  checksum    TEXT    NOT NULL DEFAULT '',
  dry_run_id  INTEGER NOT NULL DEFAULT 0,
  schedule_id INTEGER NOT NULL DEFAULT 0,
  slot        TEXT    NOT NULL DEFAULT '',
  series      INTEGER NOT NULL DEFAULT 0,
  in_series   INTEGER NOT NULL DEFAULT 0,
  made_by     TEXT    NOT NULL,
  expected    INTEGER NOT NULL,
  figures     TEXT    NOT NULL DEFAULT '{}',
  rules       TEXT    NOT NULL DEFAULT '{}',
  test_openid TEXT    NOT NULL DEFAULT '',
  cap_coupons INTEGER NOT NULL DEFAULT 0,
  once_key    TEXT    NOT NULL DEFAULT '',
  after_key   TEXT    NOT NULL DEFAULT '',
  left_out    TEXT    NOT NULL DEFAULT '{}',
  prepared_at INTEGER NOT NULL DEFAULT 0,
  test_state  TEXT    NOT NULL DEFAULT '' CHECK (test_state IN ('', 'asked', 'looked', 'passed')),
  base_refused  INTEGER NOT NULL DEFAULT 0,
  base_answered INTEGER NOT NULL DEFAULT 0,
  over_at     INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX runs_dry ON runs (dry_run_id) WHERE dry_run_id > 0;
CREATE UNIQUE INDEX runs_slot ON runs (schedule_id, slot) WHERE schedule_id > 0 AND series = 0;
CREATE INDEX runs_campaign ON runs (campaign_id, send_id);
CREATE INDEX runs_open ON runs (campaign_id) WHERE over_at = 0 AND series = 0;

-- Whose turn it was under a key that gives once, over all campaigns that share it: the coupon of the newest run that took it.
CREATE TABLE once (
  key     TEXT    NOT NULL,
  openid  TEXT    NOT NULL,
  send_id INTEGER NOT NULL,
  PRIMARY KEY (key, openid)
) WITHOUT ROWID;

-- What keeps a run's coupons from being claimed: they are not all written yet; its hours (0 and 0: always); the first one is
-- out for somebody to look at.
ALTER TABLE sends ADD COLUMN preparing INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sends ADD COLUMN opens_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sends ADD COLUMN closes_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sends ADD COLUMN first_only INTEGER NOT NULL DEFAULT 0;
CREATE INDEX sends_preparing ON sends (id) WHERE preparing = 1;
CREATE INDEX sends_campaign ON sends (campaign, id) WHERE campaign <> '';
CREATE INDEX grants_unknown ON grants (send_id, ask_at) WHERE state = 'unknown';

-- +goose Down
SELECT 1 / 0;
