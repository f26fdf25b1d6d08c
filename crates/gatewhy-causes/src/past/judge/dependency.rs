//! What the application needed and did not get: its database was down, or took no
//! more connections.
use super::words;
use super::{Said, Trial, manager_told};
use crate::evidence::{Evidence, Strength};
use crate::past::backend::{AFTER_SECS, BEFORE_SECS, Backend};
use crate::past::life::{self, Life};
use crate::verdict::{Finding, HopName};
use gatewhy_facts::app_log::Kind;
use gatewhy_facts::fact::Fact;
use gatewhy_facts::prelude::*;
use gatewhy_facts::question::Entries;
use gatewhy_facts::systemd::journal::Journal;
use gatewhy_facts::untrusted::shown_within;
use gatewhy_fixes::Fix;

/// A complaint belongs to failures so near.
const NEAR_SECS: i64 = 10;

/// Servers that applications need, by the names of their units.
const DATABASES: [(&str, &str); 6] = [
    ("mariadb", "MariaDB"),
    ("mysql", "MySQL"),
    ("postgresql", "PostgreSQL"),
    ("redis", "Redis"),
    ("valkey", "Valkey"),
    ("mongod", "MongoDB"),
];

/// What an application said of a server that it needs.
struct Complaint {
    too_many: bool,
    evidence: Evidence,
}

pub(super) fn weigh(trial: &Trial<'_, '_, '_>) -> Vec<Said> {
    let complaints: Vec<Complaint> = in_proxy_log(trial)
        .into_iter()
        .chain(
            trial
                .backends
                .iter()
                .flat_map(|backend| in_journal(trial, backend)),
        )
        .collect();
    let Some(first) = complaints.first() else {
        return Vec::new();
    };
    if first.too_many {
        let finding = Finding::new(
            HopName::Backend,
            "the database",
            format!(
                "the database took no more connections at {}",
                trial.time(trial.span().from)
            ),
        );
        let finding = finding
            .because(first.evidence.clone())
            .because_all(trial.proxy_told());
        return vec![("database-connections-exhausted", finding.weigh())];
    }
    vec![("database-down", database_down(trial, first))]
}

fn database_down(trial: &Trial<'_, '_, '_>, complaint: &Complaint) -> crate::verdict::Verdict {
    let span = trial.span().widened(BEFORE_SECS, AFTER_SECS);
    let manager = trial.case.journal_within(Entries::Manager, span);
    trial.note(&manager);
    let found = manager
        .found()
        .and_then(|journal| down_then(trial, journal));
    let Some((unit, name, life)) = found else {
        let finding = Finding::new(
            HopName::Backend,
            "the database",
            format!(
                "the application could not reach a server it needs at {}",
                trial.time(trial.span().from)
            ),
        );
        return finding
            .because(complaint.evidence.clone())
            .because_all(trial.proxy_told())
            .at_most(Strength::Strong)
            .weigh();
    };
    let down = life.downs.first();
    let (from, back) = down.map_or((trial.span().from, String::new()), |down| {
        let back = down
            .up
            .map(|up| format!(", and up again at {}", trial.time(up)))
            .unwrap_or_default();
        (down.from, back)
    });
    let summary = format!(
        "{name} ({unit}) was down from {} on{back}",
        trial.time(from)
    );
    let lines = down.map(|down| down.lines.clone()).unwrap_or_default();
    Finding::new(HopName::Backend, unit.clone(), summary)
        .because_all(manager_told(&unit, &lines, 3))
        .because(complaint.evidence.clone())
        .because_all(trial.proxy_told())
        .fix(
            Fix::new(format!("find out why {unit} went down"))
                .run(
                    format!("journalctl -u {unit} --since '{}'", trial.stamp(from.plus_secs(-60))),
                    "who stopped it, or what it wrote before it ended",
                )
                .advise("let the application answer without it where it can, and connect again by itself"),
        )
        .weigh()
}

/// The database service that was down during the episode, as the manager told it.
fn down_then(trial: &Trial<'_, '_, '_>, journal: &Journal) -> Option<(String, &'static str, Life)> {
    let units: BTreeSet<&str> = journal
        .entries
        .iter()
        .filter_map(|entry| entry.unit.as_deref())
        .collect();
    units.into_iter().find_map(|unit| {
        let known = DATABASES.iter().find(|(name, _)| unit.starts_with(name));
        let (_, name) = known.filter(|_| unit.ends_with(".service"))?;
        let life = life::read(journal, unit);
        let mut downs = life.downs.iter();
        let overlaps = downs.any(|down| {
            let until = down
                .up
                .map_or(trial.span().until, |up| up.plus_secs(NEAR_SECS));
            down.from.plus_secs(-2) <= trial.span().until && trial.span().from <= until
        });
        overlaps.then(|| (unit.to_owned(), *name, life.clone()))
    })
}

/// What PHP said of it on its error stream, which nginx logs.
fn in_proxy_log(trial: &Trial<'_, '_, '_>) -> Vec<Complaint> {
    let span = trial.span().widened(NEAR_SECS, NEAR_SECS);
    let own = trial.seen.own.iter().filter(|told| span.holds(told.at));
    let complaints = own.filter_map(|told| {
        let text = shown_within(&told.record.message, 400);
        let too_many = complains(&text)?;
        let text = format!(
            "the application wrote: {}",
            shown_within(text.as_bytes(), 160)
        );
        Some(Complaint {
            too_many,
            evidence: Evidence::strong(text, &told.source),
        })
    });
    complaints.collect()
}

fn in_journal(trial: &Trial<'_, '_, '_>, backend: &Backend) -> Vec<Complaint> {
    let Fact::Found(journal, _) = &backend.journal else {
        return Vec::new();
    };
    let span = trial.span().widened(NEAR_SECS, NEAR_SECS);
    let name = backend.name();
    let told = words::wrote(journal, span).into_iter();
    told.filter_map(|told| {
        let too_many = match told.kind {
            Kind::DependencyRefused | Kind::DependencyTimeout => false,
            Kind::DatabaseTooManyConnections => true,
            _ => complains(&told.text)?,
        };
        Some(Complaint {
            too_many,
            evidence: told.evidence(&name),
        })
    })
    .collect()
}

/// Whether a text complains of a database, and then whether of too many connections.
fn complains(text: &str) -> Option<bool> {
    let lower = text.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    let server = has(&[
        "sqlstate",
        "mysql",
        "mariadb",
        "postgres",
        "pgsql",
        "redis",
        "mongo",
        "database connection",
        ":3306",
        ":5432",
        ":6379",
    ]);
    let too_many = has(&[
        "too many connections",
        "sqlstate[hy000] [1040]",
        "too many clients",
        "max number of clients",
    ]);
    let away = has(&[
        "connection refused",
        "no such file or directory",
        "can't connect",
        "could not connect",
        "econnrefused",
        "gone away",
        "error establishing a database connection",
        "server closed the connection",
        "lost connection",
    ]);
    (server && (too_many || away)).then_some(too_many)
}
