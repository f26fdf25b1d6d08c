//! `CustomLog`, `LogFormat` and `TransferLog`: which access log a site writes, and what
//! its lines are made of.
//!
//! Formats are put into nginx's spelling, so that one reader takes all access logs
//! apart.
use super::config::Directive;
use super::piped::{self, Rotated};
use super::site::Site;
use crate::nginx::log_format::LogFormat;
use crate::prelude::*;

/// The format of a log that names none (`mod_log_config`).
const COMMON: &str = "%h %l %u %t \"%r\" %>s %b";

/// An access log of a site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessLog {
    /// The file's path as it is written.
    pub path: String,
    /// What `rotatelogs` is told, where the log is piped to that in place of a path.
    pub rotated: Option<Rotated>,
    /// How its lines are made.
    pub format: LogFormat,
    /// Whether the site itself names it, and not the server for all sites.
    pub own: bool,
}

/// The first access log of a site that is a file, gets every request, and can be read.
pub fn of_site(site: &Site<'_>) -> Option<AccessLog> {
    let is_log = |d: &&Directive| d.is("CustomLog") || d.is("TransferLog");
    let own = site.own.iter().any(|d| is_log(&d));
    let named = if own { site.own } else { site.main };
    let mut logs = named.iter().filter(is_log);
    logs.find_map(|d| {
        let path = d.arg(0);
        let rotated = piped::rotated(path);
        let is_file = !path.is_empty() && !path.starts_with('|') && !path.starts_with("syslog");
        // With a condition, it gets some of the requests only.
        let all = d.args.len() <= 2;
        Some(AccessLog {
            path: ((is_file || rotated.is_some()) && all).then(|| path.to_owned())?,
            rotated,
            format: from_apache(text_of(site, d))?,
            own,
        })
    })
}

/// The format that a directive names or spells out.
fn text_of<'c>(site: &Site<'c>, log: &'c Directive) -> &'c str {
    let wanted = log.args.get(1).map(String::as_str);
    // A format without a name is the default of logs that name none.
    let formats = site.all().filter(|d| d.is("LogFormat"));
    let named = formats.filter(|d| d.args.get(1).map(String::as_str) == wanted);
    let found = named.last().map(|d| d.arg(0));
    found.or(wanted).unwrap_or(COMMON)
}

/// Apache's format in nginx's spelling; `None` where nobody could take its lines apart.
pub fn from_apache(text: &str) -> Option<LogFormat> {
    let mut spelt = String::new();
    let mut rest = text;
    let mut count = 0_usize;
    while let Some((before, item)) = rest.split_once('%') {
        spelt.push_str(before);
        let (name, behind) = item_of(item)?;
        rest = behind;
        count = count.checked_add(1)?;
        match name {
            Some("%") => spelt.push('%'),
            Some("time") => spelt.push_str("[$time_local]"),
            Some(name) => spelt.push_str(&format!("${{{name}}}")),
            None => spelt.push_str(&format!("${{apache_{count}}}")),
        }
    }
    spelt.push_str(rest);
    // nginx has no way to write it.
    let only_ours = spelt.matches('$').count()
        == spelt.matches("${").count() + spelt.matches("$time_local").count();
    let format = LogFormat::from_arguments(&[&spelt.replace("\\\"", "\"")]).ok()?;
    (only_ours && format.has("status") && format.has("time_local")).then_some(format)
}

/// One item behind its `%`: nginx's name of what it stands for, where it has one, and
/// what follows.
fn item_of(text: &str) -> Option<(Option<&'static str>, &str)> {
    // `<` and `>`: of the first or the last request; statuses that it is limited to.
    let of = |c: char| matches!(c, '<' | '>' | '!' | ',') || c.is_ascii_digit();
    let text = text.trim_start_matches(of);
    let (argument, text) = match text.strip_prefix('{') {
        Some(text) => {
            let (argument, behind) = text.split_once('}')?;
            (Some(argument), behind)
        }
        None => (None, text),
    };
    let text = text
        .strip_prefix('^')
        .map_or(text, |t| t.get(1..).unwrap_or(t));
    let letter = text.chars().next()?;
    let behind = text.get(letter.len_utf8()..)?;
    Some((name_of(letter, argument), behind))
}

fn name_of(letter: char, argument: Option<&str>) -> Option<&'static str> {
    Some(match (letter, argument) {
        ('%', None) => "%",
        ('h' | 'a', None) => "remote_addr",
        ('t', None) => "time",
        ('r', None) => "request",
        ('s', None) => "status",
        ('v', None) => "server_name",
        ('V', None) => "host",
        ('p', None) => "server_port",
        ('b' | 'B', None) => "body_bytes_sent",
        ('O', None) => "bytes_sent",
        ('i', Some(name)) if name.eq_ignore_ascii_case("host") => "http_host",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nginx::access_log;

    const VHOSTS: &str =
        "%v:%p %h %l %u %t \\\"%r\\\" %>s %O \\\"%{Referer}i\\\" \\\"%{User-Agent}i\\\"";

    #[test]
    fn debians_log_of_other_vhosts_is_taken_apart() {
        let format = from_apache(VHOSTS).unwrap();
        let line = b"shop.test:80 127.0.0.1 - - [21/Nov/2026:12:40:00 +0100] \"GET /a HTTP/1.1\" 503 568 \"-\" \"curl/7.88.1\"\n";
        let log = access_log::read(line, &format);
        let record = log.records.first().unwrap();
        assert_eq!(record.status, Some(503));
        assert_eq!(record.host, Some(&b"shop.test"[..]));
        assert_eq!(record.client, Some(&b"127.0.0.1"[..]));
        assert_eq!(record.request, Some(&b"GET /a HTTP/1.1"[..]));
        assert_eq!(
            record.at.map(|at| at.local(0)).as_deref(),
            Some("2026-11-21 11:40:00")
        );
    }

    #[test]
    fn what_no_one_could_read_is_refused() {
        assert_eq!(from_apache("%h %r"), None);
        assert_eq!(from_apache("%t %>s $host"), None);
        assert_eq!(from_apache("%t %>s %{x"), None);
        assert!(from_apache("%{c}a %t %400,501!s%% \"%r\" %^FU %D").is_some());
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read(text: String, items in "[%{}<>a-zA-Z0-9\"$ ]{0,40}") {
            let _ = (from_apache(&text), from_apache(&items));
        }
    }
}
