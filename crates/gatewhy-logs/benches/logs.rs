//! Generates logs, and holds `gatewhy logs` against other programs on them, in
//! pairs: one run of each, again and again, and the best of each counts.
#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "a program that measures"
)]
mod floor;
mod generator;

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

/// The 25 commonest messages, as somebody would search for them.
const ALTERNATION: &str = concat!(
    r"connect\(\) failed \(111: Connection refused\) while connecting to upstream|",
    r"connect\(\) failed \(113: No route to host\)|connect\(\) failed \(110: Connection timed out\)|",
    r"upstream timed out \(110: Connection timed out\) while connecting to upstream|",
    r"upstream timed out \(110: Connection timed out\) while reading response header from upstream|",
    r"upstream timed out \(110: Connection timed out\) while reading upstream|",
    r"upstream prematurely closed connection while reading response header from upstream|",
    r"upstream prematurely closed connection while reading upstream|",
    r"recv\(\) failed \(104: Connection reset by peer\)|no live upstreams while connecting to upstream|",
    r"upstream sent too big header while reading response header from upstream|",
    r"upstream sent invalid header|upstream sent no valid HTTP/1.0 header|",
    r"upstream sent unsupported FastCGI protocol version|upstream sent duplicate header line|",
    r"connect\(\) to unix:[^ ]+ failed \(2: No such file or directory\)|",
    r"connect\(\) to unix:[^ ]+ failed \(13: Permission denied\)|",
    r"connect\(\) to unix:[^ ]+ failed \(11: Resource temporarily unavailable\)|",
    r"could not be resolved|no resolver defined to resolve|SSL_do_handshake\(\) failed|",
    r"peer closed connection in SSL handshake|upstream SSL certificate verify error|",
    r"worker_connections are not enough|Too many open files"
);

fn main() {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| a != "--bench")
        .collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["generate", what, mib, path] => {
            let size = mib.parse::<u64>().unwrap_or(1_024) << 20;
            generate(what, size, Path::new(path));
        }
        ["pairs", gatewhy, folder, rest @ ..] => {
            let mib = rest.first().and_then(|mib| mib.parse().ok());
            Bench::new(gatewhy, folder).run(mib.unwrap_or(1_024));
        }
        _ => {
            eprintln!("generate error|sparse|access|json MIB FILE, or pairs GATEWHY FOLDER [MIB]");
        }
    }
}

fn generate(what: &str, size: u64, path: &Path) {
    let mut out = BufWriter::with_capacity(1 << 20, File::create(path).expect("create the log"));
    let truth = match what {
        "error" => generator::error::generate(&mut out, size, 1, 5_000),
        "json" => generator::json::generate(&mut out, size, 1),
        "sparse" => generator::error::generate(&mut out, size, 1, 500),
        _ => generator::access::generate(&mut out, size, 1),
    };
    let truth = truth.expect("write the log");
    out.flush().expect("write the log");
    std::fs::write(path.with_extension("truth"), truth.csv()).expect("write the truth");
    let failures: u64 = truth.failures.values().sum();
    let (lines, records) = (truth.lines, truth.records);
    println!(
        "{}: {lines} lines, {records} records, {failures} failures",
        path.display()
    );
}

struct Bench {
    gatewhy: String,
    folder: PathBuf,
}

/// Seconds, and the most KiB of memory.
#[derive(Clone, Copy)]
struct Cost {
    seconds: f64,
    kib: u64,
}

const RUNS: usize = 7;

impl Bench {
    fn new(gatewhy: &str, folder: &str) -> Self {
        Self {
            gatewhy: gatewhy.to_owned(),
            folder: PathBuf::from(folder),
        }
    }

