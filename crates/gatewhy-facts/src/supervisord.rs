//! Supervisor: the configuration of `supervisord`, and its log.
//!
//! The files are read as Python's `configparser` reads them: a line that is indented
//! goes on with the value before it, ` ;` and ` #` begin a comment behind a value.
use crate::fate::Fate;
use crate::log_time::{self, Civil};
use crate::path::HostPath;
use crate::prelude::*;
use crate::scan;

/// The most processes of one program that are looked at.
const PROCESSES: u32 = 16;

/// A section of a file, as `[name]` or `[program:name]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// What stands in the brackets.
    pub name: String,
    /// Its line, counted from 1.
    pub line: u32,
    /// Names and values, in the order of the file.
    pub values: Vec<(String, String)>,
}

/// One process of a `[program:…]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// The process's name, as the log has it.
    pub process: String,
    /// As it is given to `supervisorctl`: with its group, or its program where several
    /// share that.
    pub name: String,
    /// `command`, with the process's number put in.
    pub command: String,
    /// `directory`.
    pub directory: Option<HostPath>,
    /// `environment`.
    pub environment: String,
    /// Whether it is started with `supervisord` (`autostart`).
    pub starts: bool,
    /// Whether it is started again when it ends in another way than was expected.
    pub restarts: bool,
    /// Where what it writes to the standard error goes; none for a file whose name is
    /// made up, or nowhere.
    pub error_log: Option<HostPath>,
    /// The line on which the program begins.
    pub line: u32,
}

/// What the log tells of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told<'a> {
    /// What last became of it.
    pub fate: Fate,
    /// Its process, after it was started.
    pub pid: Option<u32>,
    /// The line.
    pub line: &'a [u8],
    /// When.
    pub at: Option<Civil>,
}

/// The sections of one file.
pub fn sections(text: &[u8]) -> Vec<Section> {
    let mut all: Vec<Section> = Vec::new();
    for line in scan::lines(text) {
        let indented = line.bytes.first().is_some_and(u8::is_ascii_whitespace);
        let text = String::from_utf8_lossy(without_comment(line.bytes)).into_owned();
        let text = text.trim();
        if text.is_empty() || text.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')) {
            all.push(Section {
                name: name.trim().to_owned(),
                line: line.number,
                values: Vec::new(),
            });
            continue;
        }
        let Some(section) = all.last_mut() else {
            continue;
        };
        match (section.values.last_mut(), text.split_once(['=', ':'])) {
            (Some((_, value)), _) if indented => {
                value.push('\n');
                value.push_str(text);
            }
            (_, Some((name, value))) => {
                let name = name.trim().to_ascii_lowercase();
                section.values.push((name, value.trim().to_owned()));
            }
            (_, None) => {}
        }
    }
    all
}

/// A comment behind a value begins with a space.
fn without_comment(line: &[u8]) -> &[u8] {
    let mut pairs = line.windows(2);
    let begins = |pair: &[u8]| matches!(pair, [b' ' | b'\t', b';' | b'#']);
    pairs
        .position(begins)
        .and_then(|end| line.get(..end))
        .unwrap_or(line)
}

impl Section {
    /// A value by its name; the last one counts.
    pub fn value(&self, name: &str) -> Option<&str> {
        let mut values = self.values.iter().rev();
        values
            .find(|(of, _)| of == name)
            .map(|(_, value)| value.as_str())
    }

    fn is_true(&self, name: &str, usual: bool) -> bool {
        self.value(name).map_or(usual, |value| {
            matches!(
                value.to_ascii_lowercase().as_str(),
                "true" | "yes" | "on" | "1" | "t" | "y"
            )
        })
    }

    /// The files that `[include]` names, as written.
    pub fn included(&self) -> Vec<&str> {
        let files = self.value("files").filter(|_| self.name == "include");
        files.into_iter().flat_map(str::split_whitespace).collect()
    }

    /// The group that this section makes of a program, where it is one and names it.
    pub fn group_of(&self, program: &Self) -> Option<&str> {
        let group = self.name.strip_prefix("group:")?.trim();
        let program = program.name.strip_prefix("program:")?.trim();
        let mut members = self.value("programs")?.split(',').map(str::trim);
        members.any(|member| member == program).then_some(group)
    }

