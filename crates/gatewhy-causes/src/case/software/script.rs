//! The script that a FastCGI application is told to run, and what PHP said of it.
use crate::case::exchange::link::Link;
use crate::case::gateway::log::is_peer;
use crate::case::software::fpm::{Fpm, PoolOf};
use crate::evidence::Evidence;
use gatewhy_facts::fact::{Fact, Source};
use gatewhy_facts::linux::walk::{self, Walk};
use gatewhy_facts::nginx::files::{Files, KnownFiles};
use gatewhy_facts::path::HostPath;
use gatewhy_facts::php_fpm::ini::{self, Content};
use gatewhy_facts::php_fpm::php_log;
use gatewhy_facts::php_fpm::php_message::{self, PhpMessage};
use gatewhy_facts::prelude::*;
use gatewhy_facts::question::{Part, Question, View};
use gatewhy_facts::source_text::Place;
use gatewhy_facts::untrusted::{shown, shown_within};

/// How much of PHP's own log is read.
const TAIL: u32 = 32 << 10;
/// What nginx puts before an application's words.
const STDERR: &[u8] = b"FastCGI sent in stderr: \"";

/// An error with which PHP ended the script of our own request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhpError {
    /// PHP's words, without severity and place.
    pub text: String,
    /// The limit in bytes, when that is what ended it.
    pub memory_limit: Option<u64>,
    /// The script and its line.
    pub place: Option<(String, u32)>,
    /// The message as evidence: proof when it came with our own direct request.
    pub evidence: Evidence,
}

/// A setting of PHP that holds for a pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhpSetting {
    /// The value as written.
    pub value: String,
    /// The line that sets it.
    pub place: Place,
}

impl<'c, 'k> Link<'c, 'k> {
    /// The path that the proxy names as the script.
    pub fn script(&self) -> Option<HostPath> {
        let params = &self.case.call()?.request.params;
        let mut named = params.iter().rev();
        let (_, value) = named.find(|(name, _)| name == "SCRIPT_FILENAME")?;
        let text = String::from_utf8(value.clone().ok()?).ok()?;
        text.starts_with('/').then(|| HostPath::new(text))
    }

    /// The part of the script's path that comes from the URI.
    pub fn script_name(&self) -> Option<String> {
        let params = &self.case.call()?.request.params;
        let mut named = params.iter().rev();
        let (_, value) = named.find(|(name, _)| name == "SCRIPT_NAME")?;
        String::from_utf8(value.clone().ok()?).ok()
    }

    /// A worker of the pool that listens here; its master when it has none just now.
    pub fn worker(&self) -> Option<u32> {
        let holders = self.pids();
        let processes = self.case.processes();
        let all = processes.found()?;
        let is_worker = |pid: &&u32| {
            let parent = all.get(**pid).map(|process| process.stat.ppid);
            parent.is_some_and(|parent| holders.contains(&parent))
        };
        let worker = holders.iter().find(is_worker).copied();
        worker.or_else(|| self.pid().found().copied())
    }

    /// As whom the application sees files: its own root folder and mounts.
    pub fn application_view(&self) -> View {
        self.worker().map_or(View::Host, View::Process)
    }