    fn run(&self, mib: u64) {
        std::fs::create_dir_all(&self.folder).expect("create the folder");
        for what in ["error", "sparse", "access", "json"] {
            if !self.path(what).exists() {
                generate(what, mib << 20, &self.path(what));
            }
            self.same_as_truth(what);
        }
        let error = self.path("error");
        for (tool, extension) in [("zstd -q -3 -k -f", "log.zst"), ("gzip -6 -k -f", "log.gz")] {
            if !error.with_extension(extension).exists() {
                let done = shell(&format!("{tool} {}", error.display())).status();
                assert!(done.expect("compress the log").success());
            }
        }
        for what in ["error", "access"] {
            let path = self.path(what);
            let floor = |of| floor::seconds(&path, of, RUNS);
            println!(
                "{what}: read in {:.3} s, the ends of its lines found in {:.3} s, on two threads",
                floor(floor::Work::Read),
                floor(floor::Work::Lines)
            );
        }
        println!("{}", version("rg --version"));
        println!("| pair | gatewhy | the other | ratio | memory |\n|---|---|---|---|---|");
        let rg = format!("rg -c '{ALTERNATION}'");
        self.pair("error", "log", &rg, "rg -c");
        self.pair("error", "log", "wc -l", "wc -l");
        self.pair("sparse", "log", &rg, "rg -c");
        self.pair("access", "log", &rg, "rg -c, the same messages");
        self.pair(
            "access",
            "log",
            r#"rg -c '" 50[234] '"#,
            "rg -c '\" 50[234] '",
        );
        self.pair("access", "log", "wc -l", "wc -l");
        self.pair(
            "json",
            "log",
            r#"rg -c '"status":"50[234]"'"#,
            "rg -c statuses",
        );
        self.pair("error", "log.zst", "zstd -q -dc", "zstd -dc");
        self.pair("error", "log.gz", &rg.replace("rg", "rg -z"), "rg -z -c");
    }

    fn path(&self, what: &str) -> PathBuf {
        self.folder.join(what).with_extension("log")
    }

    /// Every count by symptom, upstream and hour.
    fn same_as_truth(&self, what: &str) {
        let path = self.path(what);
        let out = Command::new(&self.gatewhy)
            .args(["logs", "--csv", "--by", "cause,upstream,hour"])
            .arg(&path)
            .output()
            .expect("run gatewhy");
        let truth = std::fs::read(path.with_extension("truth")).expect("read the truth");
        let found: std::collections::BTreeSet<&[u8]> = out.stdout.split(|b| *b == b'\n').collect();
        let real: std::collections::BTreeSet<&[u8]> = truth.split(|b| *b == b'\n').collect();
        let differences = found.symmetric_difference(&real).count();
        println!(
            "{what}: {differences} differences from the truth, of {} counts",
            real.len()
        );
    }

    fn pair(&self, what: &str, extension: &str, other: &str, name: &str) {
        let path = self.path(what).with_extension(extension);
        let file = path.display();
        let own = format!("{} logs --json {file} > /dev/null", self.gatewhy);
        let other = format!("{other} {file} > /dev/null");
        let (mut mine, mut theirs) = (cost(&own), cost(&other));
        let mut ratios = Vec::new();
        for _ in 0..RUNS {
            let (a, b) = (cost(&own), cost(&other));
            ratios.push(b.seconds / a.seconds);
            mine.seconds = mine.seconds.min(a.seconds);
            mine.kib = mine.kib.max(a.kib);
            theirs.seconds = theirs.seconds.min(b.seconds);
        }
        ratios.sort_by(f64::total_cmp);
        let median = ratios.get(RUNS / 2).copied().unwrap_or(0.0);
        println!(
            "| {what}.{extension} against {name} | {:.3} s | {:.3} s | {:.2} times faster (median of {RUNS} pairs {median:.2}) | {} MiB |",
            mine.seconds,
            theirs.seconds,
            theirs.seconds / mine.seconds,
            mine.kib / 1_024
        );
    }
}

fn shell(command: &str) -> Command {
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", command]);
    shell
}

fn version(command: &str) -> String {
    let out = shell(command).output().expect("run it").stdout;
    String::from_utf8_lossy(&out)
        .lines()
        .next()
        .unwrap_or_default()
        .to_owned()
}

fn cost(command: &str) -> Cost {
    let start = Instant::now();
    let out = Command::new("/usr/bin/time")
        .args(["-f", "%M", "/bin/sh", "-c"])
        .arg(format!("exec {command}"))
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .output()
        .expect("run /usr/bin/time");
    let seconds = start.elapsed().as_secs_f64();
    let text = String::from_utf8_lossy(&out.stderr).into_owned();
    let kib = text
        .lines()
        .last()
        .and_then(|l| l.trim().parse().ok())
        .unwrap_or(0);
    Cost { seconds, kib }
}
