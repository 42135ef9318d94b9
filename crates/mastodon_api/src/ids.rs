//! Lists of ids as clients send them (`id[]=1&id[]=2`): texts, of which those that are no id name nothing.

use std::{collections::HashSet, hash::Hash, str::FromStr};

/// In the order given, each once.
pub(crate) fn ids<I: FromStr + Hash + Eq + Copy>(texts: &[String]) -> Vec<I> {
    let mut seen = HashSet::new();
    texts
        .iter()
        .filter_map(|text| text.parse().ok())
        .filter(|id| seen.insert(*id))
        .collect()
}
