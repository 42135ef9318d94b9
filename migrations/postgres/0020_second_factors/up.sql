-- What somebody shows besides the password (TOTP, RFC 6238).
CREATE TABLE second_factors (
    account_id BIGINT PRIMARY KEY REFERENCES users (account_id) ON DELETE CASCADE,
    sealed_secret TEXT NOT NULL,
    -- of the last code that was taken: none is taken twice
    last_step BIGINT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    -- NULL until a first code showed that the secret has arrived
    confirmed_at TIMESTAMP
);

-- Each stands in for a code once.
CREATE TABLE recovery_codes (
    account_id BIGINT NOT NULL REFERENCES users (account_id) ON DELETE CASCADE,
    code_hash TEXT NOT NULL,
    PRIMARY KEY (account_id, code_hash)
);

-- The password was right; the code is still to come.
CREATE TABLE half_sign_ins (
    id BIGINT PRIMARY KEY,
    token_hash TEXT NOT NULL UNIQUE,
    account_id BIGINT NOT NULL REFERENCES users (account_id) ON DELETE CASCADE,
    expires_at TIMESTAMP NOT NULL
);
CREATE INDEX half_sign_ins_account_id ON half_sign_ins (account_id);
CREATE INDEX half_sign_ins_expires_at ON half_sign_ins (expires_at);
