-- Who said of an address that nobody here knew that it was deleted. 0: it is known to be so.
CREATE TABLE tombstones_said (
    uri TEXT NOT NULL,
    deleted_at TIMESTAMP NOT NULL,
    said_by INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (uri, said_by)
);
INSERT INTO tombstones_said (uri, deleted_at) SELECT uri, deleted_at FROM tombstones;
DROP TABLE tombstones;
ALTER TABLE tombstones_said RENAME TO tombstones;
CREATE INDEX tombstones_deleted_at ON tombstones (deleted_at);

-- Direct posts count no longer.
UPDATE accounts SET
    statuses_count = (SELECT COUNT(*) FROM posts WHERE posts.account_id = accounts.id AND posts.audience <> 'direct'),
    last_status_at = (SELECT MAX(posts.created_at) FROM posts WHERE posts.account_id = accounts.id AND posts.audience <> 'direct');
