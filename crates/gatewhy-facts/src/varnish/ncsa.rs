//! `varnishncsa`: the program that writes Varnish's answers to a file, and what a line
//! of its is made of.
use crate::apache::access_log::from_apache;
use crate::nginx::log_format::LogFormat;
use crate::path::HostPath;
use crate::prelude::*;
use crate::scan;

/// The format of a log that names none.
const USUAL: &str = "%h %l %u %t \"%r\" %s %b \"%{Referer}i\" \"%{User-agent}i\"";
/// Debian's and Red Hat's file.
const USUAL_FILE: &str = "/var/log/varnish/varnishncsa.log";

/// Where it writes what visitors got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ncsa {
    /// The file.
    pub path: HostPath,
    /// How its lines are made.
    pub format: LogFormat,
    /// Whether it writes every answer.
    pub all: bool,
}

impl Ncsa {
    /// What packages set up.
    pub fn usual() -> Self {
        Self {
            path: HostPath::new(USUAL_FILE),
            format: from_apache(USUAL).unwrap_or_else(LogFormat::combined),
            all: true,
        }
    }

    /// From the arguments of the running program; none where it writes no file of
    /// visitors' answers that could be taken apart.
    pub fn of_arguments(arguments: &[Vec<u8>]) -> Option<Self> {
        let words: Vec<&str> = arguments
            .iter()
            .map(|word| core::str::from_utf8(word).unwrap_or_default())
            .collect();
        // An option's value may be attached to it.
        let has = |option: &str| words.iter().any(|word| word.starts_with(option));
        let value = |option: &str| {
            let at = words.iter().position(|word| *word == option)?;
            words.get(at.checked_add(1)?).copied()
        };
        let path = value("-w").filter(|path| path.starts_with('/'))?;
        // `-b` alone logs what backends answered; `-f` reads the format from a file.
        let of_visitors = !has("-b") && !has("-f");
        Some(Self {
            path: HostPath::new(path),
            format: from_apache(value("-F").unwrap_or(USUAL)).filter(|_| of_visitors)?,
            all: !has("-q") && !has("-R"),
        })
    }
}

/// Host and target of a request line with a whole URL:
/// `GET http://shop.test/cart HTTP/1.1`.
pub fn of_request_line(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let url = line.split(|byte| *byte == b' ').nth(1)?;
    let (_, rest) = scan::split_once(url, "://")?;
    let end = rest.iter().position(|byte| *byte == b'/')?;
    rest.split_at_checked(end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nginx::access_log;
    use proptest::prelude::*;

    fn words(text: &str) -> Vec<Vec<u8>> {
        text.split(' ')
            .map(|word| word.as_bytes().to_vec())
            .collect()
    }

    #[test]
    fn the_file_and_its_lines_are_known_by_the_command_line() {
        let debian =
            words("/usr/bin/varnishncsa -a -w /var/log/varnish/varnishncsa.log -D -P /run/x");
        assert_eq!(Ncsa::of_arguments(&debian), Some(Ncsa::usual()));
        let errors = words("varnishncsa -w /v.log -q RespStatus>=500 -F %t,%s");
        assert!(!Ncsa::of_arguments(&errors).unwrap().all);
        for none in [
            "varnishncsa",
            "varnishncsa -b -w /v.log",
            "varnishncsa -w",
            "varnishncsa -f /f -w /v.log",
        ] {
            assert_eq!(Ncsa::of_arguments(&words(none)), None, "{none}");
        }
    }

    #[test]
    fn a_line_names_the_host_in_its_url() {
        // What varnishncsa 7.1 wrote.
        let line = b"127.0.0.1 - - [22/Nov/2026:02:10:31 +0000] \"GET http://api.test/a?b=c HTTP/1.1\" 503 281 \"-\" \"curl/7.88.1\"";
        let log = access_log::read(line, &Ncsa::usual().format);
        let record = log.records.first().unwrap();
        assert_eq!(record.status, Some(503));
        let parts = of_request_line(record.request.unwrap());
        assert_eq!(parts, Some((&b"api.test"[..], &b"/a?b=c"[..])));
        assert_eq!(of_request_line(b"GET / HTTP/1.1"), None);
    }

    proptest! {
        #[test]
        fn no_input_panics(words: Vec<Vec<u8>>, line: Vec<u8>) {
            let _ = Ncsa::of_arguments(&words);
            let _ = of_request_line(&line);
        }
    }
}
