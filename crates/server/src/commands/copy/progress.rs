//! How far a copy is: said at the start of each part, and now and then.

use std::time::{Duration, Instant};

/// Between two lines.
const TOLD_EVERY: Duration = Duration::from_secs(2);

/// How far one part is.
pub struct Progress {
    what: &'static str,
    total: u64,
    done: u64,
    began: Instant,
    told: Instant,
}

impl Progress {
    /// A part of about so many; 0 is not known.
    pub fn new(what: &'static str, total: u64) -> Self {
        let now = Instant::now();
        let progress = Self { what, total, done: 0, began: now, told: now };
        eprintln!("  {}", progress.line());
        progress
    }

    /// So many more.
    pub fn add(&mut self, done: usize) {
        self.done += done as u64;
        if self.told.elapsed() >= TOLD_EVERY {
            self.told = Instant::now();
            eprintln!("  {}", self.line());
        }
    }

    fn rate(&self) -> f64 {
        self.done as f64 / self.began.elapsed().as_secs_f64().max(0.001)
    }

    fn line(&self) -> String {
        let (done, what, rate) = (self.done, self.what, self.rate());
        match self.total.checked_sub(done) {
            Some(left) if self.total > 0 && done > 0 => {
                let seconds = (left as f64 / rate).ceil();
                format!("{done} of {} {what} ({rate:.0} a second, {seconds} s left)", self.total)
            }
            Some(_) if self.total > 0 => format!("{done} of {} {what}", self.total),
            _ => format!("{done} {what} ({rate:.0} a second)"),
        }
    }

    /// What it came to.
    pub fn end(&self) -> String {
        format!("{} {} ({:.0} a second)", self.done, self.what, self.rate())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_how_far_it_is_how_fast_and_how_long_it_takes() {
        let mut progress = Progress::new("edges", 300);
        assert_eq!(progress.line(), "0 of 300 edges");
        progress.began -= Duration::from_secs(10);
        progress.add(100);
        let line = progress.line();
        let left = line.strip_prefix("100 of 300 edges (10 a second, ").expect("so it begins");
        assert!(["20 s left)", "21 s left)"].contains(&left), "{line}");
        // More than was expected: nothing is left that could be told.
        progress.add(300);
        assert!(progress.line().starts_with("400 edges ("), "{}", progress.line());
        assert_eq!(progress.end(), "400 edges (40 a second)");
    }
}
