//! Programs that take a secret behind an option without a telling name:
//! `mysql -pSECRET`, `redis-cli -a SECRET`, `curl -u user:SECRET`.
use super::Ranges;
use super::formats::run;
use core::ops::Range;

/// A program and its option.
struct Rule {
    programs: &'static [&'static str],
    option: &'static [u8],
    /// Whether the secret may stand in the next argument; else it is joined.
    separate: bool,
}

const RULES: [Rule; 5] = [
    Rule {
        programs: &[
            "mysql",
            "mysqldump",
            "mysqladmin",
            "mysqlcheck",
            "mysqlimport",
            "mariadb",
            "mariadb-dump",
            "mariadb-admin",
            "mytop",
            "xtrabackup",
            "mariabackup",
        ],
        option: b"-p",
        separate: false,
    },
    Rule {
        programs: &["redis-cli", "valkey-cli"],
        option: b"-a",
        separate: true,
    },
    Rule {
        programs: &["curl", "wget", "lftp"],
        option: b"-u",
        separate: true,
    },
    Rule {
        programs: &["sshpass"],
        option: b"-p",
        separate: true,
    },
    Rule {
        programs: &["ldapsearch", "ldapmodify"],
        option: b"-w",
        separate: true,
    },
];

/// All of them in a text, line by line.
pub(super) fn find(bytes: &[u8]) -> Ranges {
    let mut out = Ranges::new();
    for rule in &RULES {
        for program in rule.programs {
            let mut last = 0;
            for at in memchr::memmem::find_iter(bytes, program.as_bytes()) {
                let end = at.saturating_add(program.len());
                if at >= last && stands_alone(bytes, at, end) {
                    last = arguments(bytes, end, rule, &mut out);
                }
            }
        }
    }
    out
}

fn stands_alone(bytes: &[u8], start: usize, end: usize) -> bool {
    let before = start.checked_sub(1).and_then(|at| bytes.get(at));
    let starts = before.is_none_or(|b| {
        matches!(
            b,
            b'/' | b' ' | 0 | b'\n' | b'=' | b'"' | b'\'' | b'(' | b'\t'
        )
    });
    starts && matches!(bytes.get(end), Some(b' ' | 0))
}

/// Looks through the arguments behind a program's name, up to the line's end; how
/// far it got.
fn arguments(bytes: &[u8], from: usize, rule: &Rule, out: &mut Ranges) -> usize {
    const MOST: usize = 64;
    let mut at = from;
    let mut wanted = false;
    for _ in 0..MOST {
        let start = run(bytes, at, |b| matches!(b, b' ' | 0)).end;
        let word = run(bytes, start, |b| b > b' ' && b != b'"');
        if word.is_empty() {
            break;
        }
        let text = bytes.get(word.clone()).unwrap_or_default();
        let joined = text
            .strip_prefix(rule.option)
            .filter(|rest| !rest.is_empty());
        if wanted || joined.is_some() && !text.starts_with(b"--") {
            let skip = if wanted { 0 } else { rule.option.len() };
            let value = word.start.saturating_add(skip)..word.end;
            out.push(if rule.option == b"-u" {
                behind_user(bytes, value)
            } else {
                value
            });
        }
        wanted = rule.separate && text == rule.option;
        at = word.end;
    }
    at
}

/// `user:secret` keeps its user.
fn behind_user(bytes: &[u8], value: Range<usize>) -> Range<usize> {
    let text = bytes.get(value.clone()).unwrap_or_default();
    let user = memchr::memchr(b':', text).map_or(0, |colon| colon.saturating_add(1));
    value.start.saturating_add(user)..value.end
}
