//! PHP-FPM's `process.max`: how many workers all pools of one master may have together.
//! A pool that is far from its own limit gets no worker once the others have them all.
use crate::case::exchange::link::Link;
use crate::case::routing::route;
use crate::evidence::Evidence;
use gatewhy_facts::fact::Source;
use gatewhy_facts::prelude::*;
use gatewhy_facts::source_text::Place;
use gatewhy_fixes::Fix;

/// How the title of a worker begins; the pool's name follows.
const TITLE: &str = "php-fpm: pool ";

/// The limit that all pools of one master share, reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedLimit {
    /// `process.max`
    pub limit: u64,
    /// Where it is set.
    pub place: Place,
    /// The master's unit.
    pub unit: String,
    /// How many workers each pool has now, the most first.
    pub pools: Vec<(String, u64)>,
    /// What all pools may have by their own limits.
    pub wanted: u64,
}

impl Link<'_, '_> {
    /// The limit of all pools together, where they have reached it and this one could
    /// have more workers by its own.
    pub fn process_max(&self) -> Option<SharedLimit> {
        let pool = self.configured_pool()?;
        let set = pool.fpm.config.global.integer("process.max")?;
        let limit = u64::try_from(set.value).ok().filter(|limit| *limit > 0)?;
        let pools = self.workers_by_pool()?;
        let count = |name: &str| pools.iter().find(|(of, _)| of == name).map_or(0, |p| p.1);
        let running: u64 = pools.iter().map(|(_, count)| count).sum();
        let own = u64::try_from(pool.pool.max_children()?.value).ok()?;
        if running < limit || count(&pool.pool.name) >= own {
            return None;
        }
        let all = pool.fpm.config.pools.iter();
        let wanted = all.filter_map(|pool| u64::try_from(pool.max_children()?.value).ok());
        Some(SharedLimit {
            limit,
            place: set.place,
            unit: pool.fpm.unit.clone(),
            wanted: wanted.fold(0, u64::saturating_add),
            pools,
        })
    }

    /// The workers of this master, by the pool that each one's title names.
    fn workers_by_pool(&self) -> Option<Vec<(String, u64)>> {
        let master = self.pid().found().copied()?;
        let processes = self.case.processes();
        let mut pools: BTreeMap<String, u64> = BTreeMap::new();
        for child in processes.found()?.children(master) {
            let title = child
                .arguments
                .first()
                .map(|title| String::from_utf8_lossy(title));
            let name = title.as_deref().and_then(|title| title.strip_prefix(TITLE));
            if let Some(name) = name {
                let count = pools.entry(name.trim_end().to_owned()).or_default();
                *count = count.saturating_add(1);
            }
        }
        let mut pools: Vec<(String, u64)> = pools.into_iter().collect();
        pools.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        Some(pools)
    }

    /// First what the others' workers do, then room for every pool's own limit.
    pub fn raise_process_max(&self, shared: &SharedLimit) -> Fix {
        let holder = shared
            .pools
            .first()
            .map_or("the other pools", |(name, _)| name);
        let fix = Fix::new(format!(
            "see what the workers of {holder} do, and raise process.max"
        ))
        .advise(format!("see what the workers of pool {holder} wait for: its slow log, the database's process list"));
        let fix = if shared.wanted > shared.limit {
            let (before, after) = (shared.limit, shared.wanted);
            fix.edit(
                (&shared.place.file, shared.place.span.line),
                (
                    &format!("process.max = {before}"),
                    &format!("process.max = {after}"),
                ),
                "as many as all pools may have by their own pm.max_children; memory has to hold them",
            )
        } else {
            fix
        };
        let fix = fix.run(
            format!("systemctl reload {}", shared.unit),
            "takes it up, and ends requests that are being worked on",
        );
        self.case.verified(fix)
    }
}

impl SharedLimit {
    /// Who has the workers: `3 of pool batch, 1 of pool shop`.
    pub fn holders(&self) -> String {
        let words = self.pools.iter().take(3);
        let words = words.map(|(name, count)| format!("{count} of pool {name}"));
        words.collect::<Vec<_>>().join(", ")
    }

    /// The line that sets it, and who has the workers.
    pub fn evidence(&self) -> [Evidence; 2] {
        let set = format!("process.max = {}", self.limit);
        let text = format!("workers of {} now: {}", self.unit, self.holders());
        [
            Evidence::strong(set, &route::source_of(&self.place)),
            Evidence::strong(text, &Source::new("/proc (titles of the processes)")),
        ]
    }
}
