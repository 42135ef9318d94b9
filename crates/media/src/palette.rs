//! The colours of placeholders: quiet pairs that are legible on light and dark pages.

pub(crate) type Rgb = [u8; 3];

/// A pale ground and a deep tone of a neighbouring hue.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pair {
    pub(crate) ground: Rgb,
    pub(crate) tone: Rgb,
}

const fn pair(ground: Rgb, tone: Rgb) -> Pair {
    Pair { ground, tone }
}

const PAIRS: [Pair; 12] = [
    pair([0xe4, 0xec, 0xf4], [0x45, 0x6b, 0x94]), // slate blue
    pair([0xe2, 0xf0, 0xee], [0x3c, 0x7f, 0x7a]), // lagoon
    pair([0xe6, 0xf1, 0xe4], [0x4f, 0x83, 0x55]), // fern
    pair([0xf0, 0xf0, 0xdd], [0x80, 0x80, 0x45]), // olive
    pair([0xf7, 0xee, 0xda], [0xa8, 0x7b, 0x36]), // ochre
    pair([0xf8, 0xe9, 0xe0], [0xb0, 0x67, 0x48]), // clay
    pair([0xf7, 0xe6, 0xe6], [0xa5, 0x58, 0x62]), // rosewood
    pair([0xf4, 0xe6, 0xef], [0x95, 0x55, 0x80]), // mallow
    pair([0xec, 0xe8, 0xf5], [0x70, 0x60, 0x9f]), // lavender
    pair([0xe6, 0xe8, 0xf6], [0x56, 0x62, 0xa3]), // iris
    pair([0xec, 0xea, 0xe6], [0x75, 0x6a, 0x5c]), // stone
    pair([0xe1, 0xee, 0xf3], [0x3f, 0x7b, 0x92]), // sea
];

/// Every number picks a pair.
pub(crate) fn pick(number: u64) -> Pair {
    let [first, rest @ ..] = PAIRS;
    let count = u64::try_from(PAIRS.len()).unwrap_or(1);
    usize::try_from(number % count)
        .ok()
        .and_then(|index| index.checked_sub(1))
        .and_then(|index| rest.get(index).copied())
        .unwrap_or(first)
}

/// The colour at `step` of `steps` on the way from one to the other.
pub(crate) fn blend(from: Rgb, to: Rgb, step: u64, steps: u64) -> Rgb {
    let [r, g, b] = from;
    let [to_r, to_g, to_b] = to;
    [
        between(r, to_r, step, steps),
        between(g, to_g, step, steps),
        between(b, to_b, step, steps),
    ]
}

fn between(from: u8, to: u8, step: u64, steps: u64) -> u8 {
    let steps = steps.max(1);
    let step = step.min(steps);
    let sum = u64::from(from) * (steps - step) + u64::from(to) * step;
    u8::try_from((sum + steps / 2) / steps).unwrap_or(to)
}

#[cfg(test)]
mod tests {
    use super::{PAIRS, blend, pick};

    #[test]
    fn every_pair_is_picked() {
        let mut grounds: Vec<_> = (0..100).map(|number| pick(number).ground).collect();
        grounds.sort_unstable();
        grounds.dedup();
        assert_eq!(grounds.len(), PAIRS.len());
    }

    #[test]
    fn a_blend_starts_and_ends_with_its_colours() {
        let (from, to) = ([0, 100, 255], [255, 100, 0]);
        assert_eq!(blend(from, to, 0, 10), from);
        assert_eq!(blend(from, to, 10, 10), to);
        assert_eq!(blend(from, to, 99, 10), to);
        assert_eq!(blend(from, to, 5, 10), [128, 100, 128]);
        assert_eq!(blend(from, to, 0, 0), from);
    }
}
