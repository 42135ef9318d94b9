DROP TRIGGER accounts_raise;
ALTER TABLE accounts DROP COLUMN avatar_description;
ALTER TABLE accounts DROP COLUMN header_description;
ALTER TABLE accounts DROP COLUMN hide_collections;
ALTER TABLE accounts DROP COLUMN show_media;
ALTER TABLE accounts DROP COLUMN show_media_replies;
ALTER TABLE accounts DROP COLUMN show_featured;
ALTER TABLE accounts DROP COLUMN attribution_domains;
CREATE TRIGGER accounts_raise AFTER UPDATE OF
    handle, username, domain, kind, uri, url, display_name, note, note_source, fields, avatar_url, header_url, inbox_url,
    shared_inbox_url, outbox_url, followers_url, following_url, featured_url, public_key_id, public_key_pem, locked,
    discoverable, indexable, also_known_as, moved_to_uri, followers_count, following_count, statuses_count, last_status_at,
    created_at, updated_at, fetched_at, suspended_at, emojis, limited, suspended_by, moved_at, silenced, sensitized,
    feature_policy, featured_collections_url, community
    ON accounts BEGIN
    UPDATE accounts SET version = random() WHERE id = NEW.id;
END;
