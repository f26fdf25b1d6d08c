//! From which addresses CDNs fetch from origins, as they publish it.
use crate::linux::firewall;
use crate::prelude::*;
use core::net::IpAddr;

/// The list that is shipped; its date is in it.
const SHIPPED: &str = include_str!("cdn_ranges.txt");
/// The year of that list.
const AS_OF: &str = "2025";
/// The most ranges of a list that is given.
pub const MOST: usize = 1_000;

/// One range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range {
    /// Whose it is.
    pub cdn: String,
    /// As it is published: `173.245.48.0/20`.
    pub text: String,
    /// The first address.
    pub first: IpAddr,
    /// The last one.
    pub last: IpAddr,
    /// Whether it is of a list that was given.
    pub given: bool,
}

/// All ranges that count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List(Vec<Range>);

impl Default for List {
    fn default() -> Self {
        Self::shipped()
    }
}

impl List {
    /// The list that is shipped.
    pub fn shipped() -> Self {
        Self(parse(SHIPPED, false).collect())
    }

    /// The list that is shipped with another one's `NAME RANGE` lines in the place of
    /// what it has of the same CDN and kind of address.
    #[must_use]
    pub fn with(mut self, text: &str) -> Self {
        let given: Vec<Range> = parse(text, true).take(MOST).collect();
        self.0.retain(|old| {
            let replaces = |new: &Range| new.cdn == old.cdn && new.is_v4() == old.is_v4();
            old.given || !given.iter().any(replaces)
        });
        self.0.extend(given);
        self
    }

    /// The ranges in order.
    pub fn ranges(&self) -> impl Iterator<Item = &Range> {
        self.0.iter()
    }

    /// The ranges of one CDN.
    pub fn of(&self, cdn: &str) -> impl Iterator<Item = &Range> {
        self.0.iter().filter(move |range| range.cdn == cdn)
    }

    /// The range that an address lies in.
    pub fn range_of(&self, ip: IpAddr) -> Option<&Range> {
        self.0.iter().find(|range| range.holds(ip))
    }

    /// The CDN whose ranges a bare list of ranges has, as far as one of them is known.
    pub fn owner(&self, ranges: &[&str]) -> Option<&str> {
        let known = |text: &str| {
            let (first, _) = firewall::network(text)?;
            Some(self.range_of(first)?.cdn.as_str())
        };
        ranges.iter().copied().find_map(known)
    }
}

impl Range {
    fn is_v4(&self) -> bool {
        self.first.is_ipv4()
    }

    fn holds(&self, ip: IpAddr) -> bool {
        self.first <= ip && ip <= self.last && self.is_v4() == ip.is_ipv4()
    }

    /// Which list it is of.
    pub fn listed(&self) -> String {
        if self.given {
            return format!("the list of {} that was given", self.cdn);
        }
        format!("{}'s published list of {AS_OF}", self.cdn)
    }

    /// Where that list is.
    pub const fn place(&self) -> &'static str {
        if self.given {
            "--cdn-ranges"
        } else {
            "the list that gatewhy brings along"
        }
    }
}

/// Whether a text is a range of addresses.
pub fn is_range(text: &str) -> bool {
    text.contains('/') && firewall::network(text).is_some()
}

/// Reads `NAME RANGE` lines; what is none is left out.
fn parse(text: &str, given: bool) -> impl Iterator<Item = Range> {
    text.lines().filter_map(move |line| {
        let (cdn, range) = line.split_once(' ').filter(|(cdn, _)| *cdn != "#")?;
        let (first, last) = firewall::network(range)?;
        Some(Range {
            cdn: cdn.to_owned(),
            text: range.to_owned(),
            first,
            last,
            given,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_list_is_understood() {
        let lines = SHIPPED.lines().filter(|line| !line.starts_with('#'));
        assert_eq!(List::shipped().ranges().count(), lines.count());
        assert!(SHIPPED.contains(&format!("As of {AS_OF}.")));
    }

    #[test]
    fn addresses_are_known_by_their_range() {
        let list = List::shipped();
        let of = |ip: &str| {
            let range = list.range_of(ip.parse().unwrap());
            range.map(|range| (range.cdn.as_str(), range.text.as_str()))
        };
        assert_eq!(
            of("162.159.255.255"),
            Some(("Cloudflare", "162.158.0.0/15"))
        );
        assert_eq!(of("162.160.0.0"), None);
        assert_eq!(of("2a04:4e42::7"), Some(("Fastly", "2a04:4e42::/32")));
        assert_eq!(of("192.0.2.1"), None);
    }

    #[test]
    fn a_given_list_takes_the_place_of_its_own_cdn_and_family() {
        let list = List::shipped().with("Cloudflare 192.0.2.0/24\nCloudFront 198.51.100.0/24\n");
        let of = |ip: &str| list.range_of(ip.parse().unwrap()).map(|r| r.cdn.as_str());
        assert_eq!(of("192.0.2.7"), Some("Cloudflare"));
        assert_eq!(of("198.51.100.7"), Some("CloudFront"));
        assert_eq!(of("162.158.0.1"), None);
        assert_eq!(of("2606:4700::1"), Some("Cloudflare"));
        assert_eq!(of("151.101.0.1"), Some("Fastly"));
        assert_eq!(
            List::shipped().owner(&["10.0.0.0/8", "173.245.48.0/20"]),
            Some("Cloudflare")
        );
        assert!(is_range("2606:4700::/32") && !is_range("2606:4700::1") && !is_range("a/b"));
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text: String) {
            let list = List::shipped().with(&text);
            let _ = list.owner(&[&text]);
        }
    }
}
