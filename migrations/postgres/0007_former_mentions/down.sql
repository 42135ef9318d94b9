DROP TABLE former_mentions;
