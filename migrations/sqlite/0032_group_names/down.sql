DROP TRIGGER communities_said;
DROP TRIGGER communities_said_gone;
DROP TRIGGER communities_said_new;
DROP TRIGGER accounts_raise;
ALTER TABLE accounts DROP COLUMN community;
CREATE TRIGGER accounts_raise AFTER UPDATE OF
    handle, username, domain, kind, uri, url, display_name, note, note_source, fields, avatar_url, header_url, inbox_url,
    shared_inbox_url, outbox_url, followers_url, following_url, featured_url, public_key_id, public_key_pem, locked,
    discoverable, indexable, also_known_as, moved_to_uri, followers_count, following_count, statuses_count, last_status_at,
    created_at, updated_at, fetched_at, suspended_at, emojis, limited, suspended_by, moved_at, silenced, sensitized,
    feature_policy, featured_collections_url
    ON accounts BEGIN
    UPDATE accounts SET version = random() WHERE id = NEW.id;
END;

-- Of a person and a group of one name, the person was known.
DELETE FROM accounts WHERE handle LIKE '!%'
    AND EXISTS (SELECT 1 FROM accounts AS person WHERE person.handle = substr(accounts.handle, 2));
UPDATE accounts SET handle = substr(handle, 2) WHERE handle LIKE '!%';
