DROP INDEX contexts_ask_at;
ALTER TABLE contexts DROP COLUMN ask_at;
