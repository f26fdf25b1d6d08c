//! The source tree: walls between crates, sizes of files, nothing of the machine
//! it was written on.
use crate::hosts::root;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The most lines of one file of Rust or shell.
const MOST_LINES: usize = 600;
/// Crates that cannot read, run, wait or look at a clock.
const PURE: [&str; 3] = ["gatewhy-facts", "gatewhy-fixes", "gatewhy-causes"];

/// What each crate may use of the project's own crates.
const ARROWS: [(&str, &[&str]); 8] = [
    ("gatewhy-facts", &[]),
    ("gatewhy-fixes", &["gatewhy-facts"]),
    ("gatewhy-causes", &["gatewhy-facts", "gatewhy-fixes"]),
    ("gatewhy-host", &["gatewhy-facts", "gatewhy-logs"]),
    ("gatewhy-logs", &["gatewhy-facts"]),
    (
        "gatewhy",
        &[
            "gatewhy-facts",
            "gatewhy-fixes",
            "gatewhy-causes",
            "gatewhy-host",
            "gatewhy-logs",
        ],
    ),
    ("lab", &["gatewhy-facts"]),
    ("xtask", &["gatewhy-facts", "gatewhy-causes", "gatewhy"]),
];

/// Every file that is committed or about to be, relative to the project's folder.
fn files() -> Vec<PathBuf> {
    let listed = Command::new("git")
        .current_dir(root())
        .args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ])
        .output()
        .unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    let names = listed.split('\0').filter(|name| !name.is_empty());
    let paths: Vec<_> = names
        .map(PathBuf::from)
        .filter(|path| root().join(path).is_file())
        .collect();
    assert!(paths.len() > 100, "git lists {} files", paths.len());
    paths
}

fn sources() -> Vec<(PathBuf, String)> {
    written_in("rs")
}

/// The files with that extension, and what they say.
fn written_in(extension: &str) -> Vec<(PathBuf, String)> {
    let named = files()
        .into_iter()
        .filter(|path| path.extension().is_some_and(|e| e == extension));
    named
        .map(|path| {
            (
                path.clone(),
                fs::read_to_string(root().join(&path)).unwrap(),
            )
        })
        .collect()
}

#[test]
fn files_are_short() {
    let all = sources().into_iter().chain(written_in("sh"));
    let long = all.filter_map(|(path, text)| {
        let lines = text.lines().count();
        (lines > MOST_LINES).then(|| format!("{} has {lines} lines", path.display()))
    });
    assert_eq!(long.collect::<Vec<_>>(), [""; 0]);
}

#[test]
fn modules_are_called_what_they_are() {
    let vague = [
        "utils", "util", "helpers", "helper", "common", "manager", "misc",
    ];
    let named = sources().into_iter().filter(|(path, _)| {
        let parts = path
            .iter()
            .map(|part| part.to_string_lossy().replace(".rs", ""));
        parts.into_iter().any(|part| vague.contains(&part.as_str()))
    });
    assert_eq!(
        named.map(|(path, _)| path).collect::<Vec<_>>(),
        Vec::<PathBuf>::new()
    );
}

#[test]
fn pure_crates_cannot_touch_the_world() {
    for name in PURE {
        let lib = root().join("crates").join(name).join("src/lib.rs");
        let text = fs::read_to_string(&lib).unwrap();
        assert!(text.contains("#![no_std]"), "{name} may use std");
        for (at, _) in text
            .lines()
            .enumerate()
            .filter(|(_, line)| *line == "extern crate std;")
        {
            let guard = text.lines().nth(at - 1).unwrap();
            assert_eq!(guard, "#[cfg(test)]", "{name} has std outside its tests");
        }
    }
    for (path, text) in sources() {
        let pure = PURE
            .iter()
            .any(|name| path.starts_with(Path::new("crates").join(name).join("src")));
        let (own, _) = text.split_once("#[cfg(test)]").unwrap_or((&text, ""));
        let test = path.file_stem().unwrap().to_string_lossy().contains("test");
        let reaches = pure && !test && own.contains("extern crate std");
        assert!(!reaches, "{} reaches for std", path.display());
    }
}

