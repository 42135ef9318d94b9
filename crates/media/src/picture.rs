//! Pixels to PNG, with bounded sides. What is drawn is not decided here.

use crate::Error;
use crate::palette::Rgb;

/// The longest side of a picture that is made here, in pixels.
pub const MAX_SIDE: u32 = 1500;

/// A width and a height within bounds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    pub(crate) width: u32,
    pub(crate) height: u32,
}

impl Size {
    pub(crate) fn new(width: u32, height: u32) -> Result<Self, Error> {
        for (name, pixels) in [("width", width), ("height", height)] {
            if pixels == 0 || pixels > MAX_SIDE {
                return Err(Error::Side { name, pixels });
            }
        }
        Ok(Self { width, height })
    }

    /// Asks `colour_at(x, y)` for every pixel, row by row.
    pub(crate) fn paint(self, colour_at: impl Fn(u32, u32) -> Rgb) -> Result<Vec<u8>, Error> {
        let pixels: Vec<u8> = (0..self.height)
            .flat_map(|y| (0..self.width).map(move |x| (x, y)))
            .flat_map(|(x, y)| colour_at(x, y))
            .collect();
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, self.width, self.height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&pixels)?;
        writer.finish()?;
        Ok(file)
    }
}
