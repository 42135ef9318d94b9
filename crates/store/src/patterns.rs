//! What people type, as patterns for `LIKE`.

/// Before what `LIKE` would read as a wildcard.
pub(crate) const ESCAPE: char = '\\';

/// Whatever starts with `prefix`, literally.
pub(crate) fn starting_with(prefix: &str) -> String {
    let mut pattern = String::with_capacity(prefix.len() + 1);
    for character in prefix.chars() {
        if matches!(character, '%' | '_' | ESCAPE) {
            pattern.push(ESCAPE);
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}