    /// Files as the application sees them.
    pub fn application_files(&self) -> KnownFiles<'k> {
        KnownFiles {
            known: self.case.known,
            view: self.application_view(),
        }
    }

    /// The way to a path as the application sees it, or another.
    pub fn walk_in(&self, path: &HostPath, view: View) -> Fact<Walk> {
        let question = Question::Walk {
            path: path.clone(),
            view,
        };
        let place = match view {
            View::Host => path.to_string(),
            View::Process(pid) => format!("{path} as process {pid} sees it"),
        };
        self.case
            .known
            .bytes(&question, &place, "run as root")
            .map(walk::parse)
    }

    /// Fatal errors of PHP in our own requests: from the direct one, from nginx's
    /// log, from PHP's own.
    pub fn php_errors(&self) -> Vec<PhpError> {
        let mut errors = self.errors_of_direct();
        errors.extend(self.errors_in_proxy_log());
        if errors.is_empty() {
            errors.extend(self.errors_in_own_log());
        }
        errors
    }

    fn errors_of_direct(&self) -> Vec<PhpError> {
        let direct = self.direct();
        let (Some(found), Some(source)) = (direct.found(), direct.source()) else {
            return Vec::new();
        };
        let stderr = found.fastcgi.as_ref().map(|reply| reply.stderr.as_slice());
        fatal(stderr.unwrap_or_default())
            .map(|message| {
                let text = format!("asked directly, PHP wrote: {}", quoted(&message));
                PhpError::of(&message, Evidence::proof(text, source))
            })
            .collect()
    }

    /// What the script itself wrote to its error stream when we asked it, not an error of
    /// PHP's own: `error_log()`.
    pub fn script_words(&self) -> Option<Evidence> {
        let direct = self.direct();
        let stderr = &direct.found()?.fastcgi.as_ref()?.stderr;
        let words = stderr.trim_ascii();
        let words = words.strip_prefix(b"PHP message: ").unwrap_or(words);
        if words.is_empty() || fatal(stderr).next().is_some() {
            return None;
        }
        let text = format!(
            "asked directly, the script wrote: {}",
            shown_within(words, 200)
        );
        Some(Evidence::strong(text, direct.source()?))
    }

    fn errors_in_proxy_log(&self) -> Vec<PhpError> {
        let proxy = self.case.proxy_name();
        let own = self.case.own_records().into_iter().rev();
        let mut mine = own.filter(|logged| is_peer(&logged.record, &self.peer.dial));
        let last = mine.find(|logged| logged.record.message.starts_with(STDERR));
        let errors = last.into_iter().flat_map(|logged| {
            let text = logged
                .record
                .message
                .strip_prefix(STDERR)
                .unwrap_or_default();
            let text = text.strip_suffix(b"\"").unwrap_or(text);
            fatal(text).map(|message| {
                let text = format!(
                    "{proxy} logged for our request that PHP wrote: {}",
                    quoted(&message)
                );
                PhpError::of(&message, Evidence::strong(text, &logged.source))
            })
        });
        errors.collect()
    }

    /// PHP's own log, where `error_log` sends its messages.
    fn errors_in_own_log(&self) -> Vec<PhpError> {
        let (Some(clock), log) = (self.case.clock(), self.php_log()) else {
            return Vec::new();
        };
        let Fact::Found(text, place) = log else {
            return Vec::new();
        };
        let since = clock.now.plus_secs(-1);
        let records = php_log::read(text).into_iter();
        let errors = records.filter_map(|record| {
            let offset = if record.zone == b"UTC" {
                0
            } else {
                clock.utc_offset_secs
            };
            let at = record.at.moment(offset).filter(|at| *at >= since)?;
            let message = Some(record.message).filter(PhpMessage::is_fatal)?;
            let text = format!("PHP logged: {}", quoted(&message));
            let source = place.clone().at_time(at);
            Some(PhpError::of(&message, Evidence::strong(text, &source)))
        });
        let mut errors: Vec<PhpError> = errors.collect();
        // Several requests of ours end alike: the newest tells.
        let skipped = errors.len().saturating_sub(1);
        errors.drain(..skipped);
        errors
    }

    /// The end of PHP's own log, after the requests. Absent when it has none.
    pub fn php_log(&self) -> Fact<&'k [u8]> {
        let setting = self.php_setting("error_log");
        let path = setting
            .map(|setting| setting.value)
            .filter(|value| value.starts_with('/'));
        let Some(path) = path.map(HostPath::new) else {
            return Fact::Absent(Source::new("PHP's error_log"));
        };
        let part = Part::Tail {
            bytes: TAIL,
            round: 1,
        };
        let question = Question::File {
            path: path.clone(),
            view: self.application_view(),
            part,
        };
        self.case
            .known
            .bytes(&question, &path.to_string(), "run as root")
    }

    /// A setting of PHP as the files have it for the pool that listens here: the
    /// pool's own, else the last of `php.ini` and the files beside it.
    pub fn php_setting(&self, name: &str) -> Option<PhpSetting> {
        let pool: PoolOf<'c> = self.configured_pool()?;
        if let Some(own) = pool.pool.php.get(name) {
            let place = own.setting.place.clone();
            return Some(PhpSetting {
                value: own.setting.value.clone(),
                place,
            });
        }
        let files = self.case.host_files();
        let mut found = None;
        for path in ini_files(pool.fpm, &files) {
            let text = files.read(&path);
            let ini = text.found().map(|text| ini::parse(&path, text.bytes));
            let entries = ini.into_iter().flat_map(|ini| ini.entries);
            for entry in entries {
                if let Content::Value {
                    key,
                    value,
                    subscript: None,
                    ..
                } = entry.content
                    && key == name
                {
                    found = Some(PhpSetting {
                        value,
                        place: entry.place,
                    });
                }
            }
        }
        found
    }
}

/// `php.ini` and the files beside it, in the order in which PHP reads them.
fn ini_files(fpm: &Fpm, files: &KnownFiles<'_>) -> Vec<HostPath> {
    let folder = fpm.main.parent();
    let (main, more) = match folder.as_str() {
        "/etc" => (HostPath::new("/etc/php.ini"), HostPath::new("/etc/php.d")),
        _ => (folder.join("php.ini"), folder.join("conf.d")),
    };
    let listed = files.list(&more);
    let mut names: Vec<String> = listed
        .found()
        .into_iter()
        .flatten()
        .map(|(name, _)| name.clone())
        .collect();
    names.retain(|name| name.rsplit_once('.').is_some_and(|(_, end)| end == "ini"));
    names.sort();
    let more = names.iter().map(|name| more.join(name));
    core::iter::once(main).chain(more).collect()
}

impl PhpError {
    fn of(message: &PhpMessage<'_>, evidence: Evidence) -> Self {
        Self {
            text: shown_within(message.text, 200),
            memory_limit: message.memory_limit,
            place: message
                .place
                .map(|(file, line)| (shown(file).to_string(), line)),
            evidence,
        }
    }
}

fn fatal(text: &[u8]) -> impl Iterator<Item = PhpMessage<'_>> {
    php_message::messages(text).filter(PhpMessage::is_fatal)
}

fn quoted(message: &PhpMessage<'_>) -> String {
    let place = message
        .place
        .map(|(file, line)| format!(" in {} on line {line}", shown(file)));
    format!(
        "{}{}",
        shown_within(message.text, 160),
        place.unwrap_or_default()
    )
}
