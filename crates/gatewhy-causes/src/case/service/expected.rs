//! Who should be listening: the services of this host whose files name an address.
use crate::case::Case;
use crate::case::programs::kind::Kind as ProxyKind;
use crate::case::programs::relay::is_relay;
use crate::case::routing::peer::{self, Dial};
use crate::case::service::variables::{Variable, overriding};
use crate::case::software::tomcat;
use crate::evidence::{Evidence, Strength};
use gatewhy_facts::fact::{Gap, Source};
use gatewhy_facts::nginx::files::Files;
use gatewhy_facts::path::HostPath;
use gatewhy_facts::prelude::*;
use gatewhy_facts::systemd::show::Unit;
use gatewhy_facts::systemd::unit_name::UnitName;

/// The most files of one service looked at, besides its unit.
const FILES: usize = 12;
/// The most bytes of one such file looked at.
const BYTES: usize = 256 << 10;

/// A service that should listen at an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// The unit's name.
    pub unit: String,
    /// Why it is thought to belong there.
    pub why: Evidence,
    /// What the line says of the address.
    pub says: Says,
}

/// What a line that names an address says of it, the least telling first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Says {
    /// A URL, or words of a client: more often one that is called than one that is served.
    Calls,
    /// An address that a variable of the service goes before.
    Overridden,
    /// Only the address.
    Address,
    /// That somebody listens there: `PORT=3000`, `--bind …`, `.listen(3000)`.
    Listens,
}

/// The services that are said to belong to an address, and what could not be read
/// and might name another.
#[derive(Clone, Debug, Default)]
pub struct Expectations {
    /// One for each service, with its most telling line.
    pub named: Vec<Expected>,
    /// Files and lists that could not be read.
    pub unread: Vec<Unread>,
}

/// Something that may name a service for an address and could not be read.
#[derive(Clone, Debug)]
pub struct Unread {
    /// The unit whose file it is; none where the services could not be listed.
    pub unit: Option<String>,
    /// Why it could not be read.
    pub gap: Gap,
}

