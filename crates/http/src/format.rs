//! How times and ids are written: what clients parse byte by byte.

use jiff::{Timestamp, fmt::strtime};

/// `2026-11-23T12:00:00.000Z`: always three digits and `Z`.
pub fn time(ms: u64) -> String {
    strtime::format("%Y-%m-%dT%H:%M:%S%.3fZ", stamp(ms)).unwrap_or_default()
}

/// `2026-11-23`.
pub fn day(ms: u64) -> String {
    strtime::format("%Y-%m-%d", stamp(ms)).unwrap_or_default()
}

/// `Mon, 23 Nov 2026 12:00:00 GMT`, as HTTP writes times (RFC 9110, 5.6.7).
pub fn http_time(ms: u64) -> String {
    strtime::format("%a, %d %b %Y %H:%M:%S GMT", stamp(ms)).unwrap_or_default()
}

fn stamp(ms: u64) -> jiff::civil::DateTime {
    let stamp = i64::try_from(ms).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok());
    stamp.unwrap_or_default().to_zoned(jiff::tz::TimeZone::UTC).datetime()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_three_digits_and_a_z() {
        assert_eq!(time(1_795_435_200_000), "2026-11-23T12:00:00.000Z");
        assert_eq!(time(1_795_435_200_007), "2026-11-23T12:00:00.007Z");
        assert_eq!(day(1_795_435_200_007), "2026-11-23");
        assert_eq!(http_time(1_795_435_200_000), "Mon, 23 Nov 2026 12:00:00 GMT");
        assert_eq!(time(u64::MAX), "1970-01-01T00:00:00.000Z");
    }
}
