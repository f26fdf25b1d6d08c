//! Why an application answered with an error, where that can be told from outside:
//! decided once, so that its causes exclude each other.
use crate::case::exchange::link::Link;
use crate::case::routing::peer::Protocol;
use gatewhy_facts::fact::{Fact, Gap, Source};
use gatewhy_facts::linux::walk::End;
use gatewhy_facts::nginx::files::Files;
use gatewhy_facts::path::HostPath;
use gatewhy_facts::prelude::*;
use gatewhy_facts::time::Moment;
use gatewhy_facts::untrusted::shown;

/// WordPress takes no notice of a file that is older.
pub const MAINTENANCE_SECS: i64 = 600;
/// What WordPress says unless it speaks another language.
const WORDS: &str = "Briefly unavailable for scheduled maintenance";

/// WordPress's maintenance file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Maintenance {
    /// The file.
    pub file: HostPath,
    /// Since when, as the file tells; none when it tells the present time, so that
    /// it never ends.
    pub since: Option<Moment>,
}

impl Maintenance {
    /// Whether WordPress still heeds it at a moment.
    pub fn is_in_force(&self, now: Moment) -> bool {
        self.since
            .is_none_or(|since| now.since(since) < MAINTENANCE_SECS * 1_000_000)
    }
}

impl Link<'_, '_> {
    /// The cause behind an application's error, in words, where there is one that
    /// has a page of its own.
    pub fn deeper_application_cause(&self) -> Option<String> {
        if self.is_in_maintenance() {
            return Some("it is WordPress's maintenance mode that answers".into());
        }
        let errors = self.php_errors();
        let ended = errors.iter().any(|error| error.memory_limit.is_some());
        ended.then(|| "PHP ended the script at its memory_limit".into())
    }

    /// Whether WordPress answers with its maintenance page.
    pub fn is_in_maintenance(&self) -> bool {
        let now = self.case.clock().map(|clock| clock.now);
        let in_force = |file: &Maintenance| now.is_some_and(|now| file.is_in_force(now));
        self.answers_503()
            && (self.says_maintenance() || self.maintenance_file().found().is_some_and(in_force))
    }

    /// Whether the backend, asked directly, answers 503.
    pub fn answers_503(&self) -> bool {
        self.direct_status() == Some(503)
    }

    /// Whether the page is WordPress's own for maintenance.
    pub fn says_maintenance(&self) -> bool {
        self.direct_words()
            .is_some_and(|words| words.contains(WORDS))
    }

    /// Whether everything was looked at that could tell a cause behind an error of
    /// the application.
    pub fn application_is_known(&self) -> bool {
        self.application_gaps().is_empty()
    }

    /// What could not be looked at and might tell a cause behind an error of the
    /// application.
    pub fn application_gaps(&self) -> Vec<Gap> {
        let speaks_fastcgi = self.peer.protocol == Protocol::FastCgi;
        let site = speaks_fastcgi.then(|| self.maintenance_file().gap().cloned());
        let told = [site.flatten(), self.php_log().gap().cloned()];
        let mut gaps: Vec<Gap> = told.into_iter().flatten().collect();
        gaps.extend(self.case.clock_gap());
        gaps
    }

    /// The file that puts the WordPress behind this link into maintenance mode.
    pub fn maintenance_file(&self) -> Fact<Maintenance> {
        let nowhere = Source::new("the site's folders");
        self.wordpress_folders().and_then(|folders, _| {
            for folder in folders {
                let path = folder.join(".maintenance");
                match self.application_files().read(&path) {
                    Fact::Found(text, source) => {
                        if let Some(since) = upgrading(text.bytes) {
                            let since = since.moment();
                            return Fact::Found(Maintenance { file: path, since }, source);
                        }
                    }
                    Fact::Unknown(gap) => return Fact::Unknown(gap),
                    Fact::Absent(_) => {}
                }
            }
            Fact::Absent(nowhere)
        })
    }

    /// Folders of the site that hold a WordPress: that of the script, the document
    /// root, and the one that the site's `index.php` names.
    pub fn wordpress_folders(&self) -> Fact<Vec<HostPath>> {
        let place = "the site's folders";
        let Some(script) = self
            .script()
            .filter(|_| self.peer.protocol == Protocol::FastCgi)
        else {
            return Fact::Unknown(Gap::new(place, "the script's path is not known", ""));
        };
        let mut found = Vec::new();
        let folders = match self.site_folders(&script) {
            Ok(folders) => folders,
            Err(gap) => return Fact::Unknown(gap),
        };
        for folder in folders {
            match self.holds_core(&folder) {
                Fact::Found((), _) => found.push(folder),
                Fact::Absent(_) => {}
                Fact::Unknown(gap) => return Fact::Unknown(gap),
            }
        }
        Fact::Found(found, Source::new(place))
    }

