//! Generated files: written, or compared with what is there.
use anyhow::{Context as _, Result};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Where generated files go.
#[derive(Debug)]
pub(crate) struct Output {
    root: PathBuf,
    check: bool,
    stale: Vec<String>,
}

impl Output {
    /// Below `root`; with `check`, nothing is written.
    pub(crate) fn new(root: PathBuf, check: bool) -> Self {
        Self {
            root,
            check,
            stale: Vec::new(),
        }
    }

    /// The project's folder.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// One generated file.
    pub(crate) fn file(&mut self, path: &str, text: &[u8]) -> Result<()> {
        let full = self.root.join(path);
        if fs::read(&full).is_ok_and(|old| old == text) {
            return Ok(());
        }
        self.stale.push(path.to_owned());
        if self.check {
            return Ok(());
        }
        let folder = full.parent().context("a generated file needs a folder")?;
        fs::create_dir_all(folder)
            .with_context(|| format!("cannot create {}", folder.display()))?;
        fs::write(&full, text).with_context(|| format!("cannot write {}", full.display()))
    }

    /// Files with this suffix in `folder` that are no longer generated go away.
    pub(crate) fn only(
        &mut self,
        folder: &str,
        suffix: &str,
        names: &BTreeSet<String>,
    ) -> Result<()> {
        let full = self.root.join(folder);
        let Ok(entries) = fs::read_dir(&full) else {
            return Ok(());
        };
        for entry in entries {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if name.ends_with(suffix) && !names.contains(&name) {
                self.stale.push(format!("{folder}/{name}"));
                if !self.check {
                    fs::remove_file(full.join(&name))?;
                }
            }
        }
        Ok(())
    }

    /// Says what changed; `false` when something is stale and nothing was written.
    #[expect(clippy::print_stdout, reason = "a chore talks to its caller")]
    pub(crate) fn finish(self) -> bool {
        let word = if self.check { "stale" } else { "wrote" };
        for path in &self.stale {
            println!("{word}: {path}");
        }
        !self.check || self.stale.is_empty()
    }
}