    /// The processes of a program, which may belong to a group; none when the section is
    /// another one.
    pub fn programs(&self, here: &HostPath, group: Option<&str>) -> Vec<Program> {
        let Some(name) = self.name.strip_prefix("program:") else {
            return Vec::new();
        };
        let count = self
            .value("numprocs")
            .and_then(|n| n.parse().ok())
            .unwrap_or(1);
        let first: u32 = self
            .value("numprocs_start")
            .and_then(|n| n.parse().ok())
            .unwrap_or(0);
        let numbers = first..first.saturating_add(u32::min(count, PROCESSES));
        let name = name.trim();
        let names = (name, group.unwrap_or(name));
        let of = |number| self.program(names, number, here);
        numbers.filter_map(of).collect()
    }

    fn program(
        &self,
        (name, group): (&str, &str),
        number: u32,
        here: &HostPath,
    ) -> Option<Program> {
        let fill = |text: &str| expand(text, (name, group), number, here);
        let process = self
            .value("process_name")
            .map_or_else(|| name.to_owned(), &fill);
        let to = if self.is_true("redirect_stderr", false) {
            self.value("stdout_logfile")
        } else {
            self.value("stderr_logfile")
        };
        let is_file = |path: &String| path.starts_with('/') && !path.starts_with("/dev/");
        let restart = self.value("autorestart").unwrap_or("unexpected");
        Some(Program {
            name: if process == group {
                process.clone()
            } else {
                format!("{group}:{process}")
            },
            process,
            command: fill(self.value("command")?),
            directory: self.value("directory").map(fill).map(HostPath::new),
            environment: self.value("environment").map(fill).unwrap_or_default(),
            starts: self.is_true("autostart", true),
            restarts: restart == "unexpected" || self.is_true("autorestart", false),
            error_log: to.map(fill).filter(is_file).map(HostPath::new),
            line: self.line,
        })
    }
}

/// Puts in what stands for the program: `%(program_name)s`, `%(process_num)02d`,
/// `%(here)s`. What else there is (`%(ENV_X)s`) stays as it is.
fn expand(text: &str, (name, group): (&str, &str), number: u32, here: &HostPath) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("%(") {
        out.push_str(before);
        let Some((key, behind)) = after.split_once(')') else {
            out.push_str("%(");
            rest = after;
            continue;
        };
        // `02d`: how wide, and of what kind.
        let is_digit = |c: char| c.is_ascii_digit();
        let (width, kind) = behind.split_at(behind.find(|c| !is_digit(c)).unwrap_or(behind.len()));
        let tail = kind.strip_prefix(['d', 's']).unwrap_or(kind);
        let form = behind.strip_suffix(tail).unwrap_or(behind);
        let width: usize = width.trim_start_matches('0').parse().unwrap_or(0);
        match key {
            "program_name" => out.push_str(name),
            "group_name" => out.push_str(group),
            "here" => out.push_str(here.as_str()),
            "process_num" => {
                let width = usize::min(width, 9);
                out.push_str(&format!("{number:0width$}"));
            }
            _ => {
                out.push_str("%(");
                out.push_str(key);
                out.push(')');
                out.push_str(form);
            }
        }
        rest = tail;
    }
    out.push_str(rest);
    out
}

/// What the log tells of a process, oldest first.
pub fn told<'a>(log: &'a [u8], process: &str) -> Vec<Told<'a>> {
    let lines = scan::lines(log);
    let of = |line: &'a [u8]| {
        let (at, rest) = log_time::year_first(line)?;
        // `,123 INFO spawned: …`
        let (_, message) = scan::split_once(rest, " ")?;
        let (_, message) = scan::split_once(message, " ")?;
        let (fate, pid) = event(message.trim_ascii(), process)?;
        Some(Told {
            fate,
            pid,
            line,
            at: Some(at),
        })
    };
    lines.filter_map(|line| of(line.bytes)).collect()
}