    fn site_folders(&self, script: &HostPath) -> Result<Vec<HostPath>, Gap> {
        let mut folders = vec![script.parent()];
        let name = self.script_name();
        let root = name.and_then(|name| {
            script
                .as_str()
                .strip_suffix(name.as_str())
                .map(HostPath::new)
        });
        folders.extend(root.filter(|root| *root != script.parent() && !root.as_str().is_empty()));
        let files = self.application_files();
        let mut named = Vec::new();
        for folder in &folders {
            let inner = match files.read(&folder.join("index.php")) {
                Fact::Found(text, _) => core_folder(text.bytes),
                Fact::Absent(_) => None,
                Fact::Unknown(gap) => return Err(gap),
            };
            named.extend(inner.map(|inner| folder.join(inner.trim_start_matches('/'))));
        }
        folders.extend(named);
        Ok(folders)
    }

    fn holds_core(&self, folder: &HostPath) -> Fact<()> {
        let core = folder.join("wp-load.php");
        self.walk_in(&core, self.application_view())
            .and_then(|walk, source| match walk.end {
                End::Reached => Fact::Found((), source),
                End::Missing(_) => Fact::Absent(source),
                End::Refused(path, why) => {
                    Fact::Unknown(Gap::new(shown(&path).to_string(), why, "run as root"))
                }
            })
    }
}

/// What the maintenance file says of its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Upgrading {
    Since(i64),
    Always,
}

impl Upgrading {
    const fn moment(self) -> Option<Moment> {
        match self {
            Self::Since(secs) => Some(Moment::from_secs(secs)),
            Self::Always => None,
        }
    }
}

/// `$upgrading = 1763722800;`, or `time()`.
fn upgrading(text: &[u8]) -> Option<Upgrading> {
    let text = String::from_utf8_lossy(text).into_owned();
    let (_, rest) = text.split_once("$upgrading")?;
    let value = rest.trim_start().strip_prefix('=')?.trim_start();
    if value.starts_with("time()") {
        return Some(Upgrading::Always);
    }
    let digits = value.bytes().take_while(u8::is_ascii_digit).count();
    value.get(..digits)?.parse().ok().map(Upgrading::Since)
}

/// The folder in `require __DIR__ . '/wordpress/wp-blog-header.php';`.
fn core_folder(index: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(index).into_owned();
    // WordPress's own index.php names the file in a comment as well.
    let (before, _) = text.rsplit_once("wp-blog-header.php")?;
    let quote = before.rfind(['\'', '"'])?;
    let folder = before.get(quote.saturating_add(1)..)?.trim_end_matches('/');
    let folder = folder.strip_prefix("./").unwrap_or(folder);
    (!folder.is_empty() && !folder.contains("..")).then(|| folder.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_tells_since_when() {
        let says = |text: &str| upgrading(text.as_bytes());
        assert_eq!(
            says("<?php $upgrading = 1763722800; ?>"),
            Some(Upgrading::Since(1_763_722_800))
        );
        assert_eq!(says("<?php $upgrading=time(); ?>"), Some(Upgrading::Always));
        assert_eq!(says("<?php"), None);
    }

    #[test]
    fn wordpress_in_a_folder_of_its_own_is_found() {
        let named = |text: &str| core_folder(text.as_bytes());
        let own = "require __DIR__ . '/wordpress/wp-blog-header.php';";
        assert_eq!(named(own).as_deref(), Some("/wordpress"));
        assert_eq!(
            named("require('./wp/wp-blog-header.php');").as_deref(),
            Some("wp")
        );
        assert_eq!(named("require __DIR__ . '/wp-blog-header.php';"), None);
        let stock = |folder: &str| {
            format!(
                "<?php\n/**\n * Front to the WordPress application. This file doesn't do anything, but loads\n * wp-blog-header.php which does and tells WordPress to load the theme.\n */\nrequire __DIR__ . '{folder}/wp-blog-header.php';\n"
            )
        };
        assert_eq!(named(&stock("/core")).as_deref(), Some("/core"));
        assert_eq!(named(&stock("")), None);
    }
}
