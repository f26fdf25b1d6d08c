//! Fragments of configuration, of any server, that sharpen what a line means.
//!
//! A fragment may be two lines of nginx, a pool of PHP-FPM, a compose file or a
//! command line; which server it is for is not asked. So nothing is parsed in
//! full: statements are cut into words, and only words with one meaning wherever
//! they stand are used.
mod address;
mod rules;

use address::Address;
use gatewhy_facts::prelude::*;
use gatewhy_facts::scan;

pub(super) use rules::sharpen;

/// Most statements that are read.
const MOST: usize = 20_000;

/// What fragments of configuration say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    statements: Vec<Statement>,
}

/// One statement: a name and its words.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Statement {
    name: String,
    words: Vec<String>,
}

impl Settings {
    /// Takes in one more fragment.
    pub fn read(&mut self, fragment: &[u8]) {
        for line in scan::lines(fragment) {
            let text = scan::lossy(line.bytes);
            for piece in without_comment(&text).split([';', '{', '}']) {
                if self.statements.len() < MOST {
                    self.statements.extend(Statement::parse(piece));
                }
            }
        }
    }

    /// Whether nothing was said.
    pub fn is_empty(&self) -> bool {
        self.statements.is_empty()
    }

    /// The last statement of one of these names: in most languages it counts.
    fn find(&self, names: &[&str]) -> Option<&Statement> {
        let known =
            |statement: &&Statement| names.iter().any(|n| statement.name.eq_ignore_ascii_case(n));
        self.statements.iter().rev().find(known)
    }

    /// Its first word.
    fn value(&self, names: &[&str]) -> Option<&str> {
        self.find(names)?.words.first().map(String::as_str)
    }

    /// Whether a switch is on.
    fn is_on(&self, name: &str) -> bool {
        self.value(&[name])
            .is_some_and(|value| value.eq_ignore_ascii_case("on"))
    }

    /// Whether a word stands anywhere.
    fn has_word(&self, word: &str) -> bool {
        self.statements
            .iter()
            .any(|s| s.name == word || s.words.iter().any(|w| w == word))
    }

    /// Where a gateway sends requests.
    fn targets(&self) -> Vec<Address> {
        let all = self.statements.iter().filter_map(Statement::target);
        all.collect()
    }

    /// Where a backend listens.
    fn listeners(&self) -> Vec<Address> {
        let all = self.statements.iter().flat_map(Statement::listener);
        all.collect()
    }
}

/// Directives whose word is where requests go.
const TARGETS: [&str; 11] = [
    "proxy_pass",
    "fastcgi_pass",
    "uwsgi_pass",
    "scgi_pass",
    "grpc_pass",
    "memcached_pass",
    "reverse_proxy",
    "php_fastcgi",
    "balancermember",
    "dest",
    "url",
];

/// Settings whose word is where a backend listens.
const LISTENERS: [&str; 8] = [
    "bind",
    "--bind",
    "-b",
    "http-socket",
    "listen_address",
    "server.port",
    "--port",
    "--host",
];

