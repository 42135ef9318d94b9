-- Files and emoji of peers that a rule about their hosts takes out of sight.
ALTER TABLE attachments ADD COLUMN refused BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE custom_emojis ADD COLUMN refused BOOLEAN NOT NULL DEFAULT FALSE;

-- What has waited longest, whichever host it is for.
CREATE INDEX deliveries_waiting ON deliveries (created_at, id) WHERE delivered_at IS NULL AND failed_at IS NULL;

-- What was set aside of each peer, the oldest first.
CREATE INDEX jobs_failed_share ON jobs (queue, share, failed_at) WHERE failed_at IS NOT NULL AND share IS NOT NULL;

-- Whose inbox it is.
CREATE INDEX accounts_inbox_url ON accounts (inbox_url, fetched_at) WHERE domain IS NOT NULL;
CREATE INDEX accounts_shared_inbox_url ON accounts (shared_inbox_url, fetched_at) WHERE domain IS NOT NULL;
