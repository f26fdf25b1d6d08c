//! Lets the proxy dial another address: the line as it is and as it should be.
use crate::case::exchange::link::Link;
use crate::case::routing::peer::Dial;
use gatewhy_facts::prelude::*;
use gatewhy_fixes::Fix;

impl Link<'_, '_> {
    /// The proxy's line with the other address, tested and reloaded.
    pub fn dial_instead(&self, other: &Dial) -> Fix {
        let (from, to) = (self.address(), other.to_string());
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
