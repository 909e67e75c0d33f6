-- +goose Up
-- The audit's chain: each seal is a hash over the one before it and over one event. Events are committed in another
-- order than their ids; so what waits for its seal is named in the transaction that writes it.
CREATE TABLE audit_unsealed (audit_id BIGINT PRIMARY KEY);
CREATE TABLE audit_seals (
  seq      BIGINT PRIMARY KEY,
  audit_id BIGINT NOT NULL UNIQUE,
  hash     BYTEA  NOT NULL
);
INSERT INTO audit_unsealed (audit_id) SELECT id FROM audit;
-- +goose StatementBegin
CREATE FUNCTION audit_to_seal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO audit_unsealed (audit_id) VALUES (NEW.id);
  RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER audit_to_seal AFTER INSERT ON audit FOR EACH ROW EXECUTE FUNCTION audit_to_seal();
CREATE TRIGGER audit_seals_stay BEFORE UPDATE OR DELETE ON audit_seals FOR EACH ROW EXECUTE FUNCTION audit_stays();
CREATE TRIGGER audit_seals_keep BEFORE TRUNCATE ON audit_seals FOR EACH STATEMENT EXECUTE FUNCTION audit_stays();

-- In an adopted copy two coupons of one customer and stock may both have been called by the ledger it was copied from.
ALTER TABLE grants ADD COLUMN adopted BIGINT NOT NULL DEFAULT 0;
DROP INDEX grants_open_pair;
CREATE UNIQUE INDEX grants_open_pair ON grants (openid, stock_id) WHERE state IN ('issuing', 'unknown') AND adopted = 0;
-- What a claim looks in for a customer's older coupon, adopted or not; SQLite is content with grants_person.
CREATE INDEX grants_pair ON grants (openid, stock_id) WHERE state IN ('issuing', 'unknown');

-- +goose Down
SELECT 1 / 0;