fn event(message: &[u8], process: &str) -> Option<(Fate, Option<u32>)> {
    let (what, rest) = scan::split_once(message, ": ")?;
    if what == b"spawned" {
        let quoted = rest.strip_prefix(b"'")?.strip_prefix(process.as_bytes())?;
        let (pid, _) = scan::number(quoted.strip_prefix(b"' with pid ")?)?;
        return Some((Fate::Online, u32::try_from(pid).ok()));
    }
    let rest = rest.strip_prefix(process.as_bytes())?.strip_prefix(b" ")?;
    let fate = match what {
        b"stopped" => Fate::Stopped,
        b"gave up" => Fate::Errored(None),
        b"exited" => match scan::split_once(rest, "(exit status ") {
            Some((_, code)) => Fate::Exited(scan::number(code)?.0),
            None => Fate::Killed,
        },
        _ => return None,
    };
    Some((fate, None))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CONFIG: &[u8] = b"; of the shop
[program:web]
command = /usr/bin/gunicorn --bind 127.0.0.1:80%(process_num)02d ; one each
    app:app
process_name=%(program_name)s_%(process_num)02d
numprocs=2
directory=/srv/shop
environment=PORT=\"8000\",HERE=\"%(here)s\"
stderr_logfile=/var/log/shop/%(program_name)s.err
autorestart=true
[include]
files = conf.d/*.conf
  more.ini
";

    #[test]
    fn a_program_of_a_group_is_named_with_it() {
        let all = sections(
            b"[group:shop]\nprograms=web, mail\n[program:web]\ncommand=/x %(group_name)s\n[program:other]\ncommand=/y\n",
        );
        let here = HostPath::new("/etc");
        let groups: Vec<_> = all.iter().map(|section| all[0].group_of(section)).collect();
        assert_eq!(groups, [None, Some("shop"), None]);
        let web = &all[1].programs(&here, Some("shop"))[0];
        assert_eq!(
            (web.name.as_str(), web.command.as_str()),
            ("shop:web", "/x shop")
        );
        assert_eq!(all[2].programs(&here, None)[0].name, "other");
    }

    #[test]
    fn each_process_has_its_number() {
        let all = sections(CONFIG);
        let here = HostPath::new("/etc/supervisor");
        let programs = all[0].programs(&here, None);
        let commands: Vec<&str> = programs.iter().map(|p| p.command.as_str()).collect();
        let expected = [
            "/usr/bin/gunicorn --bind 127.0.0.1:8000\napp:app",
            "/usr/bin/gunicorn --bind 127.0.0.1:8001\napp:app",
        ];
        assert_eq!(commands, expected);
        assert_eq!(programs[1].name, "web:web_01");
        assert_eq!(
            programs[1].environment,
            "PORT=\"8000\",HERE=\"/etc/supervisor\""
        );
        assert_eq!(
            programs[1].error_log,
            Some(HostPath::new("/var/log/shop/web.err"))
        );
        assert_eq!(all[1].included(), ["conf.d/*.conf", "more.ini"]);
    }

    #[test]
    fn the_log_tells_of_one_process_alone() {
        let log = b"2026-11-21 23:17:24,123 INFO spawned: 'web' with pid 12
2026-11-21 23:17:25,130 INFO success: web entered RUNNING state, process has stayed up for > than 1 seconds (startsecs)
2026-11-21 23:17:26,000 INFO spawned: 'web2' with pid 13
2026-11-21 23:17:27,000 WARN exited: web (exit status 1; not expected)
2026-11-21 23:17:28,000 WARN exited: web2 (terminated by SIGKILL; not expected)
2026-11-21 23:17:29,000 INFO gave up: web entered FATAL state, too many start retries too quickly
2026-11-21 23:17:30,000 WARN stopped: web2 (terminated by SIGTERM)
";
        let of = |name| {
            told(log, name)
                .into_iter()
                .map(|t| (t.fate, t.pid))
                .collect::<Vec<_>>()
        };
        let web = [
            (Fate::Online, Some(12)),
            (Fate::Exited(1), None),
            (Fate::Errored(None), None),
        ];
        assert_eq!(of("web"), web);
        let other = [
            (Fate::Online, Some(13)),
            (Fate::Killed, None),
            (Fate::Stopped, None),
        ];
        assert_eq!(of("web2"), other);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(text in proptest::collection::vec(any::<u8>(), 0..400), words in "(\\[program:a\\]\n)?(numprocs=[0-9]{1,12}\n)?command=.{0,40}%\\(process_num\\).{0,9}") {
            let here = HostPath::new("/");
            for section in sections(&text).iter().chain(&sections(words.as_bytes())) {
                let _ = (section.programs(&here, Some("g")), section.included());
            }
            let _ = told(&text, "web");
        }
    }
}
