-- When the answers to a post that came from elsewhere are to be asked for; NULL: not, or not again.
ALTER TABLE contexts ADD COLUMN ask_at TIMESTAMP;
CREATE INDEX contexts_ask_at ON contexts (ask_at) WHERE ask_at IS NOT NULL;
