//! Who should be listening: the services of this host whose files name an address.
use super::Case;
use super::peer::Dial;
use crate::evidence::{Evidence, Strength};
use gatewhy_facts::fact::{Fact, Gap, Source};
use gatewhy_facts::nginx::files::{Files, Kind};
use gatewhy_facts::path::HostPath;
use gatewhy_facts::prelude::*;
use gatewhy_facts::systemd::show::Unit;

/// Where administrators put their own services.
const FOLDER: &str = "/etc/systemd/system";
/// The most services looked at.
const UNITS: usize = 64;
/// The most files of one service looked at, besides its unit.
const FILES: usize = 6;
/// The most bytes of one such file looked at.
const BYTES: usize = 256 << 10;

/// A service with the text of its unit file.
#[derive(Clone, Debug)]
pub struct UnitText {
    /// Its name, with suffix.
    pub name: String,
    /// Its file.
    pub path: HostPath,
}

/// A service that should listen at an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// The unit's name.
    pub unit: String,
    /// Why it is thought to belong there.
    pub why: Evidence,
}

impl Case<'_> {
    /// The services that an administrator wrote, by name.
    pub fn own_services(&self) -> &[UnitText] {
        self.cells.unit_files.get_or_init(|| {
            let folder = HostPath::new(FOLDER);
            let names = self
                .host_files()
                .list(&folder)
                .found()
                .cloned()
                .unwrap_or_default();
            let services = names.into_iter().filter(|(name, kind)| {
                name.ends_with(".service") && *kind != Kind::Folder && !name.contains('@')
            });
            services
                .take(UNITS)
                .map(|(name, _)| UnitText {
                    path: folder.join(&name),
                    name,
                })
                .collect()
        })
    }

    /// Their states, read at once.
    pub fn own_service_units(&self) -> Vec<Unit> {
        let names: Vec<String> = self
            .own_services()
            .iter()
            .map(|unit| unit.name.clone())
            .collect();
        if names.is_empty() {
            return Vec::new();
        }
        self.units(&names).found().cloned().unwrap_or_default()
    }

    /// The services whose own files name the address: the unit, its environment
    /// files, its program's script, a `.env` in its working folder.
    pub fn expected_at(&self, dial: &Dial) -> Vec<Expected> {
        let units = self.own_service_units();
        units
            .iter()
            .filter_map(|unit| self.names_address(unit, dial))
            .collect()
    }

    fn names_address(&self, unit: &Unit, dial: &Dial) -> Option<Expected> {
        let files = files_of(unit);
        files.iter().find_map(|path| {
            let host_files = self.host_files();
            let fact = host_files.read(path);
            let text = fact.found()?.bytes;
            let (line, shown) = mention(text.get(..text.len().min(BYTES))?, dial)?;
            let source = Source::new(path.to_string()).at_line(line);
            let why = Evidence {
                text: format!("{} is set up to listen there: {shown}", unit.id),
                source,
                strength: Strength::Strong,
                excerpt: None,
            };
            Some(Expected {
                unit: unit.id.clone(),
                why,
            })
        })
    }

    /// Why one of the services' own files could not be read, if so.
    fn unread_file(&self, units: &[Unit]) -> Option<Gap> {
        let files = units.iter().flat_map(files_of);
        let mut gaps = files.filter_map(|path| self.host_files().read(&path).gap().cloned());
        gaps.next()
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

/// The files of a service that may name its address.
fn files_of(unit: &Unit) -> Vec<HostPath> {
    // A masked unit is a link to /dev/null.
    if unit.is_masked() {
        return Vec::new();
    }
    let mut files: Vec<HostPath> = unit.fragment_path.iter().map(HostPath::new).collect();
    files.extend(unit.drop_in_paths.iter().map(HostPath::new));
    files.extend(
        unit.context
            .environment_files
            .iter()
            .map(|file| HostPath::new(file.path.clone())),
    );
    let folder = unit.context.working_directory.as_ref().map(HostPath::new);
    files.extend(folder.iter().map(|folder| folder.join(".env")));
    let words = unit
        .commands
        .start
        .iter()
        .flat_map(|exec| exec.argv.iter().skip(1))
        .filter(|word| is_text_file(word));
    files.extend(words.map(|word| {
        folder
            .clone()
            .unwrap_or_else(|| HostPath::new("/"))
            .join(word)
    }));
    files.truncate(FILES.saturating_add(unit.drop_in_paths.len()));
    files
}

/// Arguments that are scripts or configuration files.
fn is_text_file(word: &str) -> bool {
    [
        ".js", ".mjs", ".cjs", ".py", ".rb", ".sh", ".conf", ".toml", ".json", ".ini", ".yaml",
        ".yml", ".env",
    ]
    .iter()
    .any(|end| word.ends_with(end))
}

/// The first line that names the address: the number of a port on its own, or the
/// path of a socket.
pub fn mention(text: &[u8], dial: &Dial) -> Option<(u32, String)> {
    let wanted = spellings(dial);
    let lines = text.split(|byte| *byte == b'\n').zip(1_u32..);
    let code = lines.filter(|(line, _)| !is_comment(line));
    let mut named = code.filter(|(line, _)| wanted.iter().any(|word| names(line, word.as_bytes())));
    named.next().map(|(line, number)| {
        (
            number,
            gatewhy_facts::untrusted::shown_within(line.trim_ascii(), 70),
        )
    })
}

/// How an address may be written: a port, or a socket's path, whose folder `/run`
/// has another name and in units a sign of its own.
fn spellings(dial: &Dial) -> Vec<String> {
    match dial {
        Dial::Tcp(address) => vec![address.port().to_string()],
        Dial::Name(_, port) => vec![port.to_string()],
        Dial::Unix(path) => {
            let path = super::peer::below_run(path.as_str());
            let mut all = vec![path.to_owned()];
            if let Some(rest) = path.strip_prefix("/run/") {
                all.extend([format!("/var/run/{rest}"), format!("%t/{rest}")]);
            }
            all
        }
    }
}

fn is_comment(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    line.starts_with(b"#") || line.starts_with(b"//") || line.starts_with(b";")
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
    let words: [&[u8]; 6] = [b"listen", b"bind", b"port", b"addr", b"socket", b"-b "];
    words.iter().any(has) && memchr_find(&lower, b"://").is_none()
}

/// Whether the host's own services could be looked at at all: nothing may be said
/// to be set up for no service before.
pub fn services_known(case: &Case<'_>) -> Fact<()> {
    let listed = case.host_files().list(&HostPath::new(FOLDER)).map(|_| ());
    let names: Vec<String> = case
        .own_services()
        .iter()
        .map(|unit| unit.name.clone())
        .collect();
    if names.is_empty() {
        return listed;
    }
    listed.and_then(|(), source| match case.units(&names) {
        Fact::Found(units, _) => case
            .unread_file(&units)
            .map_or(Fact::Found((), source), Fact::Unknown),
        Fact::Absent(_) => Fact::Found((), source),
        Fact::Unknown(gap) => Fact::Unknown(gap),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

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
