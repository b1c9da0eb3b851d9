//! Turns uploads into what is served.

/// Processes uploads under limits.
#[derive(Debug)]
pub struct Pipeline;
