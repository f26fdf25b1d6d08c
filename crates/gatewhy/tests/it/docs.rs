//! The documents written by hand agree with the tree.
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Every document of the project that people write.
fn documents() -> Vec<String> {
    let mut all: Vec<String> = [
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
        "CHANGELOG.md",
    ]
    .map(str::to_owned)
    .to_vec();
    for entry in fs::read_dir(root().join("docs/design")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name.ends_with(".md") {
            all.push(format!("docs/design/{name}"));
        }
    }
    all
}

/// What stands between single backquotes.
fn quoted(text: &str) -> Vec<&str> {
    let outside_blocks = text.split("```").step_by(2);
    outside_blocks
        .flat_map(|part| part.split('`').skip(1).step_by(2))
        .collect()
}

/// Whether a quoted word is meant as a path of this project.
fn is_path(word: &str) -> bool {
    let starts = ["crates/", "lab/", "xtask/", "docs/", "scripts/", "hosts/"];
    starts.iter().any(|start| word.starts_with(start)) && !word.contains(['*', '<', ' '])
}

/// The targets of Markdown links that stay inside the project.
fn links(text: &str) -> Vec<&str> {
    let targets = text
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next());
    targets
        .filter(|target| !target.contains("://") && !target.starts_with('#'))
        .collect()
}

#[test]
fn every_path_in_a_document_exists() {
    let mut wrong = Vec::new();
    let mut seen = 0;
    for document in documents() {
        let text = read(&document);
        for path in quoted(&text).into_iter().filter(|word| is_path(word)) {
            seen += 1;
            if !root().join(path).exists() {
                wrong.push(format!("{document}: {path}"));
            }
        }
    }
    assert!(seen > 30, "only {seen} paths were found");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_link_leads_somewhere() {
    let mut wrong = Vec::new();
    for document in documents() {
        let folder = root().join(&document).parent().unwrap().to_owned();
        for target in links(&read(&document)) {
            let path = target.split('#').next().unwrap();
            if !folder.join(path).exists() {
                wrong.push(format!("{document}: {target}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_architecture_names_every_crate_and_no_other() {
    let text = read("ARCHITECTURE.md");
    let members: toml::Table = read("Cargo.toml").parse().unwrap();
    assert!(members["workspace"]["members"].is_array());
    let mut crates = vec!["lab".to_owned(), "xtask".to_owned()];
    for entry in fs::read_dir(root().join("crates")).unwrap() {
        crates.push(entry.unwrap().file_name().into_string().unwrap());
    }
    let words = quoted(&text);
    for name in &crates {
        let path = format!("crates/{name}");
        assert!(
            words.contains(&path.as_str()) || words.contains(&name.as_str()),
            "{name} is not in the code map"
        );
    }
    let named = words.iter().filter(|word| word.starts_with("gatewhy-"));
    for word in named {
        assert!(crates.iter().any(|name| name == word), "{word} is no crate");
    }
}

#[test]
fn every_dependency_has_its_reason() {
    let manifest: toml::Table = read("Cargo.toml").parse().unwrap();
    let reasons = read("docs/design/dependencies.md");
    let table = manifest["workspace"]["dependencies"].as_table().unwrap();
    for name in table.keys().filter(|name| !name.starts_with("gatewhy")) {
        assert!(
            reasons.contains(&format!("| `{name}` |")),
            "{name} has no line in docs/design/dependencies.md"
        );
    }
    for word in reasons.lines().filter_map(|line| line.strip_prefix("| `")) {
        let name = word.split('`').next().unwrap();
        let left_out = reasons.split("Left out").nth(1).unwrap();
        assert!(
            table.contains_key(name) || left_out.contains(&format!("`{name}`")),
            "{name} is no dependency any more"
        );
    }
}

#[test]
fn the_run_in_the_readme_is_the_recorded_one() {
    let Ok(report) = fs::read_to_string(root().join("hosts/php-stopped/report.txt")) else {
        eprintln!("skipped: there is no recorded host php-stopped here");
        return;
    };
    let shown = report.split("\nWhat it is not\n").next().unwrap();
    assert!(
        read("README.md").contains(shown.trim_end()),
        "README.md shows another report; run cargo xtask generate"
    );
}

#[test]
fn documents_stay_short_enough_to_be_read() {
    for (document, limit) in [("README.md", 120), ("ARCHITECTURE.md", 150)] {
        let lines = read(document).lines().count();
        assert!(lines <= limit, "{document} has {lines} lines");
    }
}

#[test]
fn exit_codes_in_the_readme_are_the_programs() {
    let readme = read("README.md");
    let line = readme.lines().find(|line| line.starts_with("Exit codes:"));
    let codes = line
        .unwrap()
        .split('`')
        .filter_map(|word| word.parse::<u8>().ok());
    let known: Vec<u8> = gatewhy::exit_codes()
        .iter()
        .map(|(code, _)| *code)
        .collect();
    let mut count = 0;
    for code in codes {
        count += 1;
        assert!(known.contains(&code), "{code}");
    }
    assert!(count >= 4);
}
