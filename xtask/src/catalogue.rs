//! `catalogue/mod.rs`: the registration of every cause, from the folder's files.
use crate::output::Output;
use anyhow::{Context as _, Result};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

const FOLDER: &str = "crates/gatewhy-causes/src/catalogue";

/// Writes the registration.
pub(crate) fn generate(output: &mut Output) -> Result<()> {
    let groups = names(&output.root().join(FOLDER), "")?;
    let mut modules = String::new();
    let mut list = String::new();
    for group in &groups {
        let causes = finished(&output.root().join(FOLDER).join(group))?;
        if causes.is_empty() {
            continue;
        }
        writeln!(
            modules,
            "\npub mod {group} {{\n    //! Causes of the group `{group}`."
        )?;
        for cause in &causes {
            writeln!(modules, "    pub mod {cause};")?;
            writeln!(list, "    &{group}::{cause}::CAUSE,")?;
        }
        modules.push_str("}\n");
    }
    let text = format!(
        "//! Every cause, by group. Generated from this folder by `cargo xtask generate`.\n\
         use crate::cause::Cause;\n{modules}\nstatic ALL: &[&Cause] = &[\n{list}];\n\n\
         /// Every cause, by group and name.\npub fn all() -> &'static [&'static Cause] {{\n    ALL\n}}\n"
    );
    output.file(&format!("{FOLDER}/mod.rs"), text.as_bytes())
}

/// The causes of a group that can be weighed. A file that holds only a page is not
/// finished: registered, it would not compile.
#[expect(clippy::print_stderr, reason = "a chore talks to its caller")]
fn finished(group: &Path) -> Result<Vec<String>> {
    let mut causes = names(group, ".rs")?;
    causes.retain(|cause| {
        let path = group.join(format!("{cause}.rs"));
        let done = fs::read_to_string(&path).is_ok_and(|text| text.contains("\nfn weigh("));
        if !done {
            eprintln!("not registered, has no `fn weigh`: {}", path.display());
        }
        done
    });
    Ok(causes)
}

/// Names in a folder: folders without a suffix, or files with it (cut off).
fn names(folder: &Path, suffix: &str) -> Result<Vec<String>> {
    let mut out = Vec::new();
    let entries =
        fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if suffix.is_empty() && entry.file_type()?.is_dir() {
            out.push(name);
        } else if let Some(stem) = name.strip_suffix(suffix).filter(|_| !suffix.is_empty()) {
            out.push(stem.to_owned());
        }
    }
    out.sort();
    Ok(out)
}
