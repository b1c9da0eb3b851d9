//! The letter portrait of somebody in a mail, as `web/src/ui/portrait.ts` draws it: a mail loads no pictures, and the colour of a
//! person is the same there as on every screen. Mail programs know no `oklch`, so that colours are worked out here.

/// Hues are this many, all the way round.
const HUES: u32 = 24;

/// A letter on its colour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Face {
    letter: String,
    hue: u32,
}

impl Face {
    /// The letter comes from the name, the hue from the handle alone.
    pub(crate) fn of(name: &str, handle: &str) -> Face {
        let letters = name.chars().chain(handle.chars());
        let letter = letters.into_iter().find(|letter| letter.is_alphanumeric());
        let letter = letter.map(|letter| letter.to_uppercase().collect()).unwrap_or_default();
        Face { letter, hue: hue_of(handle) }
    }

    pub(super) fn html(&self) -> String {
        let (back, front) = (oklch(0.86, 0.07, self.hue), oklch(0.36, 0.09, self.hue));
        format!(
            "<span class=\"face{}\" aria-hidden=\"true\" style=\"float:left;width:40px;height:40px;\
             border-radius:13px;background:{back};color:{front};text-align:center;\
             font:700 18px/40px {}\">{}</span>",
            self.hue,
            super::letter::VOICE,
            super::letter::escape(&self.letter)
        )
    }

    /// Its colours by night.
    pub(super) fn night(&self) -> String {
        let (back, front) = (oklch(0.42, 0.07, self.hue), oklch(0.92, 0.09, self.hue));
        format!(".face{}{{background:{back}!important;color:{front}!important}}", self.hue)
    }
}

/// FNV-1a over the letters, the high bits folded in.
fn hue_of(handle: &str) -> u32 {
    let step = |hash: u32, letter: char| (hash ^ u32::from(letter)).wrapping_mul(16_777_619);
    let hash = handle.to_lowercase().chars().fold(2_166_136_261, step);
    (hash ^ (hash >> 15)) % HUES * (360 / HUES)
}

/// A colour of the tokens in the notation that everybody reads.
fn oklch(light: f64, chroma: f64, hue: u32) -> String {
    let (sin, cos) = f64::from(hue).to_radians().sin_cos();
    let (a, b) = (chroma * cos, chroma * sin);
    let cube = |of_a: f64, of_b: f64| (light + of_a * a + of_b * b).powi(3);
    let l = cube(0.396_337_777_4, 0.215_803_757_3);
    let m = cube(-0.105_561_345_8, -0.063_854_172_8);
    let s = cube(-0.089_484_177_5, -1.291_485_548);
    let byte = |linear: f64| {
        let shown = match linear <= 0.003_130_8 {
            true => 12.92 * linear,
            false => 1.055 * linear.powf(1.0 / 2.4) - 0.055,
        };
        (shown.clamp(0.0, 1.0) * 255.0).round() as u8
    };
    format!(
        "#{:02x}{:02x}{:02x}",
        byte(4.076_741_662_1 * l - 3.307_711_591_3 * m + 0.230_969_929_2 * s),
        byte(-1.268_438_004_6 * l + 2.609_757_401_1 * m - 0.341_319_396_5 * s),
        byte(-0.004_196_086_3 * l - 0.703_418_614_7 * m + 1.707_614_701 * s),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_has_the_colour_and_the_letter_of_every_screen() {
        // As `hueOf` of portrait.ts says.
        for (handle, hue) in [("mara", 285), ("tomasz", 255), ("Bo", 255), ("person_17", 30)] {
            assert_eq!(Face::of("", handle).hue, hue, "{handle}");
        }
        assert_eq!(Face::of("", "mara").letter, "M");
        assert_eq!(Face::of("(~) ß", "mara").letter, "SS");
        assert_eq!(Face::of("山田 葵", "aoi").letter, "山");
    }

    #[test]
    fn a_colour_is_what_browsers_make_of_it() {
        for (light, chroma, hue, hex) in
            [(1.0, 0.0, 0, "#ffffff"), (0.0, 0.0, 0, "#000000"), (0.628, 0.2577, 29, "#ff0000")]
        {
            let near = oklch(light, chroma, hue);
            let byte = |of: &str, at| u8::from_str_radix(&of[at..at + 2], 16).unwrap();
            for at in [1, 3, 5] {
                assert!(byte(&near, at).abs_diff(byte(hex, at)) < 6, "{near} {hex}");
            }
        }
    }
}
