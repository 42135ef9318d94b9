//! A small stable hash for choosing looks. It is no protection against anyone.

/// FNV-1a, 64 bits, then one round of mixing, since FNV alone leaves the high bits of short seeds alike.
pub(crate) fn hash(seed: &str) -> u64 {
    let fnv = seed.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let mixed = (fnv ^ (fnv >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    mixed ^ (mixed >> 33)
}

#[cfg(test)]
mod tests {
    use super::hash;

    #[test]
    fn the_hash_never_changes() {
        // A change here would change the face of every account without a picture.
        assert_eq!(hash(""), 0xecba_3df2_c338_3c52);
        assert_eq!(hash("alice@a.test"), 0xfefb_2381_f704_e3ef);
    }
}
