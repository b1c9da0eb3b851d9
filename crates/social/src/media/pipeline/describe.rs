//! What a person says about a picture: its description, and the point that matters in it.

use serde::{Deserialize, Serialize};

use crate::text::{TextError, plain_block};

/// Most characters of a description.
pub const MAX_DESCRIPTION: usize = 1_500;

/// Why a description cannot be taken.
pub type DescriptionError = TextError;

/// A description, normalised; blank is `None`.
pub fn description(text: &str) -> Result<Option<String>, DescriptionError> {
    let text = plain_block(text, MAX_DESCRIPTION)?;
    Ok((!text.is_empty()).then_some(text))
}

/// Why a focal point cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a focal point is two numbers from -1 to 1 with a comma between them")]
pub struct FocusError;

/// The point of a picture that must stay in sight when it is cropped: from -1 (left, bottom) to 1
/// (right, top), with 0 in the middle.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Focus {
    x: f64,
    y: f64,
}

impl Focus {
    /// A focal point, if both numbers are from -1 to 1.
    pub fn new(x: f64, y: f64) -> Result<Focus, FocusError> {
        // `contains` is false for what is not a number.
        let inside = |v: f64| (-1.0..=1.0).contains(&v);
        if inside(x) && inside(y) { Ok(Focus { x, y }) } else { Err(FocusError) }
    }

    /// Reads `x,y`, as clients send it.
    pub fn parse(text: &str) -> Result<Focus, FocusError> {
        let (x, y) = text.split_once(',').ok_or(FocusError)?;
        let number = |text: &str| text.trim().parse::<f64>().map_err(|_| FocusError);
        Focus::new(number(x)?, number(y)?)
    }

    /// From left to right.
    pub fn x(self) -> f64 {
        self.x
    }

    /// From bottom to top.
    pub fn y(self) -> f64 {
        self.y
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn u_9_a_focal_point_outside_the_picture_is_refused() {
        assert_eq!(Focus::parse("-0.5, 1").map(|f| (f.x(), f.y())), Ok((-0.5, 1.0)));
        for text in ["", "0", "NaN,0", "0,inf", "1e9,0", "0,-1.01", "0,0,0", "a,b", ","] {
            assert_eq!(Focus::parse(text), Err(FocusError), "{text}");
        }
    }

    #[test]
    fn u_9_a_description_has_a_length_and_blank_is_none() {
        assert_eq!(description(" \u{200b}\n"), Ok(None));
        assert_eq!(description("A cat\r\non a mat"), Ok(Some("A cat\non a mat".into())));
        assert!(description(&"x".repeat(MAX_DESCRIPTION)).is_ok());
        assert!(description(&"x".repeat(MAX_DESCRIPTION + 1)).is_err());
        assert!(description(&"x".repeat(10_000_000)).is_err());
    }
}
