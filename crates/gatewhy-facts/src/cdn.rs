//! From which addresses CDNs fetch from origins, as they publish it.
use crate::linux::firewall;
use core::net::IpAddr;

/// The list that is shipped; its date is in it.
const SHIPPED: &str = include_str!("cdn_ranges.txt");
/// The year of that list.
pub const AS_OF: &str = "2025";

/// One range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range<'t> {
    /// Whose it is.
    pub cdn: &'t str,
    /// As it is published: `173.245.48.0/20`.
    pub text: &'t str,
    /// The first address.
    pub first: IpAddr,
    /// The last one.
    pub last: IpAddr,
}

/// The ranges that are known, in the order of the list.
pub fn ranges() -> impl Iterator<Item = Range<'static>> {
    parse(SHIPPED)
}

/// Reads `NAME RANGE` lines; what is none is left out.
fn parse(text: &str) -> impl Iterator<Item = Range<'_>> {
    text.lines().filter_map(|line| {
        let (cdn, range) = line.split_once(' ').filter(|(cdn, _)| *cdn != "#")?;
        let (first, last) = firewall::network(range)?;
        Some(Range {
            cdn,
            text: range,
            first,
            last,
        })
    })
}

/// The range that an address lies in.
pub fn range_of(ip: IpAddr) -> Option<Range<'static>> {
    ranges().find(|range| {
        range.first <= ip && ip <= range.last && range.first.is_ipv4() == ip.is_ipv4()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prelude::*;

    #[test]
    fn every_line_of_the_list_is_understood() {
        let lines = SHIPPED.lines().filter(|line| !line.starts_with('#'));
        assert_eq!(ranges().count(), lines.count());
        assert!(SHIPPED.contains(&format!("As of {AS_OF}.")));
    }

    #[test]
    fn addresses_are_known_by_their_range() {
        let of = |ip: &str| range_of(ip.parse().unwrap()).map(|range| (range.cdn, range.text));
        assert_eq!(
            of("162.159.255.255"),
            Some(("Cloudflare", "162.158.0.0/15"))
        );
        assert_eq!(of("162.160.0.0"), None);
        assert_eq!(of("2a04:4e42::7"), Some(("Fastly", "2a04:4e42::/32")));
        assert_eq!(of("192.0.2.1"), None);
    }
}
