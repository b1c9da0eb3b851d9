//! How many people, not how many times: exact up to 256, then a HyperLogLog.
//!
//! P. Flajolet, É. Fusy, O. Gandouet, F. Meunier: HyperLogLog: the analysis of a near-optimal cardinality estimation
//! algorithm (AofA 2007), with 4,096 registers (a standard error of 1.6 %) and the estimator of O. Ertl: New cardinality
//! estimation algorithms for HyperLogLog sketches (2017), which needs no tables and no cases. Sets and sketches merge in
//! any order and any number of times to the same, so that days make weeks and processes need not know of each other.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// Up to so many people are counted one by one.
pub(super) const EXACT: usize = 256;
/// Bits of a hash that choose a register.
const INDEX_BITS: u32 = 12;
const REGISTERS: usize = 1 << INDEX_BITS;
/// Bits of a hash whose leading zeros are the rank.
const RANK_BITS: u32 = 64 - INDEX_BITS;
/// A rank is at most 53: one sign of this alphabet.
const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// People, as hashes that only the subject's key and the person's own secret can make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Form", try_from = "Form")]
pub enum Reach {
    /// Each one.
    Exact(BTreeSet<u64>),
    /// The highest rank seen in each register.
    Sketch(Vec<u8>),
}

impl Default for Reach {
    fn default() -> Reach {
        Reach::Exact(BTreeSet::new())
    }
}

impl Reach {
    /// Adds a person.
    pub fn insert(&mut self, person: u64) {
        match self {
            Reach::Exact(people) => {
                people.insert(person);
                if people.len() > EXACT {
                    *self = Reach::Sketch(sketch_of(people));
                }
            }
            Reach::Sketch(registers) => note(registers, person),
        }
    }

    /// Adds all people of another.
    pub fn merge(&mut self, other: &Reach) {
        match (&mut *self, other) {
            (_, Reach::Exact(people)) => people.iter().for_each(|person| self.insert(*person)),
            (Reach::Exact(people), Reach::Sketch(registers)) => {
                let mut merged = registers.clone();
                people.iter().for_each(|person| note(&mut merged, *person));
                *self = Reach::Sketch(merged);
            }
            (Reach::Sketch(own), Reach::Sketch(registers)) => {
                own.iter_mut().zip(registers).for_each(|(own, other)| *own = (*own).max(*other));
            }
        }
    }

    /// How many people.
    pub fn count(&self) -> u64 {
        match self {
            Reach::Exact(people) => people.len() as u64,
            Reach::Sketch(registers) => estimate(registers),
        }
    }
}

fn sketch_of(people: &BTreeSet<u64>) -> Vec<u8> {
    let mut registers = vec![0; REGISTERS];
    people.iter().for_each(|person| note(&mut registers, *person));
    registers
}

fn note(registers: &mut [u8], person: u64) {
    let place = (person >> RANK_BITS) as usize;
    let rest = person << INDEX_BITS;
    let rank = (rest.leading_zeros().min(RANK_BITS) + 1) as u8;
    registers[place] = registers[place].max(rank);
}

/// Ertl's improved raw estimator (his algorithm 6).
fn estimate(registers: &[u8]) -> u64 {
    let size = REGISTERS as f64;
    let mut of_rank = [0_u32; RANK_BITS as usize + 2];
    registers.iter().for_each(|rank| of_rank[usize::from(*rank).min(of_rank.len() - 1)] += 1);
    let highest = f64::from(of_rank[RANK_BITS as usize + 1]);
    let mut sum = size * tau(1.0 - highest / size);
    for rank in (1..=RANK_BITS as usize).rev() {
        sum = 0.5 * (sum + f64::from(of_rank[rank]));
    }
    sum += size * sigma(f64::from(of_rank[0]) / size);
    (size * size / (2.0 * std::f64::consts::LN_2 * sum)).round() as u64
}

fn sigma(mut x: f64) -> f64 {
    if x == 1.0 {
        return f64::INFINITY;
    }
    let (mut y, mut z) = (1.0, x);
    loop {
        x *= x;
        let before = z;
        z += x * y;
        y += y;
        if z == before {
            return z;
        }
    }
}

fn tau(mut x: f64) -> f64 {
    if x == 0.0 || x == 1.0 {
        return 0.0;
    }
    let (mut y, mut z) = (1.0, 1.0 - x);
    loop {
        x = x.sqrt();
        let before = z;
        y *= 0.5;
        z -= (1.0 - x).powi(2) * y;
        if z == before {
            return z / 3.0;
        }
    }
}

