//! The backend's own limits: how many requests at a time, and for how long.
use crate::case::exchange::link::Link;
use crate::case::exchange::stall::Workers;
use crate::case::routing::route;
use crate::case::service::backend::Software;
use crate::case::service::units::unit_source;
use crate::case::service::waits_for::Awaited;
use crate::evidence::Evidence;
use gatewhy_facts::prelude::*;
use gatewhy_fixes::Fix;

/// A limit of the backend's own, with the line that sets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnLimit {
    /// The setting with its value, as a person would name it.
    pub setting: String,
    /// Where it is set.
    pub evidence: Evidence,
}

impl Link<'_, '_> {
    /// How long a worker may work on one request.
    pub fn worker_limit(&self) -> Option<OwnLimit> {
        match self.software() {
            Software::PhpFpm => {
                let pool = self.configured_pool()?;
                let limit = pool.pool.terminate_timeout()?;
                let setting = format!("request_terminate_timeout = {}s", limit.value);
                Some(OwnLimit {
                    evidence: Evidence::strong(setting.clone(), &route::source_of(&limit.place)),
                    setting,
                })
            }
            Software::Gunicorn => self.gunicorn_limit(),
            Software::Uwsgi => {
                let set = self.uwsgi_setting("harakiri")?;
                Some(OwnLimit {
                    evidence: Evidence::strong(set.written.clone(), &set.source),
                    setting: set.written,
                })
            }
            _ => None,
        }
    }

    fn gunicorn_limit(&self) -> Option<OwnLimit> {
        let service = self.live_service();
        let unit = &service.found()?.unit;
        let words: Vec<&str> = unit.commands.start_words().collect();
        let seconds = words
            .iter()
            .zip(words.iter().skip(1))
            .find_map(|(flag, value)| {
                matches!(*flag, "--timeout" | "-t").then(|| (*value).to_owned())
            });
        let seconds = seconds.or_else(|| {
            words
                .iter()
                .find_map(|word| word.strip_prefix("--timeout=").map(ToOwned::to_owned))
        });
        let setting = seconds.map_or_else(
            || "gunicorn's --timeout (30 s unless set)".to_owned(),
            |s| format!("--timeout {s}"),
        );
        Some(OwnLimit {
            evidence: Evidence::strong(setting.clone(), &unit_source(&unit.id)),
            setting,
        })
    }

    /// The line that limits how many workers there may be.
    pub fn limit_line(&self) -> Option<Evidence> {
        if let Some(set) = self
            .uwsgi_setting("processes")
            .or_else(|| self.uwsgi_setting("workers"))
        {
            return Some(Evidence::strong(set.written, &set.source));
        }
        let pool = self.configured_pool()?;
        let limit = pool.pool.max_children()?;
        Some(Evidence::strong(
            format!("pm.max_children = {}", limit.value),
            &route::source_of(&limit.place),
        ))
    }

    /// First what the workers wait for, then a larger pool, sized from the memory
    /// that one worker really uses.
    pub fn larger_pool(&self, workers: &Workers, awaited: Option<&Awaited>) -> Fix {
        let fix = match awaited {
            Some(awaited) => {
                let words = awaited.words(*self);
                let fix = Fix::new(format!("see why the workers wait for {words}; a larger pool comes second"));
                let look = awaited.look().into_iter();
                look.fold(fix, |fix, (command, what)| fix.run(command, what))
            }
            None if self.software() == Software::Tomcat => self.thread_dump(),
            None => Fix::new("see what the workers wait for; then size the pool from memory")
                .advise("see what the workers wait for: the slow log, the database's process list, /proc/PID/stack of a worker"),
        };
        let fits = self.fitting(workers);
        let pool = self
            .configured_pool()
            .and_then(|pool| pool.pool.max_children().map(|limit| (pool, limit)));
        let fix = match (pool, fits) {
            (Some((pool, limit)), Some(fits)) if fits > workers.count => {
                let change = (
                    format!("pm.max_children = {}", limit.value),
                    format!("pm.max_children = {fits}"),
                );
                let fix = fix.edit(
                    (&limit.place.file, limit.place.span.line),
                    (&change.0, &change.1),
                    "as many as fit into half of the memory that is free now",
                );
                fix.run(format!("systemctl reload {}", pool.fpm.unit), "takes it up")
            }
            (_, Some(fits)) => fix.advise(format!(
                "memory that is free now has room for about {fits} workers in all"
            )),
            (_, None) => fix,
        };
        self.case.verified(fix)
    }

    fn thread_dump(&self) -> Fix {
        let fix = Fix::new("see what the threads wait for; a larger maxThreads comes second");
        let dump = self.pid().found().map(|pid| format!("kill -QUIT {pid}"));
        let fix = dump.into_iter().fold(fix, |fix, dump| {
            fix.run(
                dump,
                "writes the stack of every thread to its log, and ends nothing",
            )
        });
        fix.advise("raise maxThreads only when what they wait for can take more at once")
    }

    /// How many workers of the size they have now fit: those that run, and half of
    /// the free memory.
    fn fitting(&self, workers: &Workers) -> Option<u64> {
        let pid = self.pid().found().copied()?;
        let processes = self.case.processes();
        let sizes: Vec<u64> = processes
            .found()?
            .children(pid)
            .map(|child| child.stat.rss_pages.saturating_mul(4096))
            .collect();
        let each = sizes.iter().max().copied().filter(|size| *size > 0)?;
        let memory = self.case.memory();
        let free = memory.found()?.available.saturating_mul(1024);
        Some(
            workers
                .count
                .saturating_add((free / 2) / each)
                .min(workers.count.saturating_mul(4)),
        )
    }
}
