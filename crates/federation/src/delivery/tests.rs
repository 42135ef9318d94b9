//! Deliveries to a peer that a test plays.
