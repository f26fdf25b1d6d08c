//! Lets the proxy dial another address: the line as it is and as it should be.
use crate::case::Case;
use crate::case::exchange::link::Link;
use crate::case::programs::kind::Kind;
use crate::case::routing::peer::Dial;
use gatewhy_facts::prelude::*;
use gatewhy_facts::source_text::Place;
use gatewhy_fixes::Fix;

impl Link<'_, '_> {
    /// The proxy's line with the other address, tested and reloaded.
    pub fn dial_instead(&self, other: &Dial) -> Fix {
        if let Some(fix) = self.without_chroot(other) {
            return fix;
        }
        let (from, to) = (self.address(), self.spelt(other));
        let name = self.case.proxy_name();
        let title = format!("let {name} dial {to} in place of {from}");
        let why = "this is where the backend listens";
        let edited = self.peer.place.as_ref().and_then(|place| {
            let before = self.case.line_text(place)?;
            let after = replaced(&before, &self.peer.written, &to)?;
            Some(self.case.nginx_edit(&title, place, (&before, &after), why))
        });
        edited.unwrap_or_else(|| {
            let text = format!(
                "change {} to {to} where {name}'s configuration sets it",
                self.peer.written
            );
            self.case.reloaded(Fix::new(title.clone()).advise(text))
        })
    }

    /// An address in the words of the proxy's configuration: HAProxy names a socket
    /// from its chroot on, with or without `unix@`.
    fn spelt(&self, dial: &Dial) -> String {
        let (Kind::Haproxy, Dial::Unix(path)) = (self.case.proxy_kind(), dial) else {
            return dial.to_string();
        };
        let root = self.case.haproxy_chroot();
        let below = root.and_then(|(root, _)| below(path.as_str(), &root).map(str::to_owned));
        let mark = if self.peer.written.starts_with('/') {
            ""
        } else {
            "unix@"
        };
        format!("{mark}{}", below.unwrap_or_else(|| path.to_string()))
    }

    /// Where HAProxy's chroot hides the socket, no address in its configuration helps.
    fn without_chroot(&self, other: &Dial) -> Option<Fix> {
        let path = other.unix()?;
        let (root, place) = self.case.haproxy_chroot()?;
        if below(path.as_str(), &root).is_some() {
            return None;
        }
        let before = self.case.line_text(&place)?;
        let title = format!("let HAProxy see {path}: run it without its chroot");
        let after = before.replacen("chroot", "# chroot", 1);
        let fix = Fix::new(title).edit(
            (&place.file, place.span.line),
            (&before, &after),
            "sockets of servers are looked for inside that folder",
        );
        let named = self.peer.written.trim_start_matches("unix@");
        let fix = if named == path.as_str() {
            fix
        } else {
            fix.advise(format!(
                "and let the server's line name {path} in place of {named}"
            ))
        };
        Some(self.case.reloaded(fix))
    }
}

impl Case<'_> {
    /// The folder that HAProxy takes for `/`, and its line.
    pub(in crate::case) fn haproxy_chroot(&self) -> Option<(String, Place)> {
        if self.proxy_kind() != Kind::Haproxy {
            return None;
        }
        let config = self.haproxy();
        let line = config.found()?.chroot()?;
        let root = line.word(1).trim_end_matches('/');
        (!root.is_empty()).then(|| (root.to_owned(), line.place.clone()))
    }
}

/// A path from a folder on: with its `/`.
fn below<'a>(path: &'a str, folder: &str) -> Option<&'a str> {
    let rest = path.strip_prefix(folder)?;
    rest.starts_with('/').then_some(rest)
}

/// The line with another address. A URI behind a socket's path is set apart by a
/// colon, one behind a port is not.
fn replaced(line: &str, from: &str, to: &str) -> Option<String> {
    let from = written_in(line, from)?;
    let at = line.find(from)?;
    let (head, rest) = (line.get(..at)?, line.get(at.checked_add(from.len())?..)?);
    let (was_path, is_path) = (from.starts_with("unix:"), to.starts_with("unix:"));
    let rest = match (was_path, is_path) {
        (true, false) => rest.strip_prefix(':').unwrap_or(rest).to_owned(),
        (false, true) if rest.starts_with('/') => format!(":{rest}"),
        _ => rest.to_owned(),
    };
    Some(format!("{head}{to}{rest}"))
}

/// How the address stands in the line: perhaps without the protocol's own port.
fn written_in<'a>(line: &str, address: &'a str) -> Option<&'a str> {
    let bare = [":80", ":443"]
        .iter()
        .find_map(|port| address.strip_suffix(port));
    [Some(address), bare]
        .into_iter()
        .flatten()
        .find(|text| line.contains(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_keeps_all_but_the_address() {
        let line = |line, from, to| replaced(line, from, to).unwrap();
        assert_eq!(
            line(
                "proxy_pass http://127.0.0.1:3000/api/;",
                "127.0.0.1:3000",
                "127.0.0.1:3001"
            ),
            "proxy_pass http://127.0.0.1:3001/api/;"
        );
        assert_eq!(
            line(
                "proxy_pass http://127.0.0.1/;",
                "127.0.0.1:80",
                "unix:/run/a.sock"
            ),
            "proxy_pass http://unix:/run/a.sock:/;"
        );
        assert_eq!(
            line(
                "proxy_pass http://unix:/tmp/a.sock:/x;",
                "unix:/tmp/a.sock",
                "127.0.0.1:80"
            ),
            "proxy_pass http://127.0.0.1:80/x;"
        );
        assert_eq!(
            line(
                "fastcgi_pass unix:/run/a.sock;",
                "unix:/run/a.sock",
                "unix:/run/b.sock"
            ),
            "fastcgi_pass unix:/run/b.sock;"
        );
        assert!(replaced("proxy_pass http://$backend;", "127.0.0.1:80", "x").is_none());
    }
}
