-- Files of any type: how their owner calls them, and how large they are. Of films, pictures a second; of films and sounds, bits a
-- second.
ALTER TABLE attachments ADD COLUMN file_name TEXT;
ALTER TABLE attachments ADD COLUMN file_size BIGINT;
ALTER TABLE attachments ADD COLUMN frame_rate TEXT;
ALTER TABLE attachments ADD COLUMN bit_rate BIGINT;
-- By the name on the disk: whose it is, and which post it hangs on.
CREATE INDEX attachments_file ON attachments (file) WHERE file IS NOT NULL;
CREATE INDEX attachments_preview_file ON attachments (preview_file) WHERE preview_file IS NOT NULL;

-- What operators decided about one account: hidden from those who do not follow, whatever the rules about its server say; and the
-- files of its posts covered.
ALTER TABLE accounts ADD COLUMN silenced BOOLEAN NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN sensitized BOOLEAN NOT NULL DEFAULT 0;

-- Clients know a rule by a number.
ALTER TABLE domain_policies ADD COLUMN id BIGINT NOT NULL DEFAULT 0;
UPDATE domain_policies SET id = CAST(strftime('%s', created_at) AS INTEGER) * 65536000
    + (SELECT COUNT(*) FROM domain_policies AS other WHERE other.domain < domain_policies.domain);
CREATE UNIQUE INDEX domain_policies_id ON domain_policies (id);
