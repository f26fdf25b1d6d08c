//! The lines of `systemctl show`, unit by unit.
use crate::prelude::*;

/// Everything one unit's block says: a property may come several times.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Properties(BTreeMap<String, Vec<String>>);

/// How many lines one command line may run over before it is no longer
/// believed to be one.
const LONGEST_COMMAND: usize = 512;

/// Cuts the text into blocks at its empty lines.
///
/// A command's arguments are printed as they are, with their newlines, so a line
/// within an unfinished `{ … }` belongs to it, whatever it looks like.
pub(super) fn parse(text: &str) -> Vec<Properties> {
    let lines: Vec<&str> = text.lines().collect();
    let mut blocks = Vec::new();
    let mut block = Properties::default();
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        let last = end_of_value(&lines, at);
        if line.is_empty() {
            finish(&mut block, &mut blocks);
        } else {
            let value = lines.get(at..=last).unwrap_or_default().join("\n");
            block.take(&value);
        }
        at = last.saturating_add(1);
    }
    finish(&mut block, &mut blocks);
    blocks
}

fn finish(block: &mut Properties, blocks: &mut Vec<Properties>) {
    if !block.0.is_empty() {
        blocks.push(core::mem::take(block));
    }
}

/// The index of the line on which the value that starts at `at` ends.
fn end_of_value(lines: &[&str], at: usize) -> usize {
    let opens = lines.get(at).is_some_and(|line| {
        line.starts_with("Exec") && line.contains("={ path=") && !ends_command(line)
    });
    if !opens {
        return at;
    }
    let behind = lines.iter().skip(at).take(LONGEST_COMMAND);
    let length = behind.take_while(|line| !ends_command(line)).count();
    let last = at.saturating_add(length);
    match lines.get(last) {
        Some(line) if ends_command(line) => last,
        _ => at,
    }
}

fn ends_command(line: &str) -> bool {
    line.ends_with(" }") && line.contains(" ; status=")
}

impl Properties {
    fn take(&mut self, line: &str) {
        match line.split_once('=') {
            Some((key, value)) if is_key(key) => {
                let values = self.0.entry(key.to_owned()).or_default();
                values.push(value.to_owned());
            }
            // Text that is no property: part of one that is not asked for.
            _ => {}
        }
    }

    pub(super) fn remove(&mut self, key: &str) {
        self.0.remove(key);
    }

    /// The value as printed; `None` when systemd did not say.
    pub fn value(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.first().map(String::as_str)
    }

    /// All values of a property that is printed once per entry.
    pub fn values(&self, key: &str) -> impl Iterator<Item = &str> {
        let all = self.0.get(key).map(Vec::as_slice).unwrap_or_default();
        all.iter().map(String::as_str)
    }
}

fn is_key(key: &str) -> bool {
    key.starts_with(|c: char| c.is_ascii_uppercase())
        && key.chars().all(|c| c.is_ascii_alphanumeric())
}
