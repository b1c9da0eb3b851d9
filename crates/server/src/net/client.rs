//! Who is at the other end: addresses through proxies, and request ids.

use std::net::{IpAddr, Ipv6Addr};

use http::{HeaderMap, HeaderValue};
use rand::RngCore;

/// The address of the client behind trusted proxies: from right to left, the first that is not a trusted proxy's.
pub fn behind_proxies(
    headers: &HeaderMap,
    peer: IpAddr,
    trusts: impl Fn(IpAddr) -> bool,
) -> IpAddr {
    let mut hops: Vec<&str> = Vec::new();
    for value in headers.get_all("x-forwarded-for") {
        hops.extend(value.to_str().unwrap_or_default().split(','));
    }
    let mut client = peer;
    for hop in hops.into_iter().rev() {
        let hop = hop.trim().trim_start_matches('[').trim_end_matches(']');
        let Ok(ip) = hop.parse::<IpAddr>() else { return client };
        client = ip.to_canonical();
        if !trusts(client) {
            return client;
        }
    }
    client
}

/// What one customer of a network has: an IPv4 address, or a /64 of IPv6.
pub fn network(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V4(ip) => IpAddr::V4(ip),
        IpAddr::V6(ip) => {
            let [a, b, c, d, ..] = ip.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

/// The request's id: a trusted proxy's, or a new one.
pub fn request_id(headers: &HeaderMap, trusted: bool) -> HeaderValue {
    let given = headers.get("x-request-id").filter(|value| {
        let fits = |b: &u8| b.is_ascii_alphanumeric() || *b == b'-' || *b == b'_';
        trusted && (1..=64).contains(&value.len()) && value.as_bytes().iter().all(fits)
    });
    match given {
        Some(id) => id.clone(),
        None => {
            let id = format!("{:016x}", rand::rng().next_u64());
            HeaderValue::from_str(&id).expect("hexadecimal digits are a header value")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r_1_forwarded_addresses_are_believed_only_from_the_right() {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", HeaderValue::from_static("1.1.1.1, 9.9.9.9, 10.0.0.2"));
        let proxy: IpAddr = "10.0.0.1".parse().unwrap();
        let trusts = |ip: IpAddr| ip.to_string().starts_with("10.");
        assert_eq!(behind_proxies(&headers, proxy, trusts).to_string(), "9.9.9.9");
        headers.insert("x-forwarded-for", HeaderValue::from_static("evil"));
        assert_eq!(behind_proxies(&headers, proxy, trusts), proxy);
    }

    #[test]
    fn r_2_a_64_is_one_client() {
        let one = network("2001:db8:1:2:3::4".parse().unwrap());
        assert_eq!(one, network("2001:db8:1:2:ffff::1".parse().unwrap()));
        assert_ne!(one, network("2001:db8:1:3::1".parse().unwrap()));
        assert_eq!(network("::ffff:10.0.0.1".parse().unwrap()).to_string(), "10.0.0.1");
    }
}
