DROP TABLE scheduled_attachments;
DROP TABLE scheduled_posts;
DELETE FROM jobs WHERE queue = 'scheduled';
DELETE FROM jobs WHERE queue = 'words';
DROP TRIGGER accounts_lose_words;
DROP TABLE account_words;
DROP TRIGGER posts_lose_words;
DROP TABLE post_words;
