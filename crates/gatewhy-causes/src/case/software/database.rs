//! The database behind an application: what the application says of it, and what is
//! to be seen of it on this host.
use crate::case::Case;
use crate::case::exchange::link::Link;
use crate::case::routing::peer::Dial;
use crate::case::service::backend::Service;
use crate::case::service::doors::Door;
use crate::case::service::down::Down;
use crate::case::software::script::PhpError;
use crate::evidence::Evidence;
use core::net::IpAddr;
use gatewhy_facts::fact::{Fact, Source};
use gatewhy_facts::prelude::*;
use gatewhy_facts::protocol::tape::Conversation;
use gatewhy_facts::question::{Exchange, Question, Until, View};

/// How long a database is waited for: it speaks first, and at once.
const GREETING_MS: u32 = 600;

/// A kind of database server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// `MySQL` or `MariaDB`.
    MySql,
    /// `PostgreSQL`.
    Postgres,
    /// Redis or Valkey.
    Redis,
}

/// How the application tried to reach it, as far as its words tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Through {
    /// By an address and a port.
    Tcp,
    /// By a unix socket.
    Socket,
}

/// What the application says of its database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// It cannot be reached.
    Unreachable,
    /// It takes no more connections.
    TooMany,
    /// The connection failed, for one of many reasons (WordPress's page).
    Unnamed,
}

/// An application's complaint about its database, in our own request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// What it says.
    pub trouble: Trouble,
    /// Which kind of server it means.
    pub engine: Engine,
    /// Which way it came.
    pub through: Option<Through>,
    /// Its words.
    pub evidence: Evidence,
}

impl Engine {
    /// Its name for people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::MySql => "MySQL or MariaDB",
            Self::Postgres => "PostgreSQL",
            Self::Redis => "Redis",
        }
    }

    /// Whether an application may do well without it: a cache.
    pub const fn is_perhaps_spared(self) -> bool {
        matches!(self, Self::Redis)
    }

    const fn port(self) -> u16 {
        match self {
            Self::MySql => 3306,
            Self::Postgres => 5432,
            Self::Redis => 6379,
        }
    }

    fn is_socket(self, path: &str) -> bool {
        match self {
            Self::MySql => path.ends_with("mysqld.sock") || path.ends_with("mysql.sock"),
            Self::Postgres => path.contains("/.s.PGSQL."),
            Self::Redis => path.contains("redis") || path.contains("valkey"),
        }
    }

    /// How packages call its unit.
    const fn units(self) -> &'static [&'static str] {
        match self {
            Self::MySql => &["mariadb.service", "mysql.service", "mysqld.service"],
            Self::Postgres => &["postgresql.service"],
            Self::Redis => &[
                "redis-server.service",
                "redis.service",
                "valkey-server.service",
                "valkey.service",
            ],
        }
    }

    /// Which one a text is about.
    fn of(lower: &str) -> Option<Self> {
        let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
        match () {
            () if has(&[
                "postgres",
                "pgsql",
                "psycopg",
                ":5432",
                "port 5432",
                "sqlstate[08006]",
            ]) =>
            {
                Some(Self::Postgres)
            }
            () if has(&[
                "mysql",
                "mariadb",
                ":3306",
                "sqlstate[hy000] [2002]",
                "sqlstate[hy000] [1040]",
                "er_con_count",
            ]) =>
            {
                Some(Self::MySql)
            }
            () if has(&["redis", "valkey", ":6379", "port 6379"]) => Some(Self::Redis),
            // Only WordPress says so, and it knows no other.
            () if has(&["error establishing a database connection"]) => Some(Self::MySql),
            () => None,
        }
    }
}

