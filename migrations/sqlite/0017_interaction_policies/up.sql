-- Whom the server of a post lets answer, favourite and boost it, where that is not everyone: a JSON object.
CREATE TABLE interaction_limits (
    post_id INTEGER PRIMARY KEY NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
    limits TEXT NOT NULL
);
-- Quotes that wait for their author's word are listed for that author.
DROP INDEX quotes_quoted_account_id;
CREATE INDEX quotes_quoted_account_id ON quotes (quoted_account_id, state, post_id) WHERE quoted_account_id IS NOT NULL;
