//! The fuzz targets of `fuzz/`, without a fuzzer: over their own seeds, whole, cut
//! and damaged. What libFuzzer found becomes a seed, and stays found.
#[path = "../../../../fuzz/src/seeds.rs"]
mod seeds;
#[path = "../../../../fuzz/src/targets.rs"]
mod targets;

use std::collections::BTreeSet;
use std::panic::catch_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use targets::{TARGETS, Target};

/// Seeds of one target that are damaged; the rest are only read.
const MOST: usize = 24;

#[test]
fn targets_have_names_and_seeds() {
    let names: BTreeSet<_> = TARGETS.iter().map(|target| target.name).collect();
    assert_eq!(names.len(), TARGETS.len());
    for target in TARGETS {
        let sources = target.asked.len() + target.files.len();
        let found = seeds::collect(target).len();
        assert!(sources == 0 || found > 0, "{} has no seed", target.name);
    }
}

#[test]
fn damaged_input_breaks_no_parser() {
    let next = AtomicUsize::new(0);
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(target) = TARGETS.get(next.fetch_add(1, Ordering::Relaxed)) {
                    torment(target);
                }
            });
        }
    });
}

fn torment(target: &Target) {
    let seeds = seeds::collect(target);
    let step = seeds.len().div_ceil(MOST).max(1);
    let empty = Vec::new();
    for seed in seeds.iter().step_by(step).chain([&empty]) {
        for variant in damaged(seed) {
            let ran = catch_unwind(|| (target.run)(&variant));
            let shown = String::from_utf8_lossy(&variant);
            assert!(ran.is_ok(), "{} breaks on {shown:.2000?}", target.name);
        }
    }
}

/// The seed, its beginnings and ends, and copies with bytes changed, doubled and
/// left out: the same ones in every run.
fn damaged(seed: &[u8]) -> Vec<Vec<u8>> {
    let mut out = vec![seed.to_vec()];
    let mut chance = Chance(seed.len() as u64);
    for _ in 0..4 {
        let at = chance.below(seed.len());
        out.push(seed.get(..at).unwrap_or_default().to_vec());
        out.push(seed.get(at..).unwrap_or_default().to_vec());
        let mut copy = seed.to_vec();
        for _ in 0..3 {
            let at = chance.below(copy.len());
            match (chance.below(3), copy.get_mut(at)) {
                (0, Some(byte)) => *byte = chance.byte(),
                (1, Some(_)) => drop(copy.remove(at)),
                _ => copy.insert(at, chance.byte()),
            }
        }
        out.push(copy);
    }
    out
}

/// Numbers that look like chance and never differ (Knuth's MMIX generator).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        let scaled = self.0.wrapping_mul(6_364_136_223_846_793_005);
        self.0 = scaled.wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    /// A number below a limit; 0 when that is 0.
    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next()).unwrap_or(0) % limit.max(1)
    }

    /// A byte, often one that parsers treat in a special way.
    fn byte(&mut self) -> u8 {
        const SPECIAL: &[u8] = b"\0\n\r\t \"'\\{}[]();:,=/%$-0129~\xff\x80";
        if self.below(3) == 0 {
            return u8::try_from(self.below(256)).unwrap_or(0);
        }
        SPECIAL.get(self.below(SPECIAL.len())).copied().unwrap_or(0)
    }
}
