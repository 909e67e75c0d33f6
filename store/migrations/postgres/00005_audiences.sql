-- +goose Up
-- A list of customers under a name, made anew by each import. Its numbers go on when it is deleted and comes back, so
-- that no two lists ever have one name and number.
CREATE TABLE audiences (
  name       TEXT PRIMARY KEY,
  created_at BIGINT NOT NULL,
  deleted_at BIGINT NOT NULL DEFAULT 0
);

-- number: 0 until it is ready. alive_at: when its import last wrote something. emptied: its members were swept.
CREATE TABLE audience_versions (
  id         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  audience   TEXT    NOT NULL,
  number     BIGINT NOT NULL DEFAULT 0,
  state      TEXT    NOT NULL CHECK (state IN ('importing', 'ready', 'failed', 'deleted')),
  source     TEXT    NOT NULL,
  minus      TEXT    NOT NULL DEFAULT '',
  bytes      BIGINT NOT NULL DEFAULT 0,
  sha256     TEXT    NOT NULL DEFAULT '',
  total      BIGINT NOT NULL DEFAULT 0,
  usable     BIGINT NOT NULL DEFAULT 0,
  duplicates BIGINT NOT NULL DEFAULT 0,
  bad        BIGINT NOT NULL DEFAULT 0,
  blocked    BIGINT NOT NULL DEFAULT 0,
  staff      BIGINT NOT NULL DEFAULT 0,
  excluded   BIGINT NOT NULL DEFAULT 0,
  upload_id  BIGINT NOT NULL DEFAULT 0,
  made_by    TEXT    NOT NULL,
  created_at BIGINT NOT NULL,
  alive_at   BIGINT NOT NULL,
  ended_at   BIGINT NOT NULL DEFAULT 0,
  fault      TEXT    NOT NULL DEFAULT '',
  emptied    BIGINT NOT NULL DEFAULT 0,
  CHECK ((number > 0) = (state IN ('ready', 'deleted'))),
  CHECK (state <> 'ready' OR total = usable + duplicates + bad + blocked + staff + excluded)
);
CREATE UNIQUE INDEX audience_versions_number ON audience_versions (audience, number) WHERE number > 0;
CREATE INDEX audience_versions_alive ON audience_versions (alive_at) WHERE state = 'importing';
CREATE INDEX audience_versions_sweep ON audience_versions (id) WHERE state IN ('failed', 'deleted') AND emptied = 0;

CREATE TABLE audience_members (
  version_id BIGINT NOT NULL,
  openid     TEXT COLLATE "C" NOT NULL, -- in the order of bytes, as files are sorted
  note       TEXT    NOT NULL DEFAULT '',
  PRIMARY KEY (version_id, openid)
);

-- Files that people gave in Slack: they are fetched from there, and a crash begins again.
CREATE TABLE uploads (
  id          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  audience    TEXT    NOT NULL,
  minus       TEXT    NOT NULL DEFAULT '',
  files       TEXT    NOT NULL,
  uploaded_by TEXT    NOT NULL,
  channel     TEXT    NOT NULL DEFAULT '',
  state       TEXT    NOT NULL CHECK (state IN ('waiting', 'running', 'done', 'failed')),
  tries       BIGINT NOT NULL DEFAULT 0,
  due_at      BIGINT NOT NULL,
  progress    BIGINT NOT NULL DEFAULT 0,
  version_id  BIGINT NOT NULL DEFAULT 0,
  figures     TEXT    NOT NULL DEFAULT '{}',
  first_bad   TEXT    NOT NULL DEFAULT '[]',
  fault       TEXT    NOT NULL DEFAULT '',
  fault_about TEXT    NOT NULL DEFAULT '',
  created_at  BIGINT NOT NULL,
  ended_at    BIGINT NOT NULL DEFAULT 0,
  CHECK ((ended_at > 0) = (state IN ('done', 'failed')))
);
CREATE INDEX uploads_due ON uploads (due_at, id) WHERE state IN ('waiting', 'running');
CREATE INDEX uploads_of ON uploads (audience, id);

-- +goose Down
SELECT 1 / 0;
