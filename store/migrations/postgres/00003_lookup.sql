-- +goose Up
-- Looking things up: a person's newest sends of one stock, everybody's, and those of one person that still move.
CREATE INDEX sends_of_stock ON sends (stock_id, created_at);
CREATE INDEX sends_own_stock ON sends (requested_by, stock_id, created_at);
CREATE INDEX sends_own_open ON sends (requested_by, created_at) WHERE waiting + issuing + unknown > 0;

-- What people call a stock of the configuration, '' for others; what was given out before the day that began at day_at,
-- read at day_from; and since when each alert about it stands.
ALTER TABLE stocks ADD COLUMN called TEXT NOT NULL DEFAULT '';
ALTER TABLE stocks ADD COLUMN day_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE stocks ADD COLUMN day_from BIGINT NOT NULL DEFAULT 0;
ALTER TABLE stocks ADD COLUMN day_distributed BIGINT NOT NULL DEFAULT 0;
ALTER TABLE stocks ADD COLUMN low_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE stocks ADD COLUMN ending_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE stocks ADD COLUMN off_at BIGINT NOT NULL DEFAULT 0;

-- What a customer's list of one merchant's coupons showed when it was last read; want_at: somebody asked, and waits.
CREATE TABLE wallets (
  openid        TEXT    NOT NULL,
  creator_mchid TEXT    NOT NULL,
  want_at       BIGINT NOT NULL DEFAULT 0,
  tried_at      BIGINT NOT NULL DEFAULT 0,
  read_at       BIGINT NOT NULL DEFAULT 0,
  coupons       TEXT    NOT NULL DEFAULT '{}',
  fault         TEXT    NOT NULL DEFAULT '',
  PRIMARY KEY (openid, creator_mchid)
);
CREATE INDEX wallets_wanted ON wallets (want_at) WHERE want_at > 0;

-- +goose Down
SELECT 1 / 0;