impl Statement {
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim().trim_start_matches("- ");
        let mut words = text
            .split(|c: char| c.is_whitespace() || matches!(c, ',' | '[' | ']'))
            .map(|word| word.trim_matches(['"', '\'', '`']))
            .filter(|word| !word.is_empty() && *word != "=" && *word != "=>" && *word != ":");
        let first = words.next()?;
        // `name=value`, `name: value`
        let (name, value) = match first.split_once('=') {
            Some((name, value)) if !name.is_empty() => (name, Some(value)),
            _ => (first.strip_suffix(':').unwrap_or(first), None),
        };
        let value = value
            .map(|v| v.trim_matches(['"', '\'']))
            .filter(|v| !v.is_empty());
        let words = value.into_iter().chain(words).map(ToOwned::to_owned);
        Some(Self {
            name: name.to_ascii_lowercase(),
            words: words.collect(),
        })
    }

    fn target(&self) -> Option<Address> {
        let name = self.name.as_str();
        let word = match name {
            "proxypass" | "proxypassmatch" => self
                .words
                .iter()
                .find(|word| word.contains("://") || word.contains("unix:"))?,
            // nginx: `server HOST:PORT …`; HAProxy: `server NAME HOST:PORT …`.
            "server" => self
                .words
                .iter()
                .take(2)
                .find(|word| Address::parse(word).is_some())?,
            _ if TARGETS.contains(&name) => self.words.first()?,
            _ => return None,
        };
        Address::parse(word)
    }

    fn listener(&self) -> Vec<Address> {
        let name = self.name.as_str();
        let pool = name == "listen" && self.words.len() == 1;
        let port = matches!(name, "port" | "expose" | "server.port" | "--port");
        if pool || LISTENERS.contains(&name) || port {
            return self
                .words
                .iter()
                .take(1)
                .filter_map(|w| Address::listener(w))
                .collect();
        }
        // A command line: `gunicorn app:app --bind 127.0.0.1:8000`.
        let mut found = Vec::new();
        for pair in self.words.windows(2) {
            if let [flag, value] = pair
                && matches!(
                    flag.as_str(),
                    "--bind" | "-b" | "--port" | "-p" | "--http-socket" | "--socket" | "-s"
                )
            {
                found.extend(Address::listener(value));
            }
        }
        let flags = self.words.iter().filter_map(|word| {
            let (name, value) = word.split_once('=')?;
            matches!(name, "--bind" | "--port" | "--http-socket" | "--socket").then_some(value)
        });
        found.extend(flags.filter_map(Address::listener));
        found.extend(
            self.words
                .iter()
                .chain([&self.name])
                .filter_map(|word| call(word)),
        );
        found
    }
}

/// `app.listen(3000)` of a program.
fn call(word: &str) -> Option<Address> {
    let (_, inside) = word.split_once(".listen(")?;
    let digits: String = inside.chars().take_while(char::is_ascii_digit).collect();
    Address::listener(&digits)
}

/// Without what follows a `#` that begins a word.
fn without_comment(line: &str) -> &str {
    let trimmed = line.trim_start();
    if trimmed.starts_with('#') || trimmed.starts_with("//") {
        return "";
    }
    line.split_once(" #").map_or(line, |(before, _)| before)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Settings {
        let mut settings = Settings::default();
        settings.read(text.as_bytes());
        settings
    }

    #[test]
    fn targets_and_listeners_of_many_languages() {
        let targets = |text| {
            of(text)
                .targets()
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            targets("location / { proxy_pass http://api:8000/api/; }"),
            ["http://api:8000"]
        );
        assert_eq!(
            targets("fastcgi_pass unix:/run/php/a.sock;"),
            ["unix:/run/php/a.sock"]
        );
        assert_eq!(
            targets("ProxyPass / http://localhost:8080/ retry=0"),
            ["http://localhost:8080"]
        );
        assert_eq!(targets("server web1 10.0.0.9:80 check"), ["10.0.0.9:80"]);
        let listeners = |text| {
            of(text)
                .listeners()
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            listeners("listen = /run/php/b.sock"),
            ["unix:/run/php/b.sock"]
        );
        assert_eq!(listeners("listen = 127.0.0.1:9000"), ["127.0.0.1:9000"]);
        assert_eq!(
            listeners("ExecStart=/usr/bin/gunicorn --bind 127.0.0.1:8000 app:app"),
            ["127.0.0.1:8000"]
        );
        assert_eq!(listeners("PORT=3000"), ["*:3000"]);
        assert_eq!(listeners("app.listen(3001)"), ["*:3001"]);
    }

    #[test]
    fn the_last_setting_counts_and_comments_do_not() {
        let settings = of(
            "proxy_ssl_server_name off;\n# proxy_ssl_verify on;\nproxy_ssl_server_name on; # yes",
        );
        assert!(settings.is_on("proxy_ssl_server_name"));
        assert_eq!(settings.value(&["proxy_ssl_verify"]), None);
    }
}
