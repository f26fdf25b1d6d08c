//! What a log is, told by its first bytes.
use crate::cut::Unit;
use crate::nginx_access::AccessFormat;
use crate::other::bare;
use gatewhy_facts::log_line;
use gatewhy_facts::nginx::error_log;
use std::sync::Arc;

/// How a log is read.
#[derive(Clone, Debug)]
pub(crate) enum Grammar {
    /// nginx's error log.
    NginxError,
    /// An access log of nginx.
    Access(Arc<AccessFormat>),
    /// Anything else: each line may be of another format.
    Other,
}

/// Formats of access logs that are tried.
pub(crate) type Formats = Vec<Arc<AccessFormat>>;

/// Formats given by the user or found in configuration, and the common ones.
pub(crate) fn formats(given: &[String]) -> Formats {
    const COMMON: [&str; 2] = [
        "$remote_addr - $remote_user [$time_local] \"$request\" $status $body_bytes_sent \"$http_referer\" \"$http_user_agent\"",
        "$remote_addr - $remote_user [$time_local] \"$request\" $status $body_bytes_sent \"$http_referer\" \"$http_user_agent\" \"$http_x_forwarded_for\"",
    ];
    let given = given.iter().map(String::as_str);
    given
        .chain(COMMON)
        .filter_map(|text| AccessFormat::new(text).ok())
        .map(Arc::new)
        .collect()
}

/// How many lines are looked at.
const LINES: usize = 200;

const UNKNOWN: &str = "none of its first lines is in a format that is known or was given; \
    for an access log, give its log_format: --format '$remote_addr … $status …'";
const UNKNOWN_JSON: &str = "JSON whose members are neither known nor named by a --format; \
    give its log_format: --format '{\"s\":$status,\"ua\":\"$upstream_addr\",…}'";

const ARCHIVE: &str = "a zip archive, which is not read; unpack it: \
    unzip -p FILE | gatewhy logs -";

impl Grammar {
    /// What a log is that begins so.
    pub(crate) fn of(first: &[u8], formats: &Formats) -> Self {
        let lines: Vec<&[u8]> = whole_lines(first).take(LINES).collect();
        let records = |line: &&&[u8]| {
            line.get(4) == Some(&b'/')
                && line.get(20) == Some(&b'[')
                && error_log::first(line).is_some()
        };
        // Lines of an application stand between the records.
        let enough = lines.len().div_ceil(3).max(1);
        if lines.iter().filter(records).take(enough).count() == enough {
            return Self::NginxError;
        }
        let fits = |format: &AccessFormat| {
            // Beyond that many others it is not chosen.
            let others = lines.iter().filter(|line| !format.fits(line));
            lines.len() - others.take(lines.len() / 10 + 1).count()
        };
        let own = lines.first().and_then(|line| AccessFormat::of_line(line));
        let best = formats
            .iter()
            .cloned()
            .chain(own.map(Arc::new))
            .map(|format| (fits(&format), format))
            .max_by_key(|(count, format)| (*count, format.fields()));
        match best {
            Some((count, format)) if count > 0 && count * 10 >= lines.len() * 9 => {
                Self::Access(format)
            }
            _ => Self::Other,
        }
    }

    /// Why nothing is understood of a log that begins so; `None` when something is.
    pub(crate) fn foreign(&self, first: &[u8]) -> Option<&'static str> {
        let known = |line: &[u8]| {
            let line = bare(line);
            log_line::kept(&line).is_some() || log_line::recognise(&line).is_some()
        };
        let mut lines = whole_lines(first).take(LINES);
        if !matches!(self, Self::Other) || lines.any(known) {
            return None;
        }
        Some(match first.trim_ascii_start() {
            [] => return None,
            [b'{', ..] => UNKNOWN_JSON,
            [b'P', b'K', 3, 4, ..] => ARCHIVE,
            _ => UNKNOWN,
        })
    }

    /// What may not be torn apart.
    pub(crate) const fn unit(&self) -> Unit {
        match self {
            Self::NginxError => Unit::ErrorRecord,
            Self::Access(_) | Self::Other => Unit::Line,
        }
    }

    /// Its permanent name.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::NginxError => "nginx-error",
            Self::Access(_) => "nginx-access",
            Self::Other => "lines",
        }
    }
}

/// Lines with their end; a last line without one counts where there is no other.
fn whole_lines(first: &[u8]) -> impl Iterator<Item = &[u8]> {
    let end = memchr::memrchr(b'\n', first).unwrap_or(first.len());
    let whole = first.get(..end).unwrap_or(first);
    let lines = whole.split(|b| *b == b'\n');
    let lines = lines.map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    lines.filter(|line| !line.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_holds_no_known_line_is_foreign() {
        let why = |text: &[u8]| {
            let formats = formats(&[]);
            Grammar::of(text, &formats).foreign(text)
        };
        assert_eq!(why(b"a: 1\nb: 2\n"), Some(UNKNOWN));
        assert_eq!(
            why(b"{\"s\":502,\"ua\":\"10.0.0.1:80\"}\n"),
            Some(UNKNOWN_JSON)
        );
        assert_eq!(why(b""), None);
        assert_eq!(why(b"\n\n"), None);
        let mixed = b"a: 1\r\nNov 20 03:12:04 web1 systemd[1]: shop.service: Main process exited, code=exited, status=1/FAILURE\r\n";
        assert_eq!(why(mixed), None);
    }
}
