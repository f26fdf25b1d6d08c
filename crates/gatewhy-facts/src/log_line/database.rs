//! Databases, in their own logs and in the words in which applications pass their
//! errors on.
use super::record::{Record, Server};
use super::table::{self, Row};
use crate::log_time;
use crate::scan;
use crate::symptom::Symptom;

/// Words of the servers and their clients, in lower case.
const WORDS: &[(&str, Symptom)] = &[
    (
        "sorry, too many clients already",
        Symptom::DatabaseConnectionsUsedUp,
    ),
    (
        "remaining connection slots are reserved",
        Symptom::DatabaseConnectionsUsedUp,
    ),
    (
        "too many connections for role",
        Symptom::DatabaseConnectionsUsedUp,
    ),
    (
        "[1040] too many connections",
        Symptom::DatabaseConnectionsUsedUp,
    ),
    ("error 1040", Symptom::DatabaseConnectionsUsedUp),
    ("max_user_connections", Symptom::DatabaseConnectionsUsedUp),
    (
        "queuepool limit of size",
        Symptom::DatabaseConnectionsUsedUp,
    ),
    ("hikaripool", Symptom::DatabaseConnectionsUsedUp),
    (
        "error establishing a database connection",
        Symptom::DatabaseUnreachable,
    ),
    ("sqlstate[hy000] [2002]", Symptom::DatabaseUnreachable),
    ("sqlstate[hy000] [2006]", Symptom::DatabaseUnreachable),
    ("mysql server has gone away", Symptom::DatabaseUnreachable),
    (
        "can't connect to local mysql server",
        Symptom::DatabaseUnreachable,
    ),
    (
        "can't connect to mysql server",
        Symptom::DatabaseUnreachable,
    ),
    (
        "can't connect to local server through socket",
        Symptom::DatabaseUnreachable,
    ),
    (
        "could not connect to server: connection refused",
        Symptom::DatabaseUnreachable,
    ),
    (
        "could not connect to server: no such file or directory",
        Symptom::DatabaseUnreachable,
    ),
    (
        "is the server running locally and accepting",
        Symptom::DatabaseUnreachable,
    ),
    ("connection to server at ", Symptom::DatabaseUnreachable),
    (
        "connection to server on socket ",
        Symptom::DatabaseUnreachable,
    ),
    (
        "the database system is starting up",
        Symptom::DatabaseUnreachable,
    ),
    (
        "the database system is shutting down",
        Symptom::DatabaseUnreachable,
    ),
    ("redis connection to ", Symptom::DatabaseUnreachable),
    (
        "can't reach database server at",
        Symptom::DatabaseUnreachable,
    ),
    ("error 111 connecting to ", Symptom::DatabaseUnreachable),
    ("mongoserverselectionerror", Symptom::DatabaseUnreachable),
    ("mongonetworkerror", Symptom::DatabaseUnreachable),
];

/// What a database server says itself when it does not start.
pub(super) fn server(line: &[u8]) -> Option<Record<'_>> {
    const ROWS: &[Row] = &[
        ("{_} [ERROR] Aborting", Symptom::DatabaseUnreachable),
        (
            "{_} [ERROR] {_}: unknown variable '{}'",
            Symptom::DatabaseUnreachable,
        ),
        (
            "{_} [ERROR] Can't start server{_}",
            Symptom::DatabaseUnreachable,
        ),
        (
            "{_} [ERROR] Do you already have another {_} server running on {_}",
            Symptom::DatabaseUnreachable,
        ),
        (
            "{_} [ERROR] InnoDB: Cannot allocate memory for the buffer pool",
            Symptom::DatabaseUnreachable,
        ),
    ];
    log_time::year_first(line)?;
    table::told(Record::new(Server::Database, line), ROWS)
}

/// A line with such words. Lines that quote a request are left out: visitors write
/// there.
pub(super) fn words(line: &[u8]) -> Option<Record<'_>> {
    if scan::holds(line, " HTTP/") {
        return None;
    }
    let found = WORDS.iter().find(|(words, _)| holds_folded(line, words))?;
    let pool = found.0 == "hikaripool" || found.0.starts_with("connection to server ");
    let fails = ["not available", "failed", "timed out"]
        .iter()
        .any(|words| holds_folded(line, words));
    (!pool || fails).then(|| Record::new(Server::Application, line).symptom(found.1))
}

/// Whether a line holds words that are written in lower case here.
pub(super) fn holds_folded(line: &[u8], words: &str) -> bool {
    let words = words.as_bytes();
    let Some(first) = words.first() else {
        return true;
    };
    let mut places = memchr::memchr2_iter(*first, first.to_ascii_uppercase(), line);
    places.any(|at| {
        line.get(at..at + words.len())
            .is_some_and(|piece| piece.eq_ignore_ascii_case(words))
    })
}
