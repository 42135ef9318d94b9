-- The pair of keys that push services know this server by (RFC 8292): one row, whose id is 1.
CREATE TABLE push_keys (
    id INTEGER PRIMARY KEY NOT NULL,
    -- PKCS #8, base64url
    private_key TEXT NOT NULL,
    -- uncompressed point, base64url
    public_key TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL
);

-- Where an application wants to be woken: one for each access token, and gone with it.
CREATE TABLE push_subscriptions (
    id INTEGER PRIMARY KEY NOT NULL,
    token_id BIGINT NOT NULL UNIQUE REFERENCES access_tokens (id) ON DELETE CASCADE,
    account_id BIGINT NOT NULL REFERENCES users (account_id) ON DELETE CASCADE,
    endpoint TEXT NOT NULL,
    -- base64url
    p256dh TEXT NOT NULL,
    auth TEXT NOT NULL,
    -- RFC 8291; the draft before it otherwise
    standard BOOLEAN NOT NULL,
    -- what to be woken by: names of kinds of notifications, as a JSON list
    alerts TEXT NOT NULL,
    policy TEXT NOT NULL,
    -- the text of the token, sealed: clients know by it which of their accounts is meant
    sealed_token TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL
);
CREATE INDEX push_subscriptions_account_id ON push_subscriptions (account_id);
