-- +goose Up
-- A list of customers under a name, made anew by each import. Its numbers go on when it is deleted and comes back, so
-- that no two lists ever have one name and number.
CREATE TABLE audiences (
  name       TEXT PRIMARY KEY,
  created_at INTEGER NOT NULL,
  deleted_at INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

-- number: 0 until it is ready. alive_at: when its import last wrote something. emptied: its members were swept.
CREATE TABLE audience_versions (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  audience   TEXT    NOT NULL,
  number     INTEGER NOT NULL DEFAULT 0,
  state      TEXT    NOT NULL CHECK (state IN ('importing', 'ready', 'failed', 'deleted')),
  source     TEXT    NOT NULL,
  minus      TEXT    NOT NULL DEFAULT '',
  bytes      INTEGER NOT NULL DEFAULT 0,
  sha256     TEXT    NOT NULL DEFAULT '',
  total      INTEGER NOT NULL DEFAULT 0,
  usable     INTEGER NOT NULL DEFAULT 0,
  duplicates INTEGER NOT NULL DEFAULT 0,
  bad        INTEGER NOT NULL DEFAULT 0,
  blocked    INTEGER NOT NULL DEFAULT 0,
  staff      INTEGER NOT NULL DEFAULT 0,
  excluded   INTEGER NOT NULL DEFAULT 0,
  upload_id  INTEGER NOT NULL DEFAULT 0,
  made_by    TEXT    NOT NULL,
  created_at INTEGER NOT NULL,
  alive_at   INTEGER NOT NULL,
  ended_at   INTEGER NOT NULL DEFAULT 0,
  fault      TEXT    NOT NULL DEFAULT '',
  emptied    INTEGER NOT NULL DEFAULT 0,
  CHECK ((number > 0) = (state IN ('ready', 'deleted'))),
  CHECK (state <> 'ready' OR total = usable + duplicates + bad + blocked + staff + excluded)
);
CREATE UNIQUE INDEX audience_versions_number ON audience_versions (audience, number) WHERE number > 0;
CREATE INDEX audience_versions_alive ON audience_versions (alive_at) WHERE state = 'importing';
CREATE INDEX audience_versions_sweep ON audience_versions (id) WHERE state IN ('failed', 'deleted') AND emptied = 0;

CREATE TABLE audience_members (
  version_id INTEGER NOT NULL,
  openid     TEXT    NOT NULL,
  note       TEXT    NOT NULL DEFAULT '',
  PRIMARY KEY (version_id, openid)
) WITHOUT ROWID;

-- Files that people gave in Slack: they are fetched from there, and a crash begins again.
CREATE TABLE uploads (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  audience    TEXT    NOT NULL,
  minus       TEXT    NOT NULL DEFAULT '',
  files       TEXT    NOT NULL,
  uploaded_by TEXT    NOT NULL,
  channel     TEXT    NOT NULL DEFAULT '',
  state       TEXT    NOT NULL CHECK (state IN ('waiting', 'running', 'done', 'failed')),
  tries       INTEGER NOT NULL DEFAULT 0,
  due_at      INTEGER NOT NULL,
  progress    INTEGER NOT NULL DEFAULT 0,
  version_id  INTEGER NOT NULL DEFAULT 0,
  figures     TEXT    NOT NULL DEFAULT '{}',
  first_bad   TEXT    NOT NULL DEFAULT '[]',
  fault       TEXT    NOT NULL DEFAULT '',
  fault_about TEXT    NOT NULL DEFAULT '',
  created_at  INTEGER NOT NULL,
  ended_at    INTEGER NOT NULL DEFAULT 0,
  CHECK ((ended_at > 0) = (state IN ('done', 'failed')))
);
CREATE INDEX uploads_due ON uploads (due_at, id) WHERE state IN ('waiting', 'running');
CREATE INDEX uploads_of ON uploads (audience, id);

-- +goose Down
SELECT 1 / 0;
