//! The variables that a service is started with, and which of them goes before a value
//! that stands in its files: `process.env.PORT || 3000` is no port 3000 where the unit
//! sets `PORT=3080`.
use crate::case::Case;
use crate::case::routing::peer::{Dial, below_run};
use gatewhy_facts::fact::{Fact, Gap};
use gatewhy_facts::nginx::files::Files;
use gatewhy_facts::path::HostPath;
use gatewhy_facts::prelude::*;
use gatewhy_facts::systemd::environment_file;
use gatewhy_facts::systemd::show::Unit;

/// The most files of variables that are read.
pub(in crate::case) const FILES: usize = 8;

/// A variable of a service's environment: its name and its value.
pub(in crate::case) type Variable = (String, String);

impl Case<'_> {
    /// What the variables of a unit say, and the first file of them that could not be
    /// read: files count more than the unit itself, later ones more than earlier ones.
    /// Of one that was masked the value is empty.
    pub(in crate::case) fn variables_of(&self, unit: &Unit) -> (Vec<Variable>, Option<Gap>) {
        let mut all: Vec<Variable> = Vec::new();
        for variable in &unit.context.environment {
            // That a masked one is set at all may matter: it may name a provider.
            let value = variable.value.as_deref().unwrap_or_default();
            set(&mut all, &variable.name, value);
        }
        let mut unread = None;
        for file in unit.context.environment_files.iter().take(FILES) {
            let path = HostPath::new(file.path.clone());
            match self.host_files().read(&path) {
                Fact::Found(text, _) => {
                    for line in environment_file::parse(&path, text.bytes).assignments {
                        set(&mut all, &line.name, &line.value);
                    }
                }
                Fact::Absent(_) if file.path.contains(['*', '?', '[']) => {
                    let why = "files of variables that a pattern names are not read";
                    unread = unread.or_else(|| Some(Gap::new(file.path.as_str(), why, "")));
                }
                Fact::Absent(_) => {}
                Fact::Unknown(gap) => unread = unread.or(Some(gap)),
            }
        }
        (all, unread)
    }
}

/// Sets a variable; what was set before under that name counts no more.
fn set(all: &mut Vec<Variable>, name: &str, value: &str) {
    all.retain(|(known, _)| known != name);
    all.push((name.to_owned(), value.to_owned()));
}

/// The variable that goes before what a line says of an address: the line names it, and
/// it holds another port, or another socket.
pub(super) fn overriding<'v>(
    line: &[u8],
    dial: &Dial,
    variables: &'v [Variable],
) -> Option<&'v Variable> {
    let mut named = variables.iter().filter(|(name, _)| is_word(line, name));
    named.find(|(_, value)| is_another(value, dial))
}

fn is_word(line: &[u8], name: &str) -> bool {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let words = line.split(|byte| !is_part(byte));
    !name.is_empty() && words.into_iter().any(|word| word == name.as_bytes())
}

/// Whether a value is an address of the same sort, and not this one.
fn is_another(value: &str, dial: &Dial) -> bool {
    let port = |value: &str| {
        let number = value.rsplit(':').next().unwrap_or(value);
        number.trim().parse::<u16>().ok().filter(|port| *port >= 10)
    };
    match dial {
        Dial::Tcp(at) => port(value).is_some_and(|other| other != at.port()),
        Dial::Name(_, wanted) => port(value).is_some_and(|other| other != *wanted),
        Dial::Unix(path) => {
            value.starts_with('/')
                && value.contains(".sock")
                && below_run(value) != below_run(path.as_str())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_with_another_port_goes_before_the_line_that_names_it() {
        let dial = Dial::Tcp("127.0.0.1:3000".parse().unwrap());
        let set = |name: &str, value: &str| [(name.to_owned(), value.to_owned())];
        let default = b"server.listen(process.env.PORT || 3000)";
        let goes_before =
            |line: &[u8], name, value| overriding(line, &dial, &set(name, value)).is_some();
        assert!(goes_before(default, "PORT", "3080"));
        assert!(goes_before(b"Environment=PORT=3000", "PORT", "3080"));
        assert!(goes_before(
            b"bind = os.getenv('BIND', ':3000')",
            "BIND",
            "0.0.0.0:3080"
        ));
        // The same port, no port, and no part of the line.
        assert!(!goes_before(default, "PORT", "3000"));
        assert!(!goes_before(default, "PORT", "****"));
        assert!(!goes_before(default, "METRICS_PORT", "9464"));
        let host = b"server.listen(3000, process.env.HOST)";
        assert!(!goes_before(host, "HOST", "127.0.0.1"));
    }
}
