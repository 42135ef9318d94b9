//! Filters: where they hold, what happens to what they catch, and whether a text holds a keyword.

words!(
    /// Where a filter holds. Servers say what is caught; clients look at where they are.
    FilterContext {
        Home = "home",
        Notifications = "notifications",
        Public = "public",
        Thread = "thread",
        Account = "account",
    }
);

words!(
    FilterAction {
        /// Shown behind the filter's title.
        Warn = "warn",
        /// Not shown.
        Hide = "hide",
        /// Shown with its files covered.
        Blur = "blur",
    }
);

/// A text made ready to be looked through: one case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Haystack(String);

impl Haystack {
    pub fn new(text: &str) -> Self {
        Self(text.to_lowercase())
    }

    /// Does the keyword, in any case, stand in the text? As a whole word: with no letter or digit before and behind it, if it
    /// begins and ends with one itself.
    pub fn holds(&self, keyword: &str, whole_word: bool) -> bool {
        let keyword = keyword.to_lowercase();
        if keyword.is_empty() {
            return false;
        }
        if !whole_word {
            return self.0.contains(&keyword);
        }
        let (first, last) = (keyword.chars().next(), keyword.chars().next_back());
        self.0.match_indices(&keyword).any(|(at, found)| {
            let before = self.0.get(..at).and_then(|text| text.chars().next_back());
            let behind = self
                .0
                .get(at + found.len()..)
                .and_then(|text| text.chars().next());
            let inside = is_word(first) && is_word(before) || is_word(last) && is_word(behind);
            !inside
        })
    }
}

fn is_word(c: Option<char>) -> bool {
    c.is_some_and(|c| c.is_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keyword_is_found_in_any_case_and_as_a_word_where_it_is_one() {
        let text = Haystack::new("The Cats sat. C++ café! 猫が好き");
        for (keyword, whole_word, found) in [
            ("cats", true, true),
            ("CAT", false, true),
            ("cat", true, false),
            ("ats", true, false),
            ("c++", true, true),
            ("+ ca", true, false),
            ("CAFÉ", true, true),
            ("猫", false, true),
            ("猫", true, false),
            ("dog", false, false),
            ("", false, false),
            ("", true, false),
        ] {
            assert_eq!(
                text.holds(keyword, whole_word),
                found,
                "{keyword} {whole_word}"
            );
        }
        // Not the first that is found, but any.
        assert!(Haystack::new("concat cat").holds("cat", true));
    }
}