/// What a text says of a database, if it is about one.
fn complaint(text: &str) -> Option<(Trouble, Engine)> {
    let lower = text.to_ascii_lowercase();
    let engine = Engine::of(&lower)?;
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    let trouble = match () {
        () if has(&[
            "too many connections",
            "too many clients",
            "connection slots are reserved",
            "max_user_connections",
            "er_con_count",
            "[1040]",
            "max number of clients reached",
        ]) =>
        {
            Trouble::TooMany
        }
        () if has(&[
            "connection refused",
            "econnrefused",
            "no such file or directory",
            "can't connect",
            "could not connect",
            "connection timed out",
        ]) =>
        {
            Trouble::Unreachable
        }
        () if has(&["error establishing a database connection"]) => Trouble::Unnamed,
        () => return None,
    };
    Some((trouble, engine))
}

/// Which way an application came that could not connect: only a port refuses without
/// a path, and only a path can be missing.
fn through(text: &str) -> Option<Through> {
    let lower = text.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    match () {
        () if has(&[".sock", "/.s.pgsql.", "no such file or directory"]) => Some(Through::Socket),
        () if has(&["connection refused", "econnrefused", "timed out"]) => Some(Through::Tcp),
        () => None,
    }
}

impl Link<'_, '_> {
    /// What the application says of its database in its answer to our request: in
    /// PHP's errors, on its page, in its journal.
    pub fn database_complaint(&self) -> Option<Complaint> {
        if self.case.seen_status()? < 500 {
            return None;
        }
        let php = self.php_errors();
        let said = php
            .iter()
            .map(|error: &PhpError| (error.text.clone(), error.evidence.clone()));
        let page = self.direct_words().and_then(|words| {
            let source = self.direct().source()?.clone();
            let text = format!("its page says: \u{201c}{words}\u{201d}");
            Some((words, Evidence::strong(text, &source)))
        });
        let script = self.script_words().into_iter();
        let script = script.map(|evidence| (evidence.text.clone(), evidence));
        let wrote = self
            .wrote_meanwhile()
            .into_iter()
            .chain(self.wrote_lately());
        let wrote = wrote.map(|evidence| (evidence.text.clone(), evidence));
        said.chain(page)
            .chain(script)
            .chain(wrote)
            .find_map(|(text, evidence)| {
                let (trouble, engine) = complaint(&text)?;
                Some(Complaint {
                    trouble,
                    engine,
                    through: through(&text),
                    evidence,
                })
            })
    }
}

impl Complaint {
    /// The addresses that its words name.
    pub fn addresses(&self) -> Vec<IpAddr> {
        let is_part = |c: char| c.is_ascii_digit() || c == '.';
        let words = self.evidence.text.split(|c| !is_part(c));
        let parsed = words.filter_map(|word| word.trim_matches('.').parse().ok());
        parsed.map(IpAddr::V4).collect()
    }

    /// Whether a door is of the kind that the application looked for.
    pub fn is_about(&self, door: &Door) -> bool {
        match self.through {
            None => true,
            Some(Through::Tcp) => door.dial.tcp().is_some(),
            Some(Through::Socket) => door.dial.unix().is_some(),
        }
    }
}

impl<'k> Case<'k> {
    /// Where the database listens that a complaint is about.
    pub fn database_door_of(&self, complaint: &Complaint) -> Fact<Door> {
        self.doors_of(complaint.engine, |door| complaint.is_about(door))
    }

    /// Where a database of that kind listens on this host.
    pub fn database_door(&self, engine: Engine) -> Fact<Door> {
        self.doors_of(engine, |_| true)
    }

    fn doors_of(&self, engine: Engine, wanted: impl Fn(&Door) -> bool) -> Fact<Door> {
        self.all_doors(None).and_then(|doors, source| {
            let is_its = |door: &Door| match &door.dial {
                Dial::Tcp(address) => address.port() == engine.port(),
                Dial::Unix(path) => engine.is_socket(path.as_str()),
                Dial::Name(..) => false,
            };
            let mut found = doors
                .into_iter()
                .filter(|door| is_its(door) && wanted(door));
            match found.next() {
                Some(door) => Fact::Found(door, source),
                None => Fact::Absent(source),
            }
        })
    }