impl Case<'_> {
    /// The services whose own files name the address: the unit, its environment
    /// files, its program's script, a `.env` in its working folder.
    pub fn expected_at(&self, dial: &Dial) -> Expectations {
        let unlisted = self
            .own_services_gap()
            .map(|gap| Unread { unit: None, gap });
        let mut all = self.expected_of(&self.own_service_units(), dial);
        all.unread.extend(unlisted);
        all
    }

    /// The same of services that a package brought and that do not run.
    pub fn expected_of_idle(&self, dial: &Dial) -> Expectations {
        let mut all = self.expected_of(&self.idle_service_units(), dial);
        all.named.retain(|found| found.says == Says::Listens);
        all
    }

    fn expected_of(&self, units: &[Unit], dial: &Dial) -> Expectations {
        let named = units
            .iter()
            .filter_map(|unit| self.names_address(unit, dial));
        let unread = units.iter().filter_map(|unit| {
            let gap = self.unread_file(unit)?;
            let unit = Some(unit.id.clone());
            Some(Unread { unit, gap })
        });
        Expectations {
            named: named.collect(),
            unread: unread.collect(),
        }
    }

    /// Why one of a service's own files could not be read, if so.
    pub(in crate::case) fn unread_file(&self, unit: &Unit) -> Option<Gap> {
        let files = files_of(unit).into_iter();
        let mut gaps = files.filter_map(|path| self.host_files().read(&path).gap().cloned());
        gaps.next()
    }

    /// The most telling of the lines that name it.
    fn names_address(&self, unit: &Unit, dial: &Dial) -> Option<Expected> {
        let files = files_of(unit);
        let named = files
            .iter()
            .filter_map(|path| self.named_in(path, unit, dial));
        // A proxy's files name those whom it calls, too.
        let may_listen = match proxy_of(unit) {
            _ if is_relay(unit) => false,
            Some(kind) => dial.tcp().is_some_and(|at| self.wants(kind, at.port())),
            None => true,
        };
        let named = named.filter(|_| may_listen);
        named.fold(None, |best: Option<Expected>, next| match best {
            Some(best) if best.says >= next.says => Some(best),
            _ => Some(next),
        })
    }

    fn named_in(&self, path: &HostPath, unit: &Unit, dial: &Dial) -> Option<Expected> {
        let host_files = self.host_files();
        let fact = host_files.read(path);
        let text = fact.found()?.bytes;
        let text = text.get(..text.len().min(BYTES))?;
        let (line, shown, says) = if tomcat::server_xml(unit).as_ref() == Some(path) {
            let connector = tomcat::connector_for(text, dial)?;
            (connector.line, connector.written(), Says::Listens)
        } else {
            mention_of(
                text,
                dial,
                &UnitName::new(&unit.id),
                &self.variables_of(unit).0,
            )?
        };
        let source = Source::new(path.to_string()).at_line(line);
        let (words, strength) = match says {
            Says::Calls => ("names that address", Strength::Weak),
            Says::Overridden if unit.is_active() => {
                ("was set up to listen there", Strength::Strong)
            }
            Says::Overridden => ("was set up to listen there once", Strength::Weak),
            Says::Address | Says::Listens => ("is set up to listen there", Strength::Strong),
        };
        let why = Evidence {
            text: format!("{} {words}: {shown}", unit.id),
            source,
            strength,
            excerpt: None,
        };
        Some(Expected {
            unit: unit.id.clone(),
            why,
            says,
        })
    }

    /// All lines of a text file of the host.
    pub fn lines_of(&self, path: &HostPath) -> Option<Vec<String>> {
        let files = self.host_files();
        let text = files.read(path).found()?.bytes;
        let lines = text.split(|byte| *byte == b'\n');
        Some(
            lines
                .map(|line| String::from_utf8_lossy(line).into_owned())
                .collect(),
        )
    }

    /// One line of a file of the host, counted from 1.
    pub fn line_of(&self, path: &HostPath, line: u32) -> Option<Vec<u8>> {
        let files = self.host_files();
        let text = files.read(path).found()?.bytes;
        let at = usize::try_from(line.checked_sub(1)?).ok()?;
        let line = text.split(|byte| *byte == b'\n').nth(at)?;
        Some(line.to_vec())
    }

    /// Where a unit's own files make a setting: file, line and text.
    pub fn set_in_unit(&self, unit: &Unit, key: &str) -> Option<(Source, String)> {
        let files = unit.drop_in_paths.iter().rev().chain(&unit.fragment_path);
        files.map(HostPath::new).find_map(|path| {
            let host_files = self.host_files();
            let fact = host_files.read(&path);
            let text = fact.found()?.bytes;
            let lines = text.split(|byte| *byte == b'\n').zip(1_u32..);
            let mut set = lines.filter(|(line, _)| {
                let line = line.trim_ascii();
                line.strip_prefix(key.as_bytes())
                    .is_some_and(|rest| rest.trim_ascii_start().starts_with(b"="))
            });
            let (line, number) = set.next()?;
            let source = Source::new(path.to_string()).at_line(number);
            let shown = gatewhy_facts::untrusted::shown_within(line.trim_ascii(), 100);
            Some((source, shown))
        })
    }
}

/// The proxy that a unit starts, of those whose listening addresses are no lines of
/// their own.
fn proxy_of(unit: &Unit) -> Option<ProxyKind> {
    let programs = unit
        .commands
        .start
        .iter()
        .filter_map(|exec| exec.argv.first());
    let names = programs.map(|program| program.rsplit('/').next().unwrap_or(program));
    let mut kinds = names.filter_map(ProxyKind::of_program);
    kinds.find(|kind| matches!(kind, ProxyKind::Traefik | ProxyKind::Envoy))
}

fn is_of_the_distribution(unit: &Unit) -> bool {
    let file = unit.fragment_path.as_deref().unwrap_or_default();
    file.starts_with("/usr/lib/systemd/") || file.starts_with("/lib/systemd/")
}

/// The files of a service that may name its address.
pub(super) fn files_of(unit: &Unit) -> Vec<HostPath> {
    // A masked unit is a link to /dev/null.
    if unit.is_masked() {
        return Vec::new();
    }
    let mut files: Vec<HostPath> = unit.fragment_path.iter().map(HostPath::new).collect();
    files.extend(tomcat::server_xml(unit));
    files.extend(unit.drop_in_paths.iter().map(HostPath::new));
    files.extend(
        unit.context
            .environment_files
            .iter()
            .map(|file| HostPath::new(file.path.clone())),
    );
    let folder = unit.context.working_directory.as_ref().map(HostPath::new);
    // A program of the distribution's reads no such file.
    let own = folder.iter().filter(|_| !is_of_the_distribution(unit));
    files.extend(own.map(|folder| folder.join(".env")));
    let words = unit
        .commands
        .start
        .iter()
        .flat_map(|exec| exec.argv.iter().skip(1));
    let words: Vec<&String> = words.filter(|word| is_text_file(word)).collect();
    let guessed = folder.iter().flat_map(|folder| {
        let names = usual_files(unit).iter();
        names.map(|name| folder.join(name))
    });
    files.extend(guessed.filter(|_| words.is_empty()));
    files.extend(words.into_iter().map(|word| {
        folder
            .clone()
            .unwrap_or_else(|| HostPath::new("/"))
            .join(word)
    }));
    files.truncate(FILES.saturating_add(unit.drop_in_paths.len()));
    files
}