/// How it is stored: hashes in hexadecimal, sixteen signs each, or one sign for each register.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Form {
    Exact(String),
    Sketch(String),
}

/// What is stored is no set and no sketch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("neither a set of people nor a sketch")]
pub struct BadReach;

impl From<Reach> for Form {
    fn from(reach: Reach) -> Form {
        match reach {
            Reach::Exact(people) => {
                Form::Exact(people.iter().map(|person| format!("{person:016x}")).collect())
            }
            Reach::Sketch(registers) => Form::Sketch(
                registers.iter().map(|rank| char::from(SIGNS[usize::from(rank & 63)])).collect(),
            ),
        }
    }
}

impl TryFrom<Form> for Reach {
    type Error = BadReach;

    fn try_from(form: Form) -> Result<Reach, BadReach> {
        match form {
            Form::Exact(text) if text.is_ascii() && text.len().is_multiple_of(16) => {
                let hashes = (0..text.len()).step_by(16).map(|at| &text[at..at + 16]);
                let people = hashes.map(|hash| u64::from_str_radix(hash, 16));
                people.collect::<Result<_, _>>().map(Reach::Exact).map_err(|_| BadReach)
            }
            Form::Sketch(text) if text.len() == REGISTERS => {
                let rank = |sign| SIGNS.iter().position(|own| *own == sign).map(|rank| rank as u8);
                text.bytes().map(rank).collect::<Option<_>>().map(Reach::Sketch).ok_or(BadReach)
            }
            _ => Err(BadReach),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Well-mixed hashes (splitmix64), as MACs are.
    fn hash(number: u64) -> u64 {
        let mut z = number.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn of(numbers: impl IntoIterator<Item = u64>) -> Reach {
        let mut reach = Reach::default();
        numbers.into_iter().for_each(|number| reach.insert(hash(number)));
        reach
    }

    #[test]
    fn people_are_exact_up_to_256_and_a_sketch_from_the_next_on() {
        let exact = of(0..256);
        assert!(matches!(exact, Reach::Exact(_)));
        assert_eq!(exact.count(), 256);
        let sketch = of(0..257);
        assert!(matches!(sketch, Reach::Sketch(_)));
        assert!((245..270).contains(&sketch.count()), "{}", sketch.count());
    }

    #[test]
    fn an_empty_sketch_and_a_full_one_have_an_estimate() {
        assert_eq!(estimate(&vec![0; REGISTERS]), 0);
        assert!(estimate(&vec![RANK_BITS as u8 + 1; REGISTERS]) > 1 << 60);
    }

    #[test]
    fn what_is_stored_and_is_nothing_of_ours_is_refused() {
        for bad in [
            r#"{"exact":"12"}"#,
            r#"{"exact":"zzzzzzzzzzzzzzzz"}"#,
            r#"{"exact":"ééééééé1"}"#,
            r#"{"sketch":"AA"}"#,
        ] {
            assert!(serde_json::from_str::<Reach>(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        #[test]
        fn an_estimate_is_within_eight_percent(people in 257_u64..60_000, start in 0_u64..1 << 40) {
            // Five standard errors: 1.6 % each.
            let counted = of(start..start + people).count() as f64;
            prop_assert!((counted / people as f64 - 1.0).abs() < 0.08, "{counted} for {people}");
        }

        #[test]
        fn seeing_somebody_again_changes_nothing(people in 1_u64..1_000) {
            prop_assert_eq!(of((0..people).chain(0..people)), of(0..people));
        }

        #[test]
        fn merges_in_any_order_and_twice_are_the_union(a in 0_u64..900, b in 0_u64..900, overlap in 0_u64..900) {
            let from = a.saturating_sub(overlap);
            let (left, right) = (of(0..a), of(from..from + b));
            let mut there = left.clone();
            there.merge(&right);
            let mut back = right.clone();
            back.merge(&left);
            prop_assert_eq!(&there, &back);
            let union = of(0..a.max(from + b).max(a));
            if from + b >= a {
                prop_assert_eq!(&there, &union);
            }
            let once = there.clone();
            there.merge(&right);
            there.merge(&left);
            prop_assert_eq!(there, once);
        }

        #[test]
        fn it_reads_back_as_it_was_written(people in 0_u64..900) {
            let reach = of(0..people);
            let text = serde_json::to_string(&reach).unwrap();
            prop_assert!(text.len() < 4_200, "{}", text.len());
            prop_assert_eq!(serde_json::from_str::<Reach>(&text).unwrap(), reach);
        }
    }
}
