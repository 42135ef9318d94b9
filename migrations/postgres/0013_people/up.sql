-- Whom a person shows on their profile.
CREATE TABLE endorsements (
    id BIGINT PRIMARY KEY,
    account_id BIGINT NOT NULL REFERENCES users (account_id) ON DELETE CASCADE,
    target_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    created_at TIMESTAMP NOT NULL,
    UNIQUE (account_id, target_id)
);
CREATE INDEX endorsements_account_id ON endorsements (account_id, id);
CREATE INDEX endorsements_target_id ON endorsements (target_id);

-- Whom a person does not want to be shown as somebody to follow.
CREATE TABLE dismissed_suggestions (
    account_id BIGINT NOT NULL REFERENCES users (account_id) ON DELETE CASCADE,
    target_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    PRIMARY KEY (account_id, target_id)
);
CREATE INDEX dismissed_suggestions_target_id ON dismissed_suggestions (target_id);

-- The newest of those who want to be found, for the directory.
CREATE INDEX accounts_discoverable ON accounts (id) WHERE discoverable;

-- Who was here in which week; weeks since the Monday after the Unix epoch began.
CREATE TABLE visits (
    week BIGINT NOT NULL,
    account_id BIGINT NOT NULL REFERENCES users (account_id) ON DELETE CASCADE,
    PRIMARY KEY (week, account_id)
);
CREATE INDEX visits_account_id ON visits (account_id);

-- What the operators tell everybody here.
CREATE TABLE announcements (
    id BIGINT PRIMARY KEY,
    text TEXT NOT NULL,
    -- when what it is about begins and ends; it is shown until then, or until it is deleted
    starts_at TIMESTAMP,
    ends_at TIMESTAMP,
    all_day BOOLEAN NOT NULL,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);

CREATE TABLE announcement_dismissals (
    announcement_id BIGINT NOT NULL REFERENCES announcements (id) ON DELETE CASCADE,
    account_id BIGINT NOT NULL REFERENCES users (account_id) ON DELETE CASCADE,
    PRIMARY KEY (announcement_id, account_id)
);
CREATE INDEX announcement_dismissals_account_id ON announcement_dismissals (account_id);

CREATE TABLE announcement_reactions (
    id BIGINT PRIMARY KEY,
    announcement_id BIGINT NOT NULL REFERENCES announcements (id) ON DELETE CASCADE,
    account_id BIGINT NOT NULL REFERENCES users (account_id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    UNIQUE (announcement_id, account_id, name)
);
CREATE INDEX announcement_reactions_account_id ON announcement_reactions (account_id);

-- Who may not register, or sign in. Mail domains stand for those below them.
CREATE TABLE email_domain_blocks (
    id BIGINT PRIMARY KEY,
    domain TEXT NOT NULL UNIQUE,
    created_at TIMESTAMP NOT NULL
);

CREATE TABLE ip_blocks (
    id BIGINT PRIMARY KEY,
    -- with its prefix: 192.0.2.0/24
    ip TEXT NOT NULL UNIQUE,
    severity TEXT NOT NULL,
    comment TEXT NOT NULL,
    -- NULL: until it is deleted
    expires_at TIMESTAMP,
    created_at TIMESTAMP NOT NULL
);

-- Mail addresses that were refused for good, as hashes of their plainest form.
CREATE TABLE canonical_email_blocks (
    id BIGINT PRIMARY KEY,
    hash TEXT NOT NULL UNIQUE,
    created_at TIMESTAMP NOT NULL
);

-- Who looks after a report, and who closed it. NULL: nobody, or somebody at the machine.
ALTER TABLE reports ADD COLUMN assigned_to BIGINT;
ALTER TABLE reports ADD COLUMN resolved_by BIGINT;
