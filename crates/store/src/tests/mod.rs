//! Tests of every query, on both databases: a file for each noun, and files for what the store itself promises.
