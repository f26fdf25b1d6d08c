//! One pool, and the global section, with the meaning of every setting.
use crate::path::HostPath;
use crate::prelude::*;
use crate::scan;
use crate::source_text::{Place, Span};
use core::net::SocketAddr;

/// A value and where it is set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting<T> {
    /// The value.
    pub value: T,
    /// The line that sets it.
    pub place: Place,
    /// The value itself in that file.
    pub span: Span,
}

/// Where a pool accepts FastCGI connections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listen {
    /// `127.0.0.1:9000`, `[::1]:9000`
    Tcp(SocketAddr),
    /// `9000`: every address of the host.
    Port(u16),
    /// `localhost:9000`: a name.
    Name(String),
    /// A unix socket.
    Unix(HostPath),
}

/// How workers are started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Manager {
    /// All of them at the start. Such a pool never logs that it is busy.
    Static,
    /// Between limits of idle workers.
    Dynamic,
    /// When a request comes.
    OnDemand,
}

/// One pool.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pool {
    /// The section's name.
    pub name: String,
    /// The line of the section's first `[name]`.
    pub place: Place,
    /// Settings by their name in lower case; the last line wins.
    pub settings: Settings,
    /// `php_value`, `php_flag` and their `admin` forms, by the name of PHP's setting.
    pub php: BTreeMap<String, PhpValue>,
    /// Names of variables in `env[…]`; their values may be secret.
    pub env: BTreeMap<String, Place>,
}

/// A setting of PHP that a pool makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhpValue {
    /// The value.
    pub setting: Setting<String>,
    /// Whether scripts cannot change it.
    pub admin: bool,
}

/// Settings of one section by their name in lower case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings(pub BTreeMap<String, Setting<String>>);

impl Settings {
    /// A setting as text; one that is set to nothing counts as not set.
    pub fn text(&self, name: &str) -> Option<Setting<String>> {
        self.0
            .get(name)
            .filter(|setting| !setting.value.is_empty())
            .cloned()
    }

    /// A whole number, perhaps negative.
    pub fn integer(&self, name: &str) -> Option<Setting<i64>> {
        self.0.get(name)?.and_then(integer)
    }

    /// A length of time in seconds.
    pub fn seconds(&self, name: &str) -> Option<Setting<u64>> {
        self.0.get(name)?.and_then(seconds)
    }

    /// A switch.
    pub fn flag(&self, name: &str) -> Option<Setting<bool>> {
        self.0.get(name)?.and_then(flag)
    }

    fn path(&self, name: &str, prefix: &HostPath) -> Option<Setting<HostPath>> {
        self.text(name)?
            .and_then(|text| Some(full_path(text, prefix)))
    }
}

impl<T> Setting<T> {
    /// The same setting with the meaning of its value.
    pub fn and_then<U>(&self, meaning: impl FnOnce(&T) -> Option<U>) -> Option<Setting<U>> {
        Some(Setting {
            value: meaning(&self.value)?,
            place: self.place.clone(),
            span: self.span,
        })
    }
}

impl Pool {
    /// `listen`; none also when it depends on FPM's environment. `prefix` is FPM's
    /// own prefix, for relative paths.
    pub fn listen(&self, prefix: &HostPath) -> Option<Setting<Listen>> {
        let base = self.prefix(prefix);
        self.settings
            .text("listen")?
            .and_then(|text| Listen::parse(text, &base))
    }

    /// `pm`.
    pub fn manager(&self) -> Option<Setting<Manager>> {
        self.settings.text("pm")?.and_then(|text| manager(text))
    }

    /// `pm.max_children`: the most requests at a time.
    pub fn max_children(&self) -> Option<Setting<i64>> {
        self.settings.integer("pm.max_children")
    }

    /// `listen.backlog`: how many connections may wait. -1 means as many as the
    /// kernel's `somaxconn` allows, which caps every other value too. Without the
    /// setting it is -1 or 511, depending on the version.
    pub fn backlog(&self) -> Option<Setting<i64>> {
        self.settings.integer("listen.backlog")
    }

    /// `listen.mode`, in octal; 0660 when none is set.
    pub fn mode(&self) -> Option<Setting<u32>> {
        let octal = |text: &String| u32::from_str_radix(text, 8).ok();
        self.settings.text("listen.mode")?.and_then(octal)
    }

    /// `listen.allowed_clients`: addresses that may connect; all, when none is set.
    pub fn allowed_clients(&self) -> Option<Setting<Vec<String>>> {
        let list = |text: &String| Some(text.split(',').map(|a| a.trim().to_owned()).collect());
        self.settings.text("listen.allowed_clients")?.and_then(list)
    }

    /// `request_terminate_timeout` in seconds; none when it is off.
    pub fn terminate_timeout(&self) -> Option<Setting<u64>> {
        self.settings
            .seconds("request_terminate_timeout")
            .filter(|s| s.value > 0)
    }

    /// `request_slowlog_timeout` in seconds; none when it is off.
    pub fn slowlog_timeout(&self) -> Option<Setting<u64>> {
        self.settings
            .seconds("request_slowlog_timeout")
            .filter(|s| s.value > 0)
    }

