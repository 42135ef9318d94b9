-- Whom we speak with beyond the mode, by domain; a rule holds for the subdomains too.
CREATE TABLE domain_policies (
    -- lower case, in the spelling of the DNS; with a port where the rule is for one port
    domain TEXT PRIMARY KEY NOT NULL,
    severity TEXT NOT NULL,
    reject_media BOOLEAN NOT NULL DEFAULT 0,
    reject_reports BOOLEAN NOT NULL DEFAULT 0,
    -- the public list shows the domain with stars
    obfuscate BOOLEAN NOT NULL DEFAULT 0,
    public_comment TEXT NOT NULL DEFAULT '',
    private_comment TEXT NOT NULL DEFAULT '',
    created_at TIMESTAMP NOT NULL
);

-- One row: grows with every change of `domain_policies`, so that a process sees by one look whether it must read them again.
CREATE TABLE domain_policies_version (
    id INTEGER PRIMARY KEY NOT NULL,
    version BIGINT NOT NULL
);
INSERT INTO domain_policies_version (id, version) VALUES (1, 0);

-- Keys of peers' actors beside the first of `publicKey`.
CREATE TABLE actor_keys (
    key_id TEXT PRIMARY KEY NOT NULL,
    account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    -- PEM, or a Multikey (`z…`)
    public_key TEXT NOT NULL
);
CREATE INDEX actor_keys_account_id ON actor_keys (account_id);

-- Hidden from those who do not follow.
ALTER TABLE accounts ADD COLUMN limited BOOLEAN NOT NULL DEFAULT 0;
CREATE INDEX accounts_limited ON accounts (id) WHERE limited;
-- `operator`, `policy` or `origin`; NULL with `suspended_at` is an operator too
ALTER TABLE accounts ADD COLUMN suspended_by TEXT;
-- when the account last moved away
ALTER TABLE accounts ADD COLUMN moved_at TIMESTAMP;

-- The form of signature that the host took last, where it is known: `cavage` or `rfc9421`.
ALTER TABLE hosts ADD COLUMN signature_form TEXT;

-- Jobs of one share take turns with those of others.
ALTER TABLE jobs ADD COLUMN share TEXT;
UPDATE jobs SET share = lane WHERE queue = 'inbox';
CREATE INDEX jobs_share ON jobs (queue, share, run_at, id) WHERE share IS NOT NULL AND failed_at IS NULL;
