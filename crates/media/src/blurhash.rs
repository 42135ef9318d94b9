//! A few colours of a picture as a short text, shown until the picture is there (blurha.sh, algorithm and alphabet).

use std::f64::consts::PI;

use image::RgbImage;

/// Waves across and down.
const ACROSS: u32 = 4;
const DOWN: u32 = 3;

const DIGITS: &[u8; 83] =
    b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~";

type Colour = [f64; 3];

/// Of a small picture: every pixel is looked at for every wave.
pub(crate) fn of(image: &RgbImage) -> String {
    let mut waves: Vec<Colour> = Vec::new();
    for down in 0..DOWN {
        for across in 0..ACROSS {
            waves.push(wave(image, across, down));
        }
    }
    let mut out = String::new();
    push(&mut out, (ACROSS - 1) + (DOWN - 1) * 9, 1);
    let Some((mean, others)) = waves.split_first() else {
        return out;
    };
    let largest = others
        .iter()
        .flatten()
        .fold(0.0_f64, |largest, part| largest.max(part.abs()));
    let step = whole(largest * 166.0 - 0.5).min(82);
    push(&mut out, step, 1);
    let scale = f64::from(step + 1) / 166.0;
    let [r, g, b] = mean.map(to_srgb);
    push(&mut out, (r << 16) + (g << 8) + b, 4);
    for other in others {
        let [r, g, b] = other.map(|part| {
            let part = part / scale;
            let root = part.abs().sqrt().copysign(part);
            whole(root * 9.0 + 9.5).min(18)
        });
        push(&mut out, r * 19 * 19 + g * 19 + b, 2);
    }
    out
}

fn wave(image: &RgbImage, across: u32, down: u32) -> Colour {
    let (width, height) = (f64::from(image.width()), f64::from(image.height()));
    let weight = if across == 0 && down == 0 { 1.0 } else { 2.0 };
    let mut sum = [0.0; 3];
    for (x, y, pixel) in image.enumerate_pixels() {
        let basis = (PI * f64::from(across) * f64::from(x) / width).cos()
            * (PI * f64::from(down) * f64::from(y) / height).cos();
        for (sum, part) in sum.iter_mut().zip(pixel.0) {
            *sum += basis * to_linear(part);
        }
    }
    sum.map(|part| part * weight / (width * height))
}

fn to_linear(part: u8) -> f64 {
    let part = f64::from(part) / 255.0;
    if part <= 0.04045 {
        part / 12.92
    } else {
        ((part + 0.055) / 1.055).powf(2.4)
    }
}

fn to_srgb(part: f64) -> u32 {
    let part = part.clamp(0.0, 1.0);
    let part = if part <= 0.003_130_8 {
        part * 12.92
    } else {
        1.055 * part.powf(1.0 / 2.4) - 0.055
    };
    whole(part * 255.0 + 0.5).min(255)
}

/// The whole number below; 0 for what is negative.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::as_conversions,
    reason = "the casts saturate, which is what is wanted"
)]
fn whole(number: f64) -> u32 {
    number.max(0.0).floor() as u32
}

/// So many digits of base 83, the greatest first.
fn push(out: &mut String, number: u32, digits: u32) {
    for place in (0..digits).rev() {
        let digit = number / 83_u32.pow(place) % 83;
        let at = usize::try_from(digit).unwrap_or_default();
        out.push(DIGITS.get(at).copied().map_or('0', char::from));
    }
}

#[cfg(test)]
mod tests {
    use image::{Rgb, RgbImage};

    use super::*;

    #[test]
    fn one_colour_is_its_own_mean() {
        let hash = of(&RgbImage::from_pixel(8, 8, Rgb([255, 255, 255])));
        // 4 by 3 waves, then the mean: 0xffffff in base 83.
        assert!(hash.starts_with('L'), "{hash}");
        assert_eq!(&hash[2..6], "TSUA");
        let black = of(&RgbImage::from_pixel(8, 8, Rgb([0, 0, 0])));
        assert_eq!(&black[2..6], "0000");
        assert_eq!(black.len(), 28);
    }

    #[test]
    fn halves_differ_from_one_colour() {
        let halves = RgbImage::from_fn(8, 8, |x, _| {
            if x < 4 {
                Rgb([255, 0, 0])
            } else {
                Rgb([0, 0, 255])
            }
        });
        let mirrored = RgbImage::from_fn(8, 8, |x, _| {
            if x < 4 {
                Rgb([0, 0, 255])
            } else {
                Rgb([255, 0, 0])
            }
        });
        assert_ne!(of(&halves), of(&mirrored));
    }
}
