DROP INDEX quotes_quoted_account_id;
CREATE INDEX quotes_quoted_account_id ON quotes (quoted_account_id) WHERE quoted_account_id IS NOT NULL;
DROP TABLE interaction_limits;
