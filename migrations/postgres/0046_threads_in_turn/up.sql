-- Servers take turns in this queue from here on, and what has no share is in nobody's turn.
UPDATE jobs SET share = '-' WHERE queue = 'threads' AND share IS NULL;
