DELETE FROM jobs WHERE queue = 'cards';
DROP TABLE post_cards;
DROP TABLE cards;
