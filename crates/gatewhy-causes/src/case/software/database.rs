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
    /// Its words.
    pub evidence: Evidence,
}

impl Engine {
    /// Its name for people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::MySql => "MySQL or MariaDB",
            Self::Postgres => "PostgreSQL",
        }
    }

    const fn port(self) -> u16 {
        match self {
            Self::MySql => 3306,
            Self::Postgres => 5432,
        }
    }

    fn is_socket(self, path: &str) -> bool {
        match self {
            Self::MySql => path.ends_with("mysqld.sock") || path.ends_with("mysql.sock"),
            Self::Postgres => path.contains("/.s.PGSQL."),
        }
    }

    /// How packages call its unit.
    const fn units(self) -> &'static [&'static str] {
        match self {
            Self::MySql => &["mariadb.service", "mysql.service", "mysqld.service"],
            Self::Postgres => &["postgresql.service"],
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
        let wrote = self.wrote_meanwhile().into_iter();
        let wrote = wrote.map(|evidence| (evidence.text.clone(), evidence));
        said.chain(page).chain(wrote).find_map(|(text, evidence)| {
            let (trouble, engine) = complaint(&text)?;
            Some(Complaint {
                trouble,
                engine,
                evidence,
            })
        })
    }
}

impl<'k> Case<'k> {
    /// Where a database of that kind listens on this host.
    pub fn database_door(&self, engine: Engine) -> Fact<Door> {
        self.all_doors(None).and_then(|doors, source| {
            let mut found = doors.into_iter().filter(|door| match &door.dial {
                Dial::Tcp(address) => address.port() == engine.port(),
                Dial::Unix(path) => engine.is_socket(path.as_str()),
                Dial::Name(..) => false,
            });
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
        let engines = [Engine::MySql, Engine::Postgres];
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
                Engine::Postgres => Fact::Absent(source),
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
        assert_eq!(of("mysql: unknown column"), None);
        assert_eq!(of("connect ECONNREFUSED 127.0.0.1:8080"), None);
    }
}
