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
        let uwsgi = self.statements.iter().any(Statement::is_uwsgi);
        let all = self.statements.iter().flat_map(|statement| {
            let socket = uwsgi && statement.name == "socket";
            let own = socket.then(|| statement.words.first()).flatten();
            let mut found = statement.listener();
            found.extend(own.and_then(|word| Address::uwsgi(word)));
            found
        });
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
const LISTENERS: [&str; 7] = [
    "bind",
    "--bind",
    "-b",
    "listen_address",
    "server.port",
    "--port",
    "--host",
];

/// Options of a command line whose word is a port.
const PORTS: [&str; 2] = ["--port", "-p"];

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

    /// `[uwsgi]`, the section that its settings stand in.
    fn is_uwsgi(&self) -> bool {
        self.name == "uwsgi" && self.words.is_empty()
    }

    fn listener(&self) -> Vec<Address> {
        let name = self.name.as_str();
        let value = self.words.first();
        if matches!(name, "http-socket" | "--http-socket" | "--socket") {
            return value.and_then(|w| Address::uwsgi(w)).into_iter().collect();
        }
        let pool = name == "listen" && self.words.len() == 1;
        let port = matches!(name, "port" | "expose");
        if pool || port || LISTENERS.contains(&name) {
            let host = value.filter(|_| name == "--host");
            let (name, value) = match self.option(&PORTS) {
                // `--host 127.0.0.1 --port 8000`, the rest of a command line.
                Some(port) if host.is_some() => ("--port", Some(port)),
                _ => (name, value.map(String::as_str)),
            };
            let found = value.and_then(|word| self.placed(name, word));
            return found.into_iter().collect();
        }
        self.of_command()
    }

    /// A command line: `gunicorn app:app --bind 127.0.0.1:8000`.
    fn of_command(&self) -> Vec<Address> {
        const FLAGS: [&str; 7] = [
            "--bind",
            "-b",
            "--port",
            "-p",
            "--http-socket",
            "--socket",
            "-s",
        ];
        let pairs = self.words.windows(2).filter_map(|pair| match pair {
            [flag, value] => Some((flag.as_str(), value.as_str())),
            _ => None,
        });
        let joined = self.words.iter().filter_map(|word| word.split_once('='));
        let flags = pairs.chain(joined);
        let known = flags.filter(|(flag, _)| FLAGS.contains(flag));
        let found = known.filter_map(|(flag, value)| self.placed(flag, value));
        let words = self.words.iter().chain([&self.name]);
        found.chain(words.filter_map(|word| call(word))).collect()
    }

    /// What an option listens on; a port alone is one of the host named beside it.
    fn placed(&self, flag: &str, value: &str) -> Option<Address> {
        if matches!(flag, "--http-socket" | "--socket") {
            return Address::uwsgi(value);
        }
        let host = self.option(&["--host"]).filter(|_| PORTS.contains(&flag));
        match host {
            Some(host) if host.contains(':') => Address::listener(&format!("[{host}]:{value}")),
            Some(host) => Address::listener(&format!("{host}:{value}")),
            None => Address::listener(value),
        }
    }

    /// The value of an option of a command line, `--host X` or `--host=X`.
    fn option(&self, names: &[&str]) -> Option<&str> {
        let all = || core::iter::once(&self.name).chain(&self.words);
        let apart = all().zip(&self.words);
        let apart = apart.map(|(flag, value)| (flag.as_str(), value.as_str()));
        let joined = all().filter_map(|word| word.split_once('='));
        let known = |(flag, _): &(&str, &str)| names.contains(flag);
        apart.chain(joined).find(known).map(|(_, value)| value)
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
        for line in [
            "uvicorn app:app --host 127.0.0.1 --port 8900",
            "uvicorn app:app --port=8900 --host=127.0.0.1",
            "--host 127.0.0.1 --port 8900",
        ] {
            assert_eq!(listeners(line), ["127.0.0.1:8900"], "{line}");
        }
        assert_eq!(listeners("uvicorn a:b --host :: --port 1"), ["*:1"]);
        assert_eq!(listeners("[uwsgi]\nsocket = :6667"), ["0.0.0.0:6667"]);
        assert!(listeners("[mysqld]\nsocket = /run/mysqld.sock").is_empty());
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