#[test]
fn no_crate_of_ours_is_unsafe() {
    for member in metadata()["packages"].as_array().unwrap() {
        let manifest = fs::read_to_string(member["manifest_path"].as_str().unwrap()).unwrap();
        let inherits = manifest.contains("[lints]\nworkspace = true");
        assert!(inherits, "{} has its own lints", member["name"]);
    }
    let workspace = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    assert!(workspace.contains("unsafe_code = \"forbid\""));
}

#[test]
fn crates_use_only_what_is_below_them() {
    let allowed: BTreeMap<_, _> = ARROWS.into_iter().collect();
    let metadata = metadata();
    let members = metadata["packages"].as_array().unwrap();
    let names: BTreeSet<_> = members
        .iter()
        .map(|m| m["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        allowed.keys().copied().collect(),
        "a crate without a place"
    );
    for member in members {
        let name = member["name"].as_str().unwrap();
        let uses = member["dependencies"].as_array().unwrap().iter();
        let normal = uses.filter(|used| used["kind"].is_null());
        for used in normal.filter_map(|used| used["name"].as_str()) {
            let fine = !names.contains(used) || allowed[name].contains(&used);
            assert!(fine, "{name} uses {used}");
        }
    }
}

/// The libraries of the pure crates have no `std` to reach the world with either.
#[test]
fn pure_crates_ask_for_no_std_of_others() {
    for member in metadata()["packages"].as_array().unwrap() {
        let name = member["name"].as_str().unwrap();
        let uses = member["dependencies"].as_array().unwrap().iter();
        let normal = uses.filter(|used| PURE.contains(&name) && used["kind"].is_null());
        for used in normal.filter(|used| !used["name"].as_str().unwrap().starts_with("gatewhy")) {
            assert_eq!(
                used["uses_default_features"], false,
                "{name} uses {}",
                used["name"]
            );
        }
    }
}

fn metadata() -> Value {
    let told = Command::new(env!("CARGO"))
        .current_dir(root())
        .args(["metadata", "--no-deps", "--offline", "--format-version=1"])
        .output()
        .unwrap();
    assert!(
        told.status.success(),
        "{}",
        String::from_utf8_lossy(&told.stderr)
    );
    serde_json::from_slice(&told.stdout).unwrap()
}

/// Folders that every system has, and that files may name.
const EVERYWHERE: [&str; 10] = [
    "/home", "/root", "/srv", "/opt", "/tmp", "/usr", "/var", "/mnt", "/builds", "/media",
];

#[test]
fn nothing_tells_where_it_was_written() {
    let root = root();
    let places = root
        .ancestors()
        .map(|place| place.to_string_lossy().into_owned());
    let own: Vec<String> = places
        .filter(|place| place.len() > 1 && !EVERYWHERE.contains(&place.as_str()))
        .collect();
    assert!(!own.is_empty());
    for path in files() {
        let bytes = fs::read(root.join(&path)).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        let named = own.iter().find(|place| names(&text, place));
        assert!(
            named.is_none(),
            "{} names {}",
            path.display(),
            named.unwrap()
        );
    }
}

/// Whether `text` names this path, and not another one that holds its letters.
fn names(text: &str, place: &str) -> bool {
    let ends = |c: Option<char>| !c.is_some_and(|c| c.is_alphanumeric() || "_-.".contains(c));
    text.match_indices(place).any(|(at, _)| {
        let before = text.get(..at).unwrap_or_default().chars().next_back();
        let after = text
            .get(at + place.len()..)
            .unwrap_or_default()
            .chars()
            .next();
        ends(before) && before != Some('}') && ends(after)
    })
}

#[test]
fn places_are_told_from_others_that_look_alike() {
    assert!(names("see /a/b/c", "/a/b") && names("'/a/b'", "/a/b") && names("/a/b", "/a/b"));
    assert!(!names("/x/a/b", "/a/b") && !names("/a/bc", "/a/b") && !names("${x}/a/b", "/a/b"));
}
