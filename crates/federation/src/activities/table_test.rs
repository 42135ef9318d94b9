//! FEDERATION.md says what the code does.
