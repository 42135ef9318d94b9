-- Pages that posts link to, and what they say of themselves.
CREATE TABLE cards (
    id BIGINT PRIMARY KEY,
    url TEXT NOT NULL UNIQUE,
    -- there is something to show
    found BOOLEAN NOT NULL,
    title TEXT NOT NULL,
    description TEXT NOT NULL,
    language TEXT,
    author_name TEXT NOT NULL,
    author_url TEXT NOT NULL,
    provider_name TEXT NOT NULL,
    provider_url TEXT NOT NULL,
    published_at TIMESTAMP,
    image_description TEXT NOT NULL,
    image_file TEXT,
    image_width INTEGER,
    image_height INTEGER,
    blurhash TEXT,
    -- when it was last asked for, or is to be
    asked_at TIMESTAMP NOT NULL
);
CREATE INDEX cards_asked_at ON cards (asked_at);
CREATE TABLE post_cards (
    post_id BIGINT PRIMARY KEY REFERENCES posts (id) ON DELETE CASCADE,
    card_id BIGINT NOT NULL REFERENCES cards (id) ON DELETE CASCADE
);
CREATE INDEX post_cards_card_id ON post_cards (card_id, post_id);
