//! A format nobody told us: the combined one, and named values behind it.

const COMBINED: &str =
    "$remote_addr - $remote_user [$time_local] \"$request\" $status $body_bytes_sent";

/// Names that people give to variables.
const NAMES: [(&[&str], &str); 6] = [
    (
        &["upstream_addr", "upstream", "ua", "uaddr"],
        "upstream_addr",
    ),
    (&["upstream_status", "us", "ustatus"], "upstream_status"),
    (&["upstream_connect_time", "uct"], "upstream_connect_time"),
    (&["upstream_header_time", "uht"], "upstream_header_time"),
    (
        &["upstream_response_time", "urt", "ut", "uresp"],
        "upstream_response_time",
    ),
    (&["request_time", "rt"], "request_time"),
];

/// The format of a line, as `log_format` has it.
pub(super) fn format(line: &[u8]) -> Option<String> {
    let (quoted, mut rest) = behind_combined(line)?;
    let mut format = String::from(COMBINED);
    for name in ["http_referer", "http_user_agent"].iter().take(quoted) {
        format.push_str(&format!(" \"${name}\""));
    }
    let mut unnamed = 0;
    while let Some((piece, after)) = next(rest, &mut unnamed) {
        format.push_str(&piece);
        rest = after;
    }
    rest.is_empty().then_some(format)
}

/// How many quoted values follow the size, and what is behind them.
fn behind_combined(line: &[u8]) -> Option<(usize, &[u8])> {
    let at = memchr::memmem::find(line, b"] \"")?;
    let rest = behind_quote(line.get(at + 3..)?)?;
    let sizes = rest.strip_prefix(b" ")?;
    let length = sizes
        .iter()
        .take_while(|b| b.is_ascii_digit() || matches!(b, b' ' | b'-'))
        .count();
    let numbers = sizes.get(..length)?.trim_ascii_end();
    let mut rest = sizes.get(numbers.len()..)?;
    (memchr::memchr_iter(b' ', numbers).count() == 1).then_some(())?;
    let mut quoted = 0;
    while let (Some(value), true) = (rest.strip_prefix(b" \""), quoted < 2) {
        rest = behind_quote(value)?;
        quoted += 1;
    }
    Some((quoted, rest))
}

fn behind_quote(text: &[u8]) -> Option<&[u8]> {
    text.get(memchr::memchr(b'"', text)? + 1..)
}

/// One value with the blank before it, as a piece of a format, and what follows.
fn next<'a>(text: &'a [u8], unnamed: &mut usize) -> Option<(String, &'a [u8])> {
    let text = text.strip_prefix(b" ")?;
    let is_name = |b: &&u8| b.is_ascii_alphanumeric() || **b == b'_';
    let length = text.iter().take_while(is_name).count();
    let mark = text.get(length).filter(|b| matches!(b, b'=' | b':'));
    let (name, mark, rest) = match mark {
        Some(mark) if length > 0 => (text.get(..length)?, Some(*mark), text.get(length + 1..)?),
        _ => (&b""[..], None, text),
    };
    let name = std::str::from_utf8(name).ok()?;
    let known = NAMES.iter().find(|(names, _)| names.contains(&name));
    *unnamed += 1;
    let variable = known.map_or_else(|| format!("unnamed_{unnamed}"), |(_, v)| (*v).to_owned());
    let mut piece = format!(" {name}");
    piece.extend(mark.map(char::from));
    if let Some(value) = rest.strip_prefix(b"\"") {
        piece.push_str(&format!("\"${{{variable}}}\""));
        return Some((piece, behind_quote(value)?));
    }
    piece.push_str(&format!("${{{variable}}}"));
    Some((piece, rest.get(value_length(rest)..)?))
}

/// A value without quotes: up to a blank that belongs to no list.
fn value_length(text: &[u8]) -> usize {
    let mut at = 0;
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let Some(blank) = memchr::memchr(b' ', rest) else {
            return text.len();
        };
        let end = at + blank;
        let in_list = text
            .get(..end)
            .is_some_and(|v| v.ends_with(b",") || v.ends_with(b" :"))
            || text.get(end + 1..).is_some_and(|v| v.starts_with(b": "));
        if !in_list {
            return end;
        }
        at = end + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn named_values_behind_the_combined_format_are_found() {
        let line = br#"10.0.0.1 - - [20/Nov/2026:03:12:04 +0000] "GET / HTTP/1.1" 502 157 "-" "curl" rt=0.004 uct="-" urt="0.000, 0.004" us="502, 200" x"#;
        assert_eq!(
            format(line).as_deref(),
            Some(
                "$remote_addr - $remote_user [$time_local] \"$request\" $status $body_bytes_sent \"$http_referer\" \"$http_user_agent\" rt=${request_time} uct=\"${upstream_connect_time}\" urt=\"${upstream_response_time}\" us=\"${upstream_status}\" ${unnamed_5}"
            )
        );
    }
}