    /// How the service of such a database came to be down; absent when this host has
    /// none.
    pub fn database_down(&self, engine: Engine) -> Fact<Down> {
        let names = engine.units().iter().map(|name| (*name).to_owned());
        let mut names: Vec<String> = names.collect();
        if engine == Engine::Postgres {
            // Debian's own unit only starts those of the clusters.
            let clusters = self.loaded_names("postgresql@");
            names.splice(0..0, clusters);
        }
        self.units(&names).and_then(|units, source| {
            let mut there = units.iter().filter(|unit| unit.exists()).cloned();
            match there.next() {
                Some(unit) => {
                    let down = self.how_down(Service::sure(unit, None));
                    Fact::Found(down, source)
                }
                None => Fact::Absent(source),
            }
        })
    }

    /// The kind of database whose usual address this is.
    pub fn database_at(&self, dial: &Dial) -> Option<Engine> {
        let engines = [Engine::MySql, Engine::Postgres, Engine::Redis];
        engines.into_iter().find(|engine| match dial {
            Dial::Tcp(address) => address.port() == engine.port(),
            Dial::Name(_, port) => *port == engine.port(),
            Dial::Unix(path) => engine.is_socket(path.as_str()),
        })
    }

    /// The first words of a database to a client: its greeting, or its refusal.
    pub fn database_greeting(&self, door: &Door) -> Fact<&'k [u8]> {
        let Some(endpoint) = door.dial.endpoint() else {
            return Fact::Absent(Source::new(door.dial.to_string()));
        };
        let question = Question::Exchange(Exchange {
            endpoint,
            view: View::Host,
            tls: None,
            send: Vec::new(),
            until: Until::FirstBytes,
            patience_ms: GREETING_MS,
            attempt: 0,
        });
        let place = format!("{} asked directly", door.dial);
        self.known
            .bytes(&question, &place, "run as root")
            .map(|bytes| Conversation::read(bytes).received)
    }

    /// Whether a database of that kind turns clients away now because it has too
    /// many. `MySQL` says so before it knows who asks; `PostgreSQL` does not.
    pub fn database_is_full(&self, engine: Engine) -> Fact<Source> {
        self.database_door(engine)
            .and_then(|door, source| match engine {
                Engine::Postgres | Engine::Redis => Fact::Absent(source),
                Engine::MySql => self.database_greeting(&door).and_then(|words, source| {
                    let text = String::from_utf8_lossy(words).to_ascii_lowercase();
                    if text.contains("too many connections") {
                        Fact::Found(source.clone(), source)
                    } else {
                        Fact::Absent(source)
                    }
                }),
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn complaints_are_understood() {
        let of = |text: &str| complaint(text);
        assert_eq!(
            of("Uncaught mysqli_sql_exception: Too many connections"),
            Some((Trouble::TooMany, Engine::MySql))
        );
        assert_eq!(
            of("Uncaught PDOException: SQLSTATE[HY000] [2002] No such file or directory"),
            Some((Trouble::Unreachable, Engine::MySql))
        );
        assert_eq!(
            of("Database Error Error establishing a database connection"),
            Some((Trouble::Unnamed, Engine::MySql))
        );
        assert_eq!(
            of("it wrote: Error: connect ECONNREFUSED 127.0.0.1:5432"),
            Some((Trouble::Unreachable, Engine::Postgres))
        );
        assert_eq!(
            of("[ioredis] Unhandled error event: Error: connect ECONNREFUSED 127.0.0.1:6379"),
            Some((Trouble::Unreachable, Engine::Redis))
        );
        assert_eq!(
            through("SQLSTATE[HY000] [2002] Connection refused"),
            Some(Through::Tcp)
        );
        assert_eq!(
            through("SQLSTATE[HY000] [2002] No such file or directory"),
            Some(Through::Socket)
        );
        assert_eq!(
            through("connect ECONNREFUSED /run/mysqld/mysqld.sock"),
            Some(Through::Socket)
        );
        assert_eq!(of("mysql: unknown column"), None);
        assert_eq!(of("connect ECONNREFUSED 127.0.0.1:8080"), None);
    }
}
