//! One program for all targets: `GATEWHY_FUZZ` names the one to run. With
//! `GATEWHY_SEEDS` set, it writes the target's seeds into that folder and ends.
#![no_main]
mod seeds;
mod targets;

use libfuzzer_sys::fuzz_target;
use std::fs;
use std::path::Path;
use std::sync::OnceLock;
use targets::{TARGETS, Target};

static CHOSEN: OnceLock<&Target> = OnceLock::new();

fuzz_target!(
    init: {
        let name = std::env::var("GATEWHY_FUZZ").unwrap_or_default();
        let Some(target) = TARGETS.iter().find(|target| target.name == name) else {
            let names: Vec<_> = TARGETS.iter().map(|target| target.name).collect();
            eprintln!("GATEWHY_FUZZ must be one of: {}", names.join(" "));
            std::process::exit(2);
        };
        if let Some(folder) = std::env::var_os("GATEWHY_SEEDS") {
            let written = write(target, Path::new(&folder));
            eprintln!("{name}: {written} seeds");
            std::process::exit(0);
        }
        CHOSEN.get_or_init(|| target);
    },
    |data: &[u8]| {
        if let Some(target) = CHOSEN.get() {
            (target.run)(data);
        }
    }
);

/// Writes the seeds of a target into a folder; how many.
fn write(target: &Target, folder: &Path) -> usize {
    fs::create_dir_all(folder).expect("the seeds' folder");
    let seeds = seeds::collect(target);
    for (number, seed) in seeds.iter().enumerate() {
        fs::write(folder.join(format!("{number:05}")), seed).expect("a seed");
    }
    seeds.len()
}
