//! Seeds: what recorded hosts answered, and the parsers' own test data.
use super::targets::Target;
use gatewhy_facts::answer::Outcome;
use gatewhy_facts::bundle;
use gatewhy_facts::recording::{Decoder, Limits};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Longer seeds slow a fuzzer down more than they teach it.
const LONGEST: usize = 32 << 10;

/// The different seeds of a target.
pub(crate) fn collect(target: &Target) -> BTreeSet<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .find(|folder| folder.join("hosts").is_dir())
        .expect("a folder with recorded hosts");
    let mut seeds = BTreeSet::new();
    for host in entries(&root.join("hosts")) {
        let recording = fs::read(host.join("answers.rec")).unwrap_or_default();
        answers(&recording, |key, bytes| {
            if target.asked.iter().any(|start| key.starts_with(start)) {
                seeds.extend(parts(target, bytes));
            }
        });
    }
    for path in target.files.iter().map(|path| root.join(path)) {
        let files = if path.is_dir() {
            entries(&path)
        } else {
            vec![path]
        };
        seeds.extend(files.iter().filter_map(|file| fs::read(file).ok()));
    }
    seeds.retain(|seed| seed.len() <= LONGEST);
    seeds
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let all = fs::read_dir(folder).into_iter().flatten().flatten();
    all.map(|entry| entry.path()).collect()
}

fn answers(recording: &[u8], mut each: impl FnMut(&str, &[u8])) {
    let mut decoder = Decoder::new(Limits::default());
    if decoder.feed(recording).is_err() {
        return;
    }
    while let Ok(Some(record)) = decoder.take() {
        if let Outcome::Got { bytes, .. } = &record.answer.outcome {
            each(record.key.trim_start_matches("again "), bytes);
        }
    }
}

/// The answer itself, or those parts of it that the target reads.
fn parts(target: &Target, answer: &[u8]) -> Vec<Vec<u8>> {
    let Some(wanted) = target.part else {
        return vec![answer.to_vec()];
    };
    let all = bundle::parts(answer);
    let named = all.filter(|(name, _)| name.rsplit('/').next() == Some(wanted));
    named.map(|(_, bytes)| bytes.to_vec()).collect()
}
