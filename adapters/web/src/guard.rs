//! Where a connection may go: public addresses, the usual ports, and what the operator opened.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// What may be reached beside public addresses, and through which ports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permits {
    /// Ports of addresses.
    pub ports: Vec<u16>,
    /// Ranges that are not public and may be reached all the same, through those ports: an intranet.
    pub ranges: Vec<IpNet>,
    /// Single ends, address and port, whatever they are.
    pub ends: Vec<SocketAddr>,
}

impl Default for Permits {
    fn default() -> Permits {
        Permits { ports: vec![80, 443], ranges: Vec::new(), ends: Vec::new() }
    }
}

impl Permits {
    /// Whether a connection may go there.
    pub fn allows(&self, address: IpAddr, port: u16) -> bool {
        let address = plain(address);
        if self.ends.contains(&SocketAddr::new(address, port)) {
            return true;
        }
        let opened = self.ranges.iter().any(|range| range.contains(&address));
        self.ports.contains(&port) && (is_public(address) || opened)
    }

    /// Whether any address may be reached through a port.
    pub fn allows_port(&self, port: u16) -> bool {
        self.ports.contains(&port) || self.ends.iter().any(|end| end.port() == port)
    }
}

/// An IPv4 address that hides in an IPv6 one is what it is.
fn plain(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(six) => six.to_ipv4_mapped().map_or(address, IpAddr::V4),
        IpAddr::V4(_) => address,
    }
}

const fn four(a: u8, b: u8, c: u8, d: u8, bits: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), bits)
}

const fn six(head: [u16; 3], bits: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(head[0], head[1], head[2], 0, 0, 0, 0, 0), bits)
}

/// IANA's special-purpose registry for IPv4, multicast and what is reserved.
const CLOSED_FOUR: [Ipv4Net; 15] = [
    four(0, 0, 0, 0, 8),
    four(10, 0, 0, 0, 8),
    four(100, 64, 0, 0, 10),
    four(127, 0, 0, 0, 8),
    four(169, 254, 0, 0, 16),
    four(172, 16, 0, 0, 12),
    four(192, 0, 0, 0, 24),
    four(192, 0, 2, 0, 24),
    four(192, 88, 99, 0, 24),
    four(192, 168, 0, 0, 16),
    four(198, 18, 0, 0, 15),
    four(198, 51, 100, 0, 24),
    four(203, 0, 113, 0, 24),
    four(224, 0, 0, 0, 4),
    four(240, 0, 0, 0, 4),
];

/// The only unicast space that is given out, and what of it is special: protocols and Teredo, documentation, 6to4, SRv6.
/// All else is closed: loopback, mapped and translated IPv4, unique local, link and site local, multicast.
const GLOBAL_SIX: Ipv6Net = six([0x2000, 0, 0], 3);
const CLOSED_SIX: [Ipv6Net; 4] = [
    six([0x2001, 0, 0], 23),
    six([0x2001, 0xdb8, 0], 32),
    six([0x2002, 0, 0], 16),
    six([0x3fff, 0, 0], 20),
];

/// Whether an address is one of the public internet.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(four) => !CLOSED_FOUR.iter().any(|range| range.contains(&four)),
        IpAddr::V6(six) => {
            GLOBAL_SIX.contains(&six) && !CLOSED_SIX.iter().any(|range| range.contains(&six))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(all: &str) -> impl Iterator<Item = IpAddr> {
        all.split_whitespace().map(|text| text.parse().unwrap())
    }

    #[test]
    fn s_2_every_address_that_is_not_of_the_public_internet_is_closed() {
        let closed = "0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.255 127.0.0.1 127.255.255.254 \
            169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.1 192.0.2.1 192.88.99.1 192.168.0.1 198.18.0.1 \
            198.19.255.255 198.51.100.7 203.0.113.9 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255 \
            :: ::1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:8.8.8.8 64:ff9b::7f00:1 64:ff9b:1::1 100::1 2001::1 \
            2001:10::1 2001:1ff::1 2001:db8::1 2002:7f00:1:: fc00::1 fdff::1 fe80::1 fec0::1 ff02::1 3fff::1 5f00::1";
        for address in addresses(closed) {
            assert!(!is_public(address), "{address}");
        }
        let open = "1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.1 \
            169.253.255.255 172.15.255.255 172.32.0.0 192.0.1.1 192.167.255.255 192.169.0.1 198.17.255.255 198.20.0.0 \
            223.255.255.255 2001:200::1 2001:4860:4860::8888 2606:4700::1111 2a00::1";
        for address in addresses(open) {
            assert!(is_public(address), "{address}");
        }
    }

    #[test]
    fn s_2_what_the_operator_opened_is_open_and_what_lies_beside_it_is_not() {
        let permits = Permits {
            ranges: vec!["10.1.0.0/16".parse().unwrap(), "fd00::/8".parse().unwrap()],
            ends: vec!["127.0.0.1:4000".parse().unwrap()],
            ..Permits::default()
        };
        for (address, port, allowed) in [
            ("10.1.2.3", 80, true),
            ("::ffff:10.1.2.3", 443, true),
            ("10.1.2.3", 6379, false),
            ("10.2.0.1", 80, false),
            ("fd12::1", 443, true),
            ("fe80::1", 443, false),
            ("127.0.0.1", 4000, true),
            ("::ffff:127.0.0.1", 4000, true),
            ("127.0.0.1", 80, false),
            ("127.0.0.2", 4000, false),
            ("8.8.8.8", 443, true),
            ("8.8.8.8", 4000, false),
        ] {
            assert_eq!(permits.allows(address.parse().unwrap(), port), allowed, "{address} {port}");
        }
    }
}
