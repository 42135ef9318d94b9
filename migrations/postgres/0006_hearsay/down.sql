CREATE TABLE tombstones_known (
    uri TEXT PRIMARY KEY NOT NULL,
    deleted_at TIMESTAMP NOT NULL
);
INSERT INTO tombstones_known (uri, deleted_at) SELECT uri, MIN(deleted_at) FROM tombstones GROUP BY uri;
DROP TABLE tombstones;
ALTER TABLE tombstones_known RENAME TO tombstones;
CREATE INDEX tombstones_deleted_at ON tombstones (deleted_at);

UPDATE accounts SET
    statuses_count = (SELECT COUNT(*) FROM posts WHERE posts.account_id = accounts.id),
    last_status_at = (SELECT MAX(posts.created_at) FROM posts WHERE posts.account_id = accounts.id);
