//! How many different people: exact for a few, then HyperLogLog (Flajolet et al., 2007), in a bound of bytes.

use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// So many are known one by one.
const EXACT: usize = 32;
/// Registers of the sketch: its error is about 1.04 / √256 = 6.5 %.
const REGISTERS: usize = 256;

/// People, by hashes that mean nothing elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Crowd {
    /// A few, sorted.
    Few(Vec<u64>),
    /// Many.
    Many(Box<[u8; REGISTERS]>),
}

impl Default for Crowd {
    fn default() -> Crowd {
        Crowd::Few(Vec::new())
    }
}

impl Crowd {
    /// Adds somebody; whether it made a difference.
    pub fn add(&mut self, hash: u64) -> bool {
        match self {
            Crowd::Few(few) => {
                let Err(place) = few.binary_search(&hash) else { return false };
                few.insert(place, hash);
                if few.len() > EXACT {
                    let mut registers = Box::new([0; REGISTERS]);
                    few.iter().for_each(|hash| {
                        note(&mut registers, *hash);
                    });
                    *self = Crowd::Many(registers);
                }
                true
            }
            Crowd::Many(registers) => note(registers, hash),
        }
    }

    /// How many they are.
    pub fn count(&self) -> u32 {
        match self {
            Crowd::Few(few) => few.len() as u32,
            Crowd::Many(registers) => {
                let many = REGISTERS as f64;
                let sum: f64 = registers.iter().map(|rank| f64::from(*rank).exp2().recip()).sum();
                let raw = 0.7213 / (1.0 + 1.079 / many) * many * many / sum;
                let zeros = registers.iter().filter(|rank| **rank == 0).count();
                let counted = match zeros {
                    // Few for so many registers: counting the empty ones is better.
                    1.. if raw <= 2.5 * many => many * (many / zeros as f64).ln(),
                    _ => raw,
                };
                (counted.round() as u32).max(EXACT as u32 + 1)
            }
        }
    }
}

fn note(registers: &mut [u8; REGISTERS], hash: u64) -> bool {
    let (place, rest) = ((hash % REGISTERS as u64) as usize, hash / REGISTERS as u64);
    // 56 bits are left; all zero ranks as one more.
    let rank = (rest.leading_zeros() - 8 + 1) as u8;
    let higher = rank > registers[place];
    registers[place] = registers[place].max(rank);
    higher
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Stored {
    Few(Vec<u64>),
    Many(String),
}

impl Serialize for Crowd {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Crowd::Few(few) => Stored::Few(few.clone()),
            Crowd::Many(registers) => Stored::Many(STANDARD_NO_PAD.encode(&registers[..])),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Crowd {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Crowd, D::Error> {
        Ok(match Stored::deserialize(deserializer)? {
            Stored::Few(few) => Crowd::Few(few),
            Stored::Many(text) => {
                let bytes = STANDARD_NO_PAD.decode(text).map_err(serde::de::Error::custom)?;
                let registers: [u8; REGISTERS] = bytes
                    .try_into()
                    .map_err(|_| serde::de::Error::custom("a sketch has 256 registers"))?;
                Crowd::Many(Box::new(registers))
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// SplitMix64: hashes as good as those of people.
    fn hash(of: u64) -> u64 {
        let mut mixed = of.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    #[test]
    fn many_people_are_counted_within_a_fifth_in_a_bound_of_bytes() {
        for people in [33, 50, 100, 500, 1_000, 10_000, 100_000] {
            let mut crowd = Crowd::default();
            (0..people).for_each(|person| {
                crowd.add(hash(person));
            });
            let off = (f64::from(crowd.count()) - people as f64).abs() / people as f64;
            assert!(off < 0.2, "{people} are counted as {}", crowd.count());
            assert!(serde_json::to_string(&crowd).unwrap().len() < 700);
        }
    }

    proptest! {
        #[test]
        fn order_and_repetition_do_not_count(
            people in prop::collection::vec(0u64..60, 0..200), seed: u64,
        ) {
            let mut crowd = Crowd::default();
            people.iter().for_each(|person| { crowd.add(hash(person ^ seed)); });
            let mut backwards = Crowd::default();
            people.iter().rev().for_each(|person| { backwards.add(hash(person ^ seed)); });
            people.iter().for_each(|person| {
                prop_assert_assume(backwards.add(hash(person ^ seed)));
            });
            prop_assert_eq!(&crowd, &backwards);
            let distinct = people.iter().collect::<std::collections::HashSet<_>>().len();
            if distinct <= EXACT {
                prop_assert_eq!(crowd.count() as usize, distinct);
            }
            let text = serde_json::to_string(&crowd).unwrap();
            prop_assert_eq!(serde_json::from_str::<Crowd>(&text).unwrap(), crowd);
        }
    }

    fn prop_assert_assume(changed: bool) {
        assert!(!changed, "somebody who was there made a difference");
    }
}