/// Files that a program reads in its working folder though its command names none.
fn usual_files(unit: &Unit) -> &'static [&'static str] {
    const NODE: [&str; 6] = [
        "package.json",
        "server.js",
        "index.js",
        "app.js",
        "ecosystem.config.js",
        "config.json",
    ];
    let words = unit.commands.start_words();
    let mut names = words.filter_map(|word| word.rsplit('/').next());
    match names.find_map(|name| match name {
        "gunicorn" => Some(&["gunicorn.conf.py"][..]),
        "node" | "nodejs" | "npm" | "yarn" | "pnpm" => Some(&NODE[..]),
        _ => None,
    }) {
        Some(files) => files,
        None => &[],
    }
}

/// Arguments that are scripts or configuration files.
pub(in crate::case) fn is_text_file(word: &str) -> bool {
    [
        ".js", ".mjs", ".cjs", ".py", ".rb", ".sh", ".conf", ".toml", ".json", ".ini", ".yaml",
        ".yml", ".env",
    ]
    .iter()
    .any(|end| word.ends_with(end))
}

/// The most telling line that names the address: the number of a port on its own,
/// or the path of a socket. In a template the unit's name has a say in it.
pub fn mention(text: &[u8], dial: &Dial, unit: &UnitName) -> Option<(u32, String, Says)> {
    mention_of(text, dial, unit, &[])
}

/// The same where variables of the service may go before a line.
fn mention_of(
    text: &[u8],
    dial: &Dial,
    unit: &UnitName,
    variables: &[Variable],
) -> Option<(u32, String, Says)> {
    let wanted = spellings(dial);
    let lines = text.split(|byte| *byte == b'\n').zip(1_u32..);
    let code = lines.filter(|(line, _)| !is_comment(line));
    let named = code.filter(|(line, _)| {
        let line = expanded(line, unit);
        wanted.iter().any(|word| names(&line, word.as_bytes()))
    });
    let best = named.fold(None, |best: Option<(&[u8], u32, Says)>, (line, number)| {
        let overridden = overriding(line, dial, variables).is_some();
        let says = if overridden {
            Says::Overridden
        } else {
            says(line)
        };
        match best {
            Some(best) if best.2 >= says => Some(best),
            _ => Some((line, number, says)),
        }
    });
    let (line, number, says) = best?;
    let shown = gatewhy_facts::untrusted::shown_within(line.trim_ascii(), 70);
    Some((number, shown, says))
}

/// A line of an instance's unit with the instance's name in it.
fn expanded<'l>(line: &'l [u8], unit: &UnitName) -> Cow<'l, [u8]> {
    if unit.instance.is_none() || !line.contains(&b'%') {
        return Cow::Borrowed(line);
    }
    let text = unit.expand(&String::from_utf8_lossy(line)).text;
    Cow::Owned(text.into_bytes())
}

fn says(line: &[u8]) -> Says {
    match memchr_find(line, b"://") {
        Some(_) => Says::Calls,
        None if is_of_client(line) => Says::Calls,
        None if is_about_listening(line) => Says::Listens,
        None => Says::Address,
    }
}

/// How an address may be written: a port, or a socket's path, whose folder `/run`
/// has another name and in units a sign of its own.
fn spellings(dial: &Dial) -> Vec<String> {
    match dial {
        Dial::Tcp(address) => vec![address.port().to_string()],
        Dial::Name(_, port) => vec![port.to_string()],
        Dial::Unix(path) => {
            let path = peer::below_run(path.as_str());
            let mut all = vec![path.to_owned()];
            if let Some(rest) = path.strip_prefix("/run/") {
                all.extend([format!("/var/run/{rest}"), format!("%t/{rest}")]);
            }
            all
        }
    }
}

/// Whether the line has words of a client's, and none of a server's.
fn is_of_client(line: &[u8]) -> bool {
    let lower = line.to_ascii_lowercase();
    let has = |words: &[&str]| {
        let mut words = words.iter();
        words.any(|word| memchr_find(&lower, word.as_bytes()).is_some())
    };
    has(&[
        "connect(",
        "createconnection",
        "econnrefused",
        "fetch(",
        "nc -z",
        "curl ",
    ]) && !has(&["listen", "bind"])
}

