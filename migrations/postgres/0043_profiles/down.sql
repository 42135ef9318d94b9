ALTER TABLE accounts DROP COLUMN avatar_description;
ALTER TABLE accounts DROP COLUMN header_description;
ALTER TABLE accounts DROP COLUMN hide_collections;
ALTER TABLE accounts DROP COLUMN show_media;
ALTER TABLE accounts DROP COLUMN show_media_replies;
ALTER TABLE accounts DROP COLUMN show_featured;
ALTER TABLE accounts DROP COLUMN attribution_domains;
