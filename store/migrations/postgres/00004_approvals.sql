-- +goose Up
-- What a waiting send waits for. asked_at: since when its present revision waits; missing: seats that nobody has filled;
-- turn_at: when its holds are moved to the period that holds then; resumed_at, taken_over: who paused sends were resumed by.
ALTER TABLE sends ADD COLUMN terms TEXT NOT NULL DEFAULT '{}';
ALTER TABLE sends ADD COLUMN missing TEXT NOT NULL DEFAULT '[]';
ALTER TABLE sends ADD COLUMN asked_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sends ADD COLUMN remind_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sends ADD COLUMN fallback_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sends ADD COLUMN fallback_group TEXT NOT NULL DEFAULT '';
ALTER TABLE sends ADD COLUMN fell_back BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sends ADD COLUMN expire_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sends ADD COLUMN closed_by TEXT NOT NULL DEFAULT '';
ALTER TABLE sends ADD COLUMN closed_why TEXT NOT NULL DEFAULT '';
ALTER TABLE sends ADD COLUMN turn_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sends ADD COLUMN resumed_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sends ADD COLUMN taken_over BIGINT NOT NULL DEFAULT 0;
UPDATE sends SET turn_at = holds_until WHERE holds_until > 0;
CREATE INDEX sends_remind ON sends (remind_at) WHERE state = 'awaiting' AND remind_at > 0;
CREATE INDEX sends_fallback ON sends (fallback_at) WHERE state = 'awaiting' AND fallback_at > 0;
CREATE INDEX sends_expire ON sends (expire_at) WHERE state = 'awaiting' AND expire_at > 0;
CREATE INDEX sends_turn ON sends (turn_at) WHERE turn_at > 0 AND state IN ('awaiting', 'approved', 'issuing', 'paused');

-- Who decided what about which revision, and for which groups they could speak then. A person whose word counts no longer
-- (void_at) may decide anew.
CREATE TABLE decisions (
  id       BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  send_id  BIGINT NOT NULL REFERENCES sends (id),
  revision BIGINT NOT NULL,
  person   TEXT    NOT NULL,
  verdict  TEXT    NOT NULL CHECK (verdict IN ('approve', 'reject')),
  groups   TEXT    NOT NULL,
  why      TEXT    NOT NULL DEFAULT '',
  at       BIGINT NOT NULL,
  void_at  BIGINT NOT NULL DEFAULT 0,
  void_why TEXT    NOT NULL DEFAULT ''
);
CREATE INDEX decisions_send ON decisions (send_id, id);
CREATE UNIQUE INDEX decisions_standing ON decisions (person, send_id, revision) WHERE void_at = 0;

-- Which groups a waiting send still needs somebody of: the queue of a person is one look here.
CREATE TABLE waits (
  grp     TEXT    NOT NULL,
  send_id BIGINT NOT NULL REFERENCES sends (id),
  PRIMARY KEY (grp, send_id)
);
CREATE INDEX waits_send ON waits (send_id);

-- What a requester is told of, a direct message each.
CREATE TABLE steps (
  id      BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  send_id BIGINT NOT NULL REFERENCES sends (id),
  kind    TEXT    NOT NULL,
  person  TEXT    NOT NULL,
  why     TEXT    NOT NULL,
  at      BIGINT NOT NULL
);
CREATE INDEX steps_send ON steps (send_id);

-- Everybody's Home says what waits for them.
CREATE INDEX cards_home ON cards (id) WHERE kind = 'home';

-- The user groups of the configuration as they were last seen, to tell what changed; rights are never read from here.
CREATE TABLE groups_seen (
  grp     TEXT PRIMARY KEY,
  members TEXT    NOT NULL,
  at      BIGINT NOT NULL
);

-- +goose Down
SELECT 1 / 0;
