-- What a poll is called by clients. One that was there before keeps the name that they know: that of its post.
ALTER TABLE polls ADD COLUMN poll_id BIGINT NOT NULL DEFAULT 0;
UPDATE polls SET poll_id = id;
CREATE UNIQUE INDEX polls_poll_id ON polls (poll_id);
