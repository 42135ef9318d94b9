-- What is said of the pictures of a profile, and what its owner lets others see of it. JSON: the domains whose pages may name the account as
-- their author.
ALTER TABLE accounts ADD COLUMN avatar_description TEXT NOT NULL DEFAULT '';
ALTER TABLE accounts ADD COLUMN header_description TEXT NOT NULL DEFAULT '';
ALTER TABLE accounts ADD COLUMN hide_collections BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE accounts ADD COLUMN show_media BOOLEAN NOT NULL DEFAULT TRUE;
ALTER TABLE accounts ADD COLUMN show_media_replies BOOLEAN NOT NULL DEFAULT TRUE;
ALTER TABLE accounts ADD COLUMN show_featured BOOLEAN NOT NULL DEFAULT TRUE;
ALTER TABLE accounts ADD COLUMN attribution_domains TEXT NOT NULL DEFAULT '[]';
DROP TRIGGER accounts_raise;
CREATE TRIGGER accounts_raise AFTER UPDATE OF
    handle, username, domain, kind, uri, url, display_name, note, note_source, fields, avatar_url, header_url, inbox_url,
    shared_inbox_url, outbox_url, followers_url, following_url, featured_url, public_key_id, public_key_pem, locked,
    discoverable, indexable, also_known_as, moved_to_uri, followers_count, following_count, statuses_count, last_status_at,
    created_at, updated_at, fetched_at, suspended_at, emojis, limited, suspended_by, moved_at, silenced, sensitized,
    feature_policy, featured_collections_url, community, avatar_description, header_description, hide_collections,
    show_media, show_media_replies, show_featured, attribution_domains
    ON accounts BEGIN
    UPDATE accounts SET version = random() WHERE id = NEW.id;
END;
