//! PM2: the list that it saves (`dump.pm2`), its log, and its own process.
//!
//! Its daemon calls itself `PM2 v6.0.14: God Daemon (/home/shop/.pm2)`. An application
//! that it starts calls itself `node /srv/shop/app.js` and is a child of it.
use crate::document::Node;
use crate::fate::Fate;
use crate::path::HostPath;
use crate::prelude::*;
use crate::scan;

/// An application in PM2's saved list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// Its name, as it is given to `pm2 restart`.
    pub name: String,
    /// The script that it runs.
    pub script: HostPath,
    /// `PORT` in its environment.
    pub port: Option<u16>,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// The line on which it begins, counted from 1.
    pub line: u32,
    /// Where what it writes to the standard error goes.
    pub error_log: Option<HostPath>,
}

/// The folder of the PM2 whose daemon has this title.
pub fn home(title: &[u8]) -> Option<HostPath> {
    let rest = title.strip_prefix(b"PM2 v")?;
    let folder = scan::between(rest, ": God Daemon (", ")")?;
    let folder = core::str::from_utf8(folder).ok()?;
    folder.starts_with('/').then(|| HostPath::new(folder))
}

/// The applications of a `dump.pm2`.
pub fn saved(dump: &Node) -> Vec<Saved> {
    let all = dump.items().iter();
    all.filter_map(|app| {
        let text = |name: &str| app.get(name).text();
        let set = app.get("env").get("PORT").text().or_else(|| text("PORT"));
        Some(Saved {
            name: text("name")?.to_owned(),
            script: HostPath::new(text("pm_exec_path")?),
            port: set.and_then(|port| port.parse().ok()),
            arguments: app
                .get("args")
                .texts()
                .into_iter()
                .map(str::to_owned)
                .collect(),
            line: app.place.as_ref().map_or(1, |place| place.span.line),
            error_log: text("pm_err_log_path").map(HostPath::new),
        })
    })
    .collect()
}

/// What last became of an application, and the line of PM2's log that says so.
pub fn fate<'a>(log: &'a [u8], name: &str, script: &HostPath) -> Option<(Fate, &'a [u8])> {
    let mut found: Option<(Fate, &[u8])> = None;
    for line in scan::lines(log) {
        let Some((_, text)) = scan::split_once(line.bytes, "PM2 log: ") else {
            continue;
        };
        // Its end follows what was asked for, and says nothing more.
        match (event(text, name, script), found) {
            (None, _) | (Some(Fate::Exited(_) | Fate::Killed), Some((Fate::Stopped, _))) => {}
            (Some(fate), _) => found = Some((fate, line.bytes)),
        }
    }
    found
}

fn event(text: &[u8], name: &str, script: &HostPath) -> Option<Fate> {
    let of_script = || {
        text.strip_prefix(b"Script ")?
            .strip_prefix(script.as_str().as_bytes())
    };
    if let Some(rest) = of_script() {
        let count = rest.strip_prefix(b" had too many unstable restarts (")?;
        return scan::number(count).map(|(count, _)| Fate::Errored(Some(count)));
    }
    if let Some(rest) = text.strip_prefix(b"Stopping app:") {
        let rest = rest.strip_prefix(name.as_bytes())?;
        return rest.starts_with(b" id:").then_some(Fate::Stopped);
    }
    let rest = text.strip_prefix(b"App [")?.strip_prefix(name.as_bytes())?;
    let (_, rest) = scan::split_once(rest.strip_prefix(b":")?, "] ")?;
    if rest == b"online" {
        return Some(Fate::Online);
    }
    let (code, rest) = scan::number(rest.strip_prefix(b"exited with code [")?)?;
    // It says SIGINT where there was no signal.
    let signal = scan::between(rest, "via signal [", "]")?;
    Some(match signal {
        b"SIGINT" => Fate::Exited(code),
        _ => Fate::Killed,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::yaml;

    const LOG: &[u8] = b"2026-11-21T23:17:24: PM2 log: App [shop:0] starting in -fork mode-
2026-11-21T23:17:24: PM2 log: App [shop:0] online
2026-11-21T23:17:26: PM2 log: Stopping app:shop id:0
2026-11-21T23:17:26: PM2 log: App [shop:0] exited with code [0] via signal [SIGINT]
2026-11-21T23:17:26: PM2 log: pid=123 msg=process killed
2026-11-21T23:18:01: PM2 log: Script /srv/api/app.js had too many unstable restarts (16). Stopped. \"errored\"
";

    #[test]
    fn the_daemon_names_its_folder() {
        let title = b"PM2 v6.0.14: God Daemon (/home/shop/.pm2)";
        assert_eq!(home(title), Some(HostPath::new("/home/shop/.pm2")));
        assert_eq!(home(b"node /srv/shop/app.js"), None);
        assert_eq!(home(b"PM2 v6: God Daemon (x)"), None);
    }

    #[test]
    fn what_was_stopped_did_not_crash() {
        let of = |name: &str, script: &str| fate(LOG, name, &HostPath::new(script)).map(|f| f.0);
        assert_eq!(of("shop", "/srv/shop/app.js"), Some(Fate::Stopped));
        assert_eq!(of("api", "/srv/api/app.js"), Some(Fate::Errored(Some(16))));
        assert_eq!(of("sho", "/srv/sho/app.js"), None);
    }

    #[test]
    fn the_saved_list_tells_names_scripts_and_ports() {
        let dump = r#"[
  { "env": { "PORT": "3000" }, "name": "shop", "args": ["--bind", "3001"],
    "pm_exec_path": "/srv/shop/app.js", "pm_err_log_path": "/home/shop/.pm2/logs/shop-error.log" },
  { "name": "broken" }
]"#;
        let node = yaml::read(dump, &HostPath::new("/home/shop/.pm2/dump.pm2")).unwrap();
        let all = saved(&node);
        assert_eq!(all.len(), 1);
        let only = all.first().unwrap();
        assert_eq!(
            (only.name.as_str(), only.port, only.line),
            ("shop", Some(3000), 2)
        );
        assert_eq!(only.arguments, ["--bind", "3001"]);
    }

    proptest::proptest! {
        #[test]
        fn never_panics(log: Vec<u8>, name: String, dump: String) {
            let path = HostPath::new("/x");
            let _ = (fate(&log, &name, &path), home(&log));
            if let Ok(node) = yaml::read(&dump, &path) {
                let _ = saved(&node);
            }
        }
    }
}
