//! What an account shows before it has pictures of its own: the same seed gives the same picture on every server.

use crate::Error;
use crate::hash::hash;
use crate::palette::{blend, pick};
use crate::picture::Size;

/// The pattern is this many cells wide and high, of which the right ones mirror the left.
const CELLS: u32 = 5;
const CELLS_DRAWN: u32 = 3 * CELLS;

/// A PNG of `side` by `side` pixels: a mirrored pattern in one tone on a pale ground.
pub fn avatar(seed: &str, side: u32) -> Result<Vec<u8>, Error> {
    let canvas = Size::new(side, side)?;
    let bits = hash(seed);
    let pattern = pattern(bits);
    let colours = pick(bits >> 32);
    let margin = side / 7;
    let inner = side - 2 * margin;
    let cell_at = |pixel: u32| {
        let pixel = pixel.checked_sub(margin).filter(|pixel| *pixel < inner)?;
        Some(pixel * CELLS / inner)
    };
    canvas.paint(|x, y| match (cell_at(x), cell_at(y)) {
        (Some(column), Some(row)) if filled(pattern, column, row) => colours.tone,
        _ => colours.ground,
    })
}

/// A PNG of `width` by `height` pixels: two colours that melt into each other along the diagonal.
pub fn header(seed: &str, width: u32, height: u32) -> Result<Vec<u8>, Error> {
    let canvas = Size::new(width, height)?;
    let bits = hash(seed);
    let near = pick(bits >> 32);
    let far = pick(bits >> 16);
    let start = blend(near.tone, near.ground, 2, 5);
    let end = blend(far.ground, far.tone, 1, 5);
    // Both axes count alike, whatever the shape: the diagonal runs from corner to corner.
    let (width, height) = (u64::from(width), u64::from(height));
    let steps = 2 * width * height;
    canvas.paint(|x, y| {
        let step = (2 * u64::from(x) + 1) * height / 2 + (2 * u64::from(y) + 1) * width / 2;
        blend(start, end, step, steps)
    })
}

/// One bit per cell of the left half and the middle. A pattern with few cells is turned inside out, so that none looks empty.
fn pattern(bits: u64) -> u64 {
    let all = (1 << CELLS_DRAWN) - 1;
    let pattern = bits & all;
    if pattern.count_ones() < CELLS_DRAWN / 3 {
        !pattern & all
    } else {
        pattern
    }
}

fn filled(pattern: u64, column: u32, row: u32) -> bool {
    let mirrored = column.min((CELLS - 1).saturating_sub(column));
    pattern >> (mirrored * CELLS + row) & 1 == 1
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::as_conversions)]

    use super::{avatar, header};
    use crate::{Error, MAX_SIDE};
    use std::collections::BTreeSet;
    use std::io::Cursor;

    struct Decoded {
        width: u32,
        height: u32,
        pixels: Vec<[u8; 3]>,
    }

    fn decode(file: &[u8]) -> Decoded {
        let mut reader = png::Decoder::new(Cursor::new(file)).read_info().unwrap();
        let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut bytes).unwrap();
        assert_eq!(info.color_type, png::ColorType::Rgb);
        let pixels = bytes.chunks_exact(3).map(|p| [p[0], p[1], p[2]]).collect();
        Decoded {
            width: info.width,
            height: info.height,
            pixels,
        }
    }

    #[test]
    fn a_seed_decides_the_picture() {
        assert_eq!(avatar("alice", 64).unwrap(), avatar("alice", 64).unwrap());
        assert_eq!(
            header("alice", 64, 20).unwrap(),
            header("alice", 64, 20).unwrap()
        );
        let seeds: Vec<String> = (0..200).map(|number| format!("person{number}")).collect();
        let avatars: BTreeSet<_> = seeds.iter().map(|seed| avatar(seed, 40).unwrap()).collect();
        assert_eq!(avatars.len(), seeds.len());
        let headers: BTreeSet<_> = seeds
            .iter()
            .map(|seed| header(seed, 40, 20).unwrap())
            .collect();
        assert!(headers.len() > 50, "{}", headers.len());
    }

    #[test]
    fn pictures_decode_with_the_size_that_was_asked() {
        for side in [1, 2, 5, 7, 48, 400, MAX_SIDE] {
            let picture = decode(&avatar("alice", side).unwrap());
            assert_eq!((picture.width, picture.height), (side, side));
        }
        for (width, height) in [(1, 1), (1, MAX_SIDE), (MAX_SIDE, 500)] {
            let picture = decode(&header("alice", width, height).unwrap());
            assert_eq!((picture.width, picture.height), (width, height));
        }
    }

    #[test]
    fn an_avatar_is_mirrored_with_a_plain_margin() {
        for seed in ["", "alice", "bob", "carol@c.test", "日本"] {
            let picture = decode(&avatar(seed, 70).unwrap());
            let rows: Vec<_> = picture.pixels.chunks_exact(70).collect();
            let ground = rows[0][0];
            for row in &rows {
                assert!(row.iter().eq(row.iter().rev()), "{seed}");
                assert_eq!(row[9], ground, "{seed}");
            }
            assert!(rows[9].iter().all(|pixel| *pixel == ground), "{seed}");
            let drawn = picture.pixels.iter().filter(|p| **p != ground).count();
            assert!((300..2500).contains(&drawn), "{seed}: {drawn}");
        }
    }

    #[test]
    fn a_header_has_no_edges() {
        let picture = decode(&header("alice", 300, 100).unwrap());
        for row in picture.pixels.chunks_exact(300) {
            for pair in row.windows(2) {
                let mut channels = pair[0].iter().zip(pair[1]);
                assert!(channels.all(|(left, right)| left.abs_diff(right) <= 2));
            }
        }
        assert_ne!(picture.pixels.first(), picture.pixels.last());
    }

    #[test]
    fn sides_out_of_bounds_are_named() {
        for side in [0, MAX_SIDE + 1, u32::MAX] {
            for (wrong, picture) in [
                ("width", avatar("a", side)),
                ("width", header("a", side, 10)),
                ("height", header("a", 10, side)),
            ] {
                let error = picture.unwrap_err();
                assert!(
                    matches!(error, Error::Side { name, pixels } if name == wrong && pixels == side),
                    "{error}"
                );
                assert!(error.to_string().starts_with(wrong), "{error}");
            }
        }
    }
}
