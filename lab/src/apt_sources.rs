//! Where this machine's own distribution comes from, so that the base can come
//! from the same place. Third-party sources of the machine are left out.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

/// A distribution release and the sources it is installed from.
pub(crate) struct Distribution {
    /// The release's code name, as apt knows it.
    pub(crate) codename: String,
    /// Sources of that release only: each a deb822 stanza or a block of `deb` lines.
    pub(crate) sources: Vec<String>,
}

/// Reads the release of this machine and the apt sources that belong to it.
pub(crate) fn of_this_machine() -> Result<Distribution> {
    let release = fs::read_to_string("/etc/os-release").context("cannot read /etc/os-release")?;
    let codename = codename(&release).context("/etc/os-release names no VERSION_CODENAME")?;
    let mut sources = Vec::new();
    for path in source_files(Path::new("/etc/apt"))? {
        let text =
            fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        if path
            .extension()
            .is_some_and(|extension| extension == "sources")
        {
            sources.extend(stanzas_of(&text, &codename));
        } else {
            sources.extend(lines_of(&text, &codename));
        }
    }
    ensure!(
        !sources.is_empty(),
        "no apt source of this machine offers {codename}"
    );
    Ok(Distribution { codename, sources })
}

fn codename(os_release: &str) -> Option<String> {
    let value = os_release
        .lines()
        .find_map(|line| line.strip_prefix("VERSION_CODENAME="))?;
    Some(value.trim_matches('"').to_owned())
}

fn source_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let main = folder.join("sources.list");
    if main.exists() {
        files.push(main);
    }
    for entry in fs::read_dir(folder.join("sources.list.d"))
        .into_iter()
        .flatten()
    {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "sources" || extension == "list")
        {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// `bookworm` and `bookworm-security` are suites of bookworm; `bookworm/` or `stable` are not.
fn belongs(suite: &str, codename: &str) -> bool {
    suite
        .strip_prefix(codename)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

/// The deb822 stanzas that offer only suites of `codename`.
fn stanzas_of(text: &str, codename: &str) -> Vec<String> {
    let without_comments: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    let text = without_comments.join("\n");
    let offers = |stanza: &&str| {
        let suites = stanza.lines().find_map(|line| line.strip_prefix("Suites:"));
        suites.is_some_and(|suites| {
            suites
                .split_whitespace()
                .all(|suite| belongs(suite, codename))
        })
    };
    text.split("\n\n")
        .map(str::trim)
        .filter(offers)
        .map(|stanza| format!("{stanza}\n"))
        .collect()
}

/// The one-line sources that offer a suite of `codename`.
fn lines_of(text: &str, codename: &str) -> Vec<String> {
    let offers = |line: &&str| {
        let mut words = line
            .split_whitespace()
            .skip_while(|word| !word.contains("://"));
        line.starts_with("deb ") && words.nth(1).is_some_and(|suite| belongs(suite, codename))
    };
    text.lines()
        .map(str::trim)
        .filter(offers)
        .map(|line| format!("{line}\n"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_stanzas_of_the_release_are_kept() {
        let text = "Types: deb\n# a note\nURIs: http://mirror.example/debian\nSuites: trixie trixie-updates\nComponents: main\n\n\
                    Types: deb\nURIs: https://vendor.example/tool\nSuites: nodistro\nComponents: main\n";
        let kept = stanzas_of(text, "trixie");
        assert_eq!(kept.len(), 1);
        assert!(kept[0].contains("mirror.example") && !kept[0].contains("note"));
    }

    #[test]
    fn only_lines_of_the_release_are_kept() {
        let text = "# deb http://mirror.example/debian trixie main\n\
                    deb [signed-by=/usr/share/keyrings/x.gpg] http://mirror.example/debian trixie-security main\n\
                    deb http://vendor.example/tool stable main\n\
                    deb-src http://mirror.example/debian trixie main\n";
        assert_eq!(
            lines_of(text, "trixie"),
            [
                "deb [signed-by=/usr/share/keyrings/x.gpg] http://mirror.example/debian trixie-security main\n"
            ]
        );
    }

    #[test]
    fn a_suite_belongs_to_its_own_release_only() {
        assert!(belongs("noble", "noble") && belongs("noble-updates", "noble"));
        assert!(!belongs("noblewoman", "noble") && !belongs("stable", "noble"));
    }
}
