-- +goose Up
-- The audit's chain: each seal is a hash over the one before it and over one event. What waits for its seal is named
-- in the transaction that writes it, so the sealer never looks for a needle in the whole audit.
CREATE TABLE audit_unsealed (audit_id INTEGER PRIMARY KEY);
CREATE TABLE audit_seals (
  seq      INTEGER PRIMARY KEY,
  audit_id INTEGER NOT NULL UNIQUE,
  hash     BLOB    NOT NULL
);
INSERT INTO audit_unsealed (audit_id) SELECT id FROM audit;
-- +goose StatementBegin
CREATE TRIGGER audit_to_seal AFTER INSERT ON audit BEGIN INSERT INTO audit_unsealed (audit_id) VALUES (NEW.id); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_seals_stay BEFORE UPDATE ON audit_seals BEGIN SELECT RAISE(ABORT, 'a seal is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_seals_keep BEFORE DELETE ON audit_seals BEGIN SELECT RAISE(ABORT, 'a seal is never changed'); END;
-- +goose StatementEnd

-- In an adopted copy two coupons of one customer and stock may both have been called by the ledger it was copied from.
ALTER TABLE grants ADD COLUMN adopted INTEGER NOT NULL DEFAULT 0;
DROP INDEX grants_open_pair;
CREATE UNIQUE INDEX grants_open_pair ON grants (openid, stock_id) WHERE state IN ('issuing', 'unknown') AND adopted = 0;

-- +goose Down
SELECT 1 / 0;