fn is_comment(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    // A unit's title is for people as well.
    let leads: [&[u8]; 4] = [b"#", b"//", b";", b"Description="];
    leads.iter().any(|lead| line.starts_with(lead))
}

/// Whether the line holds the word with no letter, digit or dot around it.
fn names(line: &[u8], word: &[u8]) -> bool {
    let mut from = 0;
    while let Some(at) = line.get(from..).and_then(|rest| memchr_find(rest, word)) {
        let start = from.saturating_add(at);
        let end = start.saturating_add(word.len());
        let before = start.checked_sub(1).and_then(|i| line.get(i));
        let after = line.get(end);
        let apart = |byte: Option<&u8>| {
            byte.is_none_or(|b| !b.is_ascii_alphanumeric() && *b != b'_' && *b != b'.')
        };
        if apart(before) && apart(after) {
            return true;
        }
        from = start.saturating_add(1);
    }
    false
}

fn memchr_find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack
        .windows(needle.len().max(1))
        .position(|window| window == needle)
}

/// Whether a line is about where a program listens, and not a URL that it calls.
pub fn is_about_listening(line: &[u8]) -> bool {
    let lower = line.to_ascii_lowercase();
    let has = |word: &&[u8]| memchr_find(&lower, word).is_some();
    let words: [&[u8]; 7] = [
        b"listen",
        b"bind",
        b"port",
        b"addr",
        b"socket",
        b"-b ",
        b"<connector",
    ];
    words.iter().any(has) && memchr_find(&lower, b"://").is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mention(text: &[u8], dial: &Dial) -> Option<(u32, String, Says)> {
        super::mention(text, dial, &UnitName::new("shop.service"))
    }

    #[test]
    fn the_most_telling_line_counts() {
        let dial = Dial::Tcp("127.0.0.1:3000".parse().unwrap());
        let text = b"API=http://127.0.0.1:3000\nid=3000\nPORT=3000\n";
        assert_eq!(
            mention(text, &dial).map(|m| (m.0, m.2)),
            Some((3, Says::Listens))
        );
        assert_eq!(
            mention(b"API=http://127.0.0.1:3000", &dial).map(|m| m.2),
            Some(Says::Calls)
        );
        let client = b"createConnection({ host: 'localhost', port: 3000 })";
        assert_eq!(mention(client, &dial).map(|m| m.2), Some(Says::Calls));
        let instance = UnitName::new("shop@3000.service");
        let line = b"ExecStart=gunicorn --bind 127.0.0.1:%i app";
        assert!(super::mention(line, &dial, &instance).is_some());
        assert!(mention(line, &dial).is_none());
    }

    #[test]
    fn a_port_is_named_only_as_a_number_of_its_own() {
        let dial = Dial::Tcp("127.0.0.1:3000".parse().unwrap());
        assert_eq!(
            mention(b"x\nEnvironment=PORT=3000\n", &dial).map(|m| m.0),
            Some(2)
        );
        assert!(mention(b"listen(process.env.PORT || 3000, '127.0.0.1')", &dial).is_some());
        assert!(mention(b"timeout: 30000\nid=13000\n1.3000\n# 3000\n", &dial).is_none());
    }

    #[test]
    fn an_url_that_is_called_is_no_address_to_listen_on() {
        assert!(is_about_listening(
            b"server.listen(process.env.PORT || 3000)"
        ));
        assert!(is_about_listening(
            b"ExecStart=gunicorn --bind unix:/run/a.sock app"
        ));
        assert!(!is_about_listening(b"API_PORT_URL=http://127.0.0.1:3000"));
        assert!(!is_about_listening(b"retries = 3000"));
    }

    #[test]
    fn a_socket_is_named_by_its_path() {
        let dial = Dial::Unix(HostPath::new("/run/shop/shop.sock"));
        assert!(
            mention(
                b"ExecStart=gunicorn --bind unix:/run/shop/shop.sock app",
                &dial
            )
            .is_some()
        );
        assert!(mention(b"/run/shop/shop.socket2", &dial).is_none());
        assert!(mention(b"ListenStream=%t/shop/shop.sock", &dial).is_some());
        let other = Dial::Unix(HostPath::new("/var/run/shop/shop.sock"));
        assert!(mention(b"--bind unix:/run/shop/shop.sock", &other).is_some());
    }
}
