//! Ranges of addresses in CIDR form.

use std::{fmt, net::IpAddr, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A range of addresses: `192.0.2.0/24`, `2001:db8::/32`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Range {
    address: IpAddr,
    prefix: u8,
}

/// A text that is no range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be an address or a range like 192.0.2.0/24")]
pub struct BadRange;

impl Range {
    /// The range of so many leading bits around an address.
    pub fn around(address: IpAddr, prefix: u8) -> Range {
        let address = match address.to_canonical() {
            IpAddr::V4(four) => {
                let kept = u32::MAX.checked_shl(32 - u32::from(prefix.min(32))).unwrap_or(0);
                IpAddr::V4((u32::from(four) & kept).into())
            }
            IpAddr::V6(six) => {
                let kept = u128::MAX.checked_shl(128 - u32::from(prefix.min(128))).unwrap_or(0);
                IpAddr::V6((u128::from(six) & kept).into())
            }
        };
        Range { address, prefix }
    }

    /// All ranges that an address is in, the widest first.
    pub fn all_around(address: IpAddr) -> impl Iterator<Item = Range> {
        let address = address.to_canonical();
        let longest = if address.is_ipv4() { 32 } else { 128 };
        (0..=longest).map(move |prefix| Range::around(address, prefix))
    }

    /// Whether an address is in it.
    pub fn holds(self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        address.is_ipv4() == self.address.is_ipv4()
            && Range::around(address, self.prefix).address == self.address
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

impl FromStr for Range {
    type Err = BadRange;

    fn from_str(text: &str) -> Result<Range, BadRange> {
        let text = text.trim();
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| BadRange)?;
        let address = address.to_canonical();
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let prefix: u8 = match prefix {
            None => longest,
            Some(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => {
                text.parse().map_err(|_| BadRange)?
            }
            Some(_) => return Err(BadRange),
        };
        // Everybody is nobody's range: a slip of the hand would close the community.
        if prefix == 0 || prefix > longest {
            return Err(BadRange);
        }
        Ok(Range::around(address, prefix))
    }
}

impl Serialize for Range {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Range {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Range, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
