//! Which ways the code under test has gone, by the counters that `scripts/fuzz` has the compiler put in. Without them there is
//! nothing to see, and tests that ask are told so.

use std::sync::Mutex;

/// Where the counters are: the first, and the one after the last.
static COUNTERS: Mutex<Vec<(usize, usize)>> = Mutex::new(Vec::new());

/// Called by what the compiler puts in, before `main`.
/// <https://clang.llvm.org/docs/SanitizerCoverage.html#inline-8bit-counters>
#[unsafe(no_mangle)]
pub extern "C" fn __sanitizer_cov_8bit_counters_init(start: *mut u8, end: *mut u8) {
    if let Ok(mut all) = COUNTERS.lock() {
        let range = (start.addr(), end.addr());
        if !all.contains(&range) && start < end {
            all.push(range);
        }
    }
    start.expose_provenance();
}

/// The ways of one target so far.
#[derive(Debug)]
pub struct Ways {
    ranges: Vec<(usize, usize)>,
    /// For each counter, the sizes that it has had, a bit each.
    seen: Vec<u8>,
}

impl Ways {
    /// `None`: the code has no counters.
    pub fn look() -> Option<Self> {
        let ranges = COUNTERS.lock().ok()?.clone();
        let counters = ranges.iter().map(|(start, end)| end - start).sum();
        (counters > 0).then(|| Self {
            ranges,
            seen: vec![0; counters],
        })
    }

    fn counters(&self) -> impl Iterator<Item = *mut u8> {
        let all = self.ranges.iter().flat_map(|(start, end)| *start..*end);
        all.map(std::ptr::with_exposed_provenance_mut)
    }

    /// Before a run.
    pub fn clear(&self) {
        for counter in self.counters() {
            // SAFETY: the compiler's runtime named this range, and it lives as long as the program.
            unsafe { counter.write_volatile(0) };
        }
    }

    /// After a run: did it go a way that none before went, or one of them much more often?
    pub fn grow(&mut self) -> bool {
        let mut grown = false;
        let counters: Vec<*mut u8> = self.counters().collect();
        for (counter, seen) in counters.into_iter().zip(&mut self.seen) {
            // SAFETY: as above.
            let count = unsafe { counter.read_volatile() };
            let size = match count {
                0 => 0,
                1 => 1,
                2 => 2,
                3 => 4,
                4..=7 => 8,
                8..=15 => 16,
                16..=31 => 32,
                32..=127 => 64,
                128.. => 128,
            };
            grown |= size & !*seen != 0;
            *seen |= size;
        }
        grown
    }

    /// How many counters have moved, of how many.
    pub fn covered(&self) -> (usize, usize) {
        let moved = self.seen.iter().filter(|seen| **seen != 0).count();
        (moved, self.seen.len())
    }
}
