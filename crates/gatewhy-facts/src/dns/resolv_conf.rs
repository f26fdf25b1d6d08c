//! `/etc/resolv.conf`, as glibc reads it (resolv.conf(5)).
use super::field;
use crate::path::HostPath;
use crate::prelude::*;
use crate::source_text::{Problem, Span};
use core::net::{IpAddr, Ipv4Addr};

/// How many name servers glibc uses (`MAXNS`); it does not look at more.
pub const MOST_SERVERS: usize = 3;

/// What the file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResolvConf {
    /// All name servers, in order; only the first three are asked.
    pub nameservers: Vec<Nameserver>,
    /// Domains in which short names are looked for; the last `search` or `domain`
    /// line counts.
    pub search: Vec<String>,
    /// `options`, all lines together.
    pub options: Options,
    /// Lines that glibc does not understand.
    pub problems: Vec<Problem>,
}

/// One `nameserver` line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nameserver {
    /// Its address.
    pub address: IpAddr,
    /// The interface of a link-local address (`fe80::1%eth0`).
    pub scope: Option<String>,
    /// Its line.
    pub span: Span,
}

/// `options` that matter for how long a lookup takes; `None` when not set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// `ndots`: a name with fewer dots is first tried with the search domains.
    pub ndots: Option<u32>,
    /// `timeout` for one server, in seconds.
    pub timeout_secs: Option<u32>,
    /// `attempts`: how often each server is asked.
    pub attempts: Option<u32>,
    /// `rotate`: the servers take turns.
    pub rotate: bool,
    /// All options as written.
    pub all: Vec<String>,
}

/// Reads the file. A missing file is the same as an empty one.
pub fn parse(file: &HostPath, bytes: &[u8]) -> ResolvConf {
    let mut conf = ResolvConf::default();
    for line in field::lines(bytes) {
        // A comment only at the start of a line; behind an address it is an error.
        if matches!(line.text.first(), None | Some(b'#' | b';')) {
            continue;
        }
        let words = line.words_before(b"");
        let Some((keyword, values)) = words.split_first() else {
            continue;
        };
        let indented = line.text.first().is_some_and(u8::is_ascii_whitespace);
        match keyword.as_ref() {
            _ if indented => {
                let what = "glibc ignores a line that begins with white space";
                conf.problems.push(line.problem(file, what));
            }
            "nameserver" => match nameserver(values, line.span) {
                Some(server) => conf.nameservers.push(server),
                None => conf
                    .problems
                    .push(line.problem(file, "not an address of a name server")),
            },
            "search" | "domain" => conf.search = search(keyword, values),
            "options" => values.iter().for_each(|option| conf.options.take(option)),
            "sortlist" => {}
            _ => conf.problems.push(line.problem(file, "an unknown keyword")),
        }
    }
    conf
}

fn nameserver(values: &[Cow<'_, str>], span: Span) -> Option<Nameserver> {
    let word = values.first()?;
    let (address, scope) = word.split_once('%').unwrap_or((word, ""));
    Some(Nameserver {
        address: address.parse().ok()?,
        scope: Some(scope.to_owned()).filter(|scope| !scope.is_empty()),
        span,
    })
}

fn search(keyword: &str, values: &[Cow<'_, str>]) -> Vec<String> {
    let most = if keyword == "domain" { 1 } else { usize::MAX };
    let values = values.iter().take(most);
    values.map(ToString::to_string).collect()
}

impl Options {
    fn take(&mut self, option: &str) {
        let (name, value) = option.split_once(':').unwrap_or((option, ""));
        let number = value.parse().ok();
        match name {
            "ndots" => self.ndots = number,
            "timeout" => self.timeout_secs = number,
            "attempts" => self.attempts = number,
            "rotate" => self.rotate = true,
            _ => {}
        }
        self.all.push(option.to_owned());
    }

    /// The most seconds that a lookup waits for servers that do not answer, when
    /// so many are asked: glibc's defaults are 5 seconds, twice.
    pub fn longest_wait_secs(&self, servers: usize) -> u32 {
        let timeout = self.timeout_secs.unwrap_or(5).min(30);
        let attempts = self.attempts.unwrap_or(2).min(5);
        let servers = u32::try_from(servers.min(MOST_SERVERS)).unwrap_or(3);
        timeout.saturating_mul(attempts).saturating_mul(servers)
    }
}

impl ResolvConf {
    /// The servers that glibc asks: the first three, or this host when there is none.
    pub fn asked(&self) -> Vec<IpAddr> {
        if self.nameservers.is_empty() {
            return vec![IpAddr::V4(Ipv4Addr::LOCALHOST)];
        }
        let servers = self.nameservers.iter().take(MOST_SERVERS);
        servers.map(|server| server.address).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> ResolvConf {
        parse(&HostPath::new("/etc/resolv.conf"), text.as_bytes())
    }

    #[test]
    fn servers_search_and_options() {
        let conf = read(
            "# by hand\nnameserver 192.0.2.1\nnameserver fe80::1%eth0\n; more\nsearch a.example\nsearch b.example c.example\noptions ndots:2 timeout:1\noptions rotate edns0\n",
        );
        assert_eq!(conf.nameservers.len(), 2);
        assert_eq!(conf.nameservers[1].scope.as_deref(), Some("eth0"));
        assert_eq!(conf.nameservers[1].span.line, 3);
        assert_eq!(conf.search, ["b.example", "c.example"]);
        assert_eq!(conf.options.ndots, Some(2));
        assert!(conf.options.rotate);
        assert_eq!(conf.options.longest_wait_secs(2), 4);
        assert_eq!(Options::default().longest_wait_secs(9), 30);
        assert!(conf.problems.is_empty());
    }

    #[test]
    fn only_three_are_asked_and_none_means_this_host() {
        let many = read(
            "nameserver 192.0.2.1\nnameserver 192.0.2.2\nnameserver 192.0.2.3\nnameserver 192.0.2.4\n",
        );
        assert_eq!(many.asked().len(), 3);
        assert_eq!(read("").asked(), [IpAddr::V4(Ipv4Addr::LOCALHOST)]);
    }

    #[test]
    fn mistakes_are_told_with_their_line() {
        let conf = read("nameserver ns1.example\n nameserver 192.0.2.1\nnameservers 192.0.2.2\n");
        assert!(conf.nameservers.is_empty());
        let lines: Vec<_> = conf.problems.iter().map(|p| p.place.span.line).collect();
        assert_eq!(lines, [1, 2, 3]);
    }

    proptest::proptest! {
        #[test]
        fn never_panics_and_stays_in_bounds(bytes: Vec<u8>) {
            let conf = parse(&HostPath::new("/etc/resolv.conf"), &bytes);
            for problem in &conf.problems {
                proptest::prop_assert!(problem.place.span.end <= bytes.len());
            }
        }

        #[test]
        fn never_panics_on_words(text in "((nameserver|search|options|#|;)? ?[0-9a-f:.%]{0,9}\n){0,9}") {
            let conf = read(&text);
            proptest::prop_assert!(!conf.asked().is_empty());
        }
    }
}
