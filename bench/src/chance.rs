//! Seeded chance: the same data and the same requests in every run.

use rand::{Rng, SeedableRng, rngs::SmallRng};

/// A stream of chance of its own for each use.
pub fn seeded(seed: u64) -> SmallRng {
    SmallRng::seed_from_u64(seed)
}

/// Ranks `0..n` with P(rank) ~ 1 / (rank + 1)^s (Zipf's law): few are popular, many are not.
pub struct Zipf {
    sums: Vec<f64>,
}

impl Zipf {
    /// Over `n` ranks.
    pub fn new(n: usize, s: f64) -> Zipf {
        let mut sum = 0.0;
        let weigh = |rank: usize| {
            sum += 1.0 / ((rank + 1) as f64).powf(s);
            sum
        };
        Zipf { sums: (0..n).map(weigh).collect() }
    }

    /// A rank.
    pub fn draw(&self, chance: &mut impl Rng) -> usize {
        let last = self.sums.last().copied().unwrap_or_default();
        let at = chance.random::<f64>() * last;
        self.sums.partition_point(|sum| *sum < at).min(self.sums.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_rank_is_drawn_twice_as_often_as_the_second() {
        let (zipf, mut chance) = (Zipf::new(100, 1.0), seeded(1));
        let mut drawn = [0_u32; 100];
        (0..100_000).for_each(|_| drawn[zipf.draw(&mut chance)] += 1);
        let ratio = f64::from(drawn[0]) / f64::from(drawn[1]);
        assert!((1.8..2.2).contains(&ratio), "{ratio}");
        assert!(drawn[99] > 0, "the tail is drawn, too");
    }
}
