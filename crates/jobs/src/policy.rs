//! How long a job may run, how often it is tried, and how long it waits between.

use std::{sync::Arc, time::Duration};

/// Where jitter comes from: a number below the given bound. Injected, so that tests repeat.
pub type Random = Arc<dyn Fn(u64) -> u64 + Send + Sync>;

/// What a kind of job is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JobPolicy {
    /// After this it is stopped, which counts as a failure.
    pub timeout: Duration,
    /// After so many failures it is given up.
    pub max_attempts: u32,
    /// The longest wait after the first failure; it doubles with each.
    pub backoff_base: Duration,
    /// The longest wait at all.
    pub backoff_cap: Duration,
}

impl Default for JobPolicy {
    /// A minute to run, ten tries, waits from a second up to an hour.
    fn default() -> JobPolicy {
        JobPolicy {
            timeout: Duration::from_secs(60),
            max_attempts: 10,
            backoff_base: Duration::from_secs(1),
            backoff_cap: Duration::from_secs(3600),
        }
    }
}

impl JobPolicy {
    /// The wait after the given failed attempt (from 1), milliseconds: anything from nothing to the doubled
    /// base ("full jitter"), so that jobs that failed together do not come back together.
    pub fn backoff_ms(&self, attempt: u32, random: &Random) -> u64 {
        let ceiling = self.backoff_ceiling_ms(attempt);
        random(ceiling.saturating_add(1)).min(ceiling)
    }

    fn backoff_ceiling_ms(&self, attempt: u32) -> u64 {
        let base = self.backoff_base.as_millis() as u64;
        let doublings = 1u64.checked_shl(attempt.saturating_sub(1)).unwrap_or(u64::MAX);
        base.saturating_mul(doublings).min(self.backoff_cap.as_millis() as u64)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn policy(base: u64, cap: u64) -> JobPolicy {
        JobPolicy {
            backoff_base: Duration::from_millis(base),
            backoff_cap: Duration::from_millis(cap),
            ..JobPolicy::default()
        }
    }

    proptest! {
        #[test]
        fn a_wait_is_never_over_the_cap_nor_over_the_doubled_base(
            base in 0u64..10_000_000, cap in 0u64..100_000_000, attempt in 0u32..200, draw: u64,
        ) {
            let random: Random = Arc::new(move |bound| draw % bound);
            let wait = policy(base, cap).backoff_ms(attempt, &random);
            prop_assert!(wait <= cap);
            let doubled = u128::from(base) << attempt.saturating_sub(1).min(64);
            prop_assert!(u128::from(wait) <= doubled);
        }

        #[test]
        fn the_longest_wait_doubles_until_the_cap(base in 1u64..10_000, attempt in 1u32..40) {
            let longest: Random = Arc::new(|bound| bound - 1);
            let policy = policy(base, 3_600_000);
            let (now, next) = (policy.backoff_ms(attempt, &longest), policy.backoff_ms(attempt + 1, &longest));
            prop_assert_eq!(next, (now * 2).min(3_600_000));
        }

        #[test]
        fn a_source_of_chance_out_of_bounds_cannot_lengthen_a_wait(attempt in 1u32..40, draw: u64) {
            let rogue: Random = Arc::new(move |_| draw);
            prop_assert!(policy(100, 5_000).backoff_ms(attempt, &rogue) <= 5_000);
        }
    }
}
