DROP INDEX notifications_reaction_id;
ALTER TABLE notifications DROP COLUMN reaction_id;
DROP TABLE report_posts;
DROP TABLE reports;
DROP TABLE blocks;
DROP TABLE pins;
DROP TABLE dislikes;
DROP TABLE reactions;
DROP TABLE bookmarks;
DROP TABLE favourites;
-- A boost is nothing without its post.
DELETE FROM posts WHERE reblog_of_id IS NOT NULL;
DROP INDEX posts_reblog_of_account_id;
DROP INDEX posts_reblog_of_id;
DROP INDEX posts_boosted_once;
ALTER TABLE posts DROP COLUMN favourites_count;
ALTER TABLE posts DROP COLUMN reblogs_count;
ALTER TABLE posts DROP COLUMN reblog_of_account_id;
ALTER TABLE posts DROP COLUMN reblog_of_id;
