DROP INDEX domain_policies_id;
ALTER TABLE domain_policies DROP COLUMN id;
ALTER TABLE accounts DROP COLUMN sensitized;
ALTER TABLE accounts DROP COLUMN silenced;
DROP INDEX attachments_named_file;
ALTER TABLE attachments DROP COLUMN bit_rate;
ALTER TABLE attachments DROP COLUMN frame_rate;
ALTER TABLE attachments DROP COLUMN file_size;
ALTER TABLE attachments DROP COLUMN file_name;
