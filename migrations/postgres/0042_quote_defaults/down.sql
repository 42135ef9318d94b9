ALTER TABLE users DROP COLUMN default_quote_policy;