    /// `slowlog`.
    pub fn slow_log(&self, prefix: &HostPath) -> Option<Setting<HostPath>> {
        self.settings.path("slowlog", &self.prefix(prefix))
    }

    /// `chroot`.
    pub fn chroot(&self, prefix: &HostPath) -> Option<Setting<HostPath>> {
        self.settings.path("chroot", &self.prefix(prefix))
    }

    /// `pm.status_listen`: where the status page answers even when the pool is busy.
    pub fn status_listen(&self, prefix: &HostPath) -> Option<Setting<Listen>> {
        let base = self.prefix(prefix);
        self.settings
            .text("pm.status_listen")?
            .and_then(|text| Listen::parse(text, &base))
    }

    /// `security.limit_extensions`; `.php` and `.phar` when none is set.
    pub fn limit_extensions(&self) -> Option<Setting<Vec<String>>> {
        let words = |text: &String| Some(text.split_whitespace().map(str::to_owned).collect());
        self.settings
            .text("security.limit_extensions")?
            .and_then(words)
    }

    /// `memory_limit` as the pool sets it, in bytes; `None` inside for *unlimited*.
    pub fn memory_limit(&self) -> Option<Setting<Option<u64>>> {
        self.php
            .get("memory_limit")?
            .setting
            .and_then(|text| php_size(text))
    }

    fn prefix(&self, prefix: &HostPath) -> HostPath {
        self.settings
            .path("prefix", prefix)
            .map_or_else(|| prefix.clone(), |p| p.value)
    }
}

impl Listen {
    /// Reads an address as FPM does: anything with a colon is TCP, digits are a
    /// port, the rest is a path.
    pub fn parse(text: &str, prefix: &HostPath) -> Option<Self> {
        if text.contains("${") {
            return None;
        }
        if text.contains(':') {
            let address = text.parse().map(Self::Tcp);
            return Some(address.unwrap_or_else(|_| Self::Name(text.to_owned())));
        }
        if text.bytes().all(|b| b.is_ascii_digit()) {
            return text.parse().ok().map(Self::Port);
        }
        Some(Self::Unix(full_path(text, prefix)))
    }
}

fn full_path(text: &str, prefix: &HostPath) -> HostPath {
    let relative = text
        .strip_prefix("$prefix")
        .map_or(text, |rest| rest.trim_start_matches('/'));
    prefix.join(relative)
}

pub(super) fn manager(text: &str) -> Option<Manager> {
    match text.to_ascii_lowercase().as_str() {
        "static" => Some(Manager::Static),
        "dynamic" => Some(Manager::Dynamic),
        "ondemand" => Some(Manager::OnDemand),
        _ => None,
    }
}

#[expect(clippy::ptr_arg, reason = "the signature that Setting::and_then takes")]
pub(super) fn integer(text: &String) -> Option<i64> {
    text.parse().ok().filter(|_| !text.starts_with('+'))
}

/// Seconds, or a number with `s`, `m`, `h` or `d`.
pub(super) fn seconds(text: &String) -> Option<u64> {
    let (number, rest) = scan::number(text.as_bytes())?;
    let unit = match rest {
        b"" | b"s" => 1,
        b"m" => 60,
        b"h" => 3_600,
        b"d" => 86_400,
        _ => return None,
    };
    number.checked_mul(unit)
}

#[expect(clippy::ptr_arg, reason = "the signature that Setting::and_then takes")]
pub(super) fn flag(text: &String) -> Option<bool> {
    match text.as_str() {
        "1" => Some(true),
        "" => Some(false),
        _ => None,
    }
}

/// A size as `php.ini` has it, in bytes: `128M`, `1G`; `None` inside for -1.
pub fn php_size(text: &str) -> Option<Option<u64>> {
    if text.trim() == "-1" {
        return Some(None);
    }
    let (number, rest) = scan::number(text.trim().as_bytes())?;
    let shift = match rest.trim_ascii() {
        b"" => 0,
        b"k" | b"K" => 10,
        b"m" | b"M" => 20,
        b"g" | b"G" => 30,
        _ => return None,
    };
    number.checked_mul(1 << shift).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_fpm_reads_them() {
        let listen = |text| Listen::parse(text, &HostPath::new("/usr"));
        assert_eq!(listen("9000"), Some(Listen::Port(9000)));
        assert_eq!(
            listen("[::1]:9000"),
            "[::1]:9000".parse().ok().map(Listen::Tcp)
        );
        assert_eq!(
            listen("localhost:9000"),
            Some(Listen::Name("localhost:9000".into()))
        );
        assert_eq!(
            listen("/run/a.sock"),
            Some(Listen::Unix(HostPath::new("/run/a.sock")))
        );
        assert_eq!(
            listen("var/run/a.sock"),
            Some(Listen::Unix(HostPath::new("/usr/var/run/a.sock")))
        );
        assert_eq!(listen("99999"), None);
    }

    #[test]
    fn times_and_sizes_have_units() {
        assert_eq!(seconds(&"2m".to_owned()), Some(120));
        assert_eq!(seconds(&"0".to_owned()), Some(0));
        assert_eq!(seconds(&"5x".to_owned()), None);
        assert_eq!(php_size("128M"), Some(Some(134_217_728)));
        assert_eq!(php_size("-1"), Some(None));
        assert_eq!(php_size("lots"), None);
    }
}
