//! The database takes no more connections.
use crate::case::exchange::link::Link;
use crate::case::routing::route;
use crate::case::software::database::{Complaint, Engine, Trouble};
use crate::prelude::*;

cause! {
    /// The database takes no more connections.
    ///
    /// ## How it looks
    ///
    /// 500 of the application's own at busy times: `Too many connections`, `sorry, too many
    /// clients already`.
    ///
    /// ## Why it happens
    ///
    /// More workers hold a connection than `max_connections` allows: a pool that was made
    /// larger, several applications on one server, slow queries, connections that are kept
    /// and not used.
    ///
    /// ## How to be sure
    ///
    /// The database turns away a new client with the same words.
    ///
    /// ## How to fix it
    ///
    /// See who holds the connections and what they wait for; then let the sum of all pools
    /// fit `max_connections`.
    ///
    /// ## What looks the same
    ///
    /// `database-down`: nobody listens. `worker-pool-exhausted`: visitors wait for a worker.
    id: "database-connections-exhausted",
    explains: ["backend-answered-error"],
    weigh: weigh,
}

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    case.judge(|link| {
        let complaint = link.database_complaint()?;
        let named = complaint.trouble == Trouble::TooMany;
        match case.database_is_full(complaint.engine) {
            Fact::Found(source, _) => {
                let text = "asked directly, the database turns us away: Too many connections";
                let finding = full(link, &complaint).because(Evidence::proof(text, &source));
                Some(finding.weigh())
            }
            Fact::Unknown(gap) if !named => Some(Verdict::cannot_tell([&gap])),
            Fact::Absent(_) if !named => None,
            Fact::Absent(_) | Fact::Unknown(_) => {
                let finding = full(link, &complaint).at_most(Strength::Strong);
                Some(Verdict::Suspected(finding))
            }
        }
    })
}

fn full(link: Link<'_, '_>, complaint: &Complaint) -> Finding {
    let program = link.program();
    let setting = match complaint.engine {
        Engine::MySql | Engine::Postgres => "max_connections",
        Engine::Redis => "maxclients",
    };
    let summary = format!(
        "{program} gets no connection to its database: all that {setting} allows are taken"
    );
    Finding::new(HopName::Backend, link.address(), summary)
        .because(complaint.evidence.clone())
        .because_all(workers(link))
        .because_all(link.configured())
        .fix(room(link, complaint.engine))
}

/// How many workers may want a connection each.
fn workers(link: Link<'_, '_>) -> Option<Evidence> {
    let pool = link.configured_pool()?;
    let workers = pool.pool.max_children()?;
    let text = format!(
        "pool {} has up to {} workers, and each may hold a connection",
        pool.pool.name, workers.value
    );
    let source = route::source_of(&workers.place);
    Some(Evidence::weak(text, &source))
}

fn room(link: Link<'_, '_>, engine: Engine) -> Fix {
    let pools = link.case.pools();
    let children = pools.iter().filter_map(|pool| pool.pool.max_children());
    let workers: i64 = children.map(|c| c.value).sum();
    // One in ten more, and some for administrators and jobs.
    let wanted = workers
        .saturating_add(workers / 10)
        .saturating_add(10)
        .max(151);
    let setting = match engine {
        Engine::MySql | Engine::Postgres => "max_connections",
        Engine::Redis => "maxclients",
    };
    let fix = Fix::new(format!(
        "see who holds the connections, then let {setting} fit all workers"
    ));
    let fix = match engine {
        Engine::MySql => fix
            .run(
                "mysql -e 'SHOW FULL PROCESSLIST'",
                "who holds the connections, and what they wait for (root has one in reserve)",
            )
            .run(
                format!("mysql -e 'SET GLOBAL max_connections = {wanted}'"),
                format!("room for {workers} PHP workers and others, until the next restart"),
            )
            .advise(format!("write max_connections = {wanted} under [mysqld] in /etc/mysql/conf.d/connections.cnf, so that it stays")),
        Engine::Postgres => fix
            .run(
                "sudo -u postgres psql -c 'SELECT state, count(*) FROM pg_stat_activity GROUP BY 1'",
                "who holds the connections",
            )
            .advise("put a connection pooler (pgbouncer) between, or raise max_connections in postgresql.conf and restart it"),
        Engine::Redis => fix
            .run("redis-cli client list", "who holds the connections")
            .advise("raise maxclients in redis.conf and restart it, or let the application share connections"),
    };
    link.case.verified(fix)
}
