//! Chance that can be had again: a generator (`SplitMix64`, public domain by Sebastiano Vigna) and its seed, which a failing test names.

use rsa::rand_core::{OsRng, RngCore};

#[derive(Debug)]
pub struct Dice {
    pub seed: u64,
    state: u64,
}

impl Dice {
    pub fn fresh() -> Self {
        Self::of(OsRng.next_u64())
    }

    pub fn of(seed: u64) -> Self {
        Self { seed, state: seed }
    }

    pub fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// From 0 on, below `most`.
    pub fn below(&mut self, most: u64) -> u64 {
        self.next_u64() % most
    }

    pub fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count)
            .map(|_| self.next_u64().to_le_bytes()[0])
            .collect()
    }
}
